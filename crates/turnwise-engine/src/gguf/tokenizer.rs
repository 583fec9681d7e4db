//! The tokenizer in the metadata of a GGUF file as a `tokenizer.json`.
//!
//! Two kinds are known: byte-level BPE (`gpt2`, with the word patterns of the families that the engine runs)
//! and SentencePiece's BPE (`llama`).

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Header;
use crate::LoadError;

/// How Llama 3 and Qwen2 cut text into words; they differ in how many digits stay together.
const WORDS: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|DIGITS| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

/// What `tokenizer.ggml.token_type` says of a token.
const NORMAL: u64 = 1;
const CONTROL: u64 = 3;
const USER_DEFINED: u64 = 4;

const PREFIX: &str = "tokenizer.ggml.";

/// The vocabulary as it is stored.
struct Words<'a> {
    tokens: Vec<&'a str>,
    kinds: Vec<u64>,
}

pub(super) fn tokenizer(header: &Header) -> Result<Value, LoadError> {
    let key = |name: &str| format!("{PREFIX}{name}");
    let kind = header.required(key("model"), header.text(&key("model")))?;
    let words = words(header)?;
    match kind {
        "gpt2" => byte_level(header, &words),
        "llama" => sentence_piece(header, &words),
        other => Err(LoadError::GgufTokenizer { file: header.file.clone(), kind: other.to_owned() }),
    }
}

/// `tokenizer_config.json`: the texts of special tokens, and the chat template.
pub(super) fn config(header: &Header) -> Result<Value, LoadError> {
    let words = words(header)?;
    let text = |name: &str| {
        let id = usize::try_from(header.count(&format!("{PREFIX}{name}_token_id"))?).ok()?;
        words.tokens.get(id).copied()
    };
    Ok(json!({
        "bos_token": text("bos"),
        "eos_token": text("eos"),
        "chat_template": header.text("tokenizer.chat_template"),
    }))
}

/// `generation_config.json`: the tokens that end a turn.
pub(super) fn ends(header: &Header) -> Value {
    let names = ["eos", "eot", "eom"];
    let ids = names.iter().filter_map(|name| header.count(&format!("{PREFIX}{name}_token_id")));
    json!({ "eos_token_id": ids.collect::<Vec<_>>() })
}

fn words(header: &Header) -> Result<Words<'_>, LoadError> {
    let key = |name: &str| format!("{PREFIX}{name}");
    let list = header.required(key("tokens"), header.list(&key("tokens")))?;
    let tokens: Option<Vec<_>> =
        list.iter().map(|token| token.to_string().ok().map(String::as_str)).collect();
    let tokens = header.required(key("tokens"), tokens)?;
    let kinds = header.list(&key("token_type")).unwrap_or_default();
    let kind = |i: usize| kinds.get(i).and_then(|kind| kind.to_i32().ok()?.try_into().ok());
    let kinds = (0..tokens.len()).map(|i| kind(i).unwrap_or(NORMAL)).collect();
    Ok(Words { tokens, kinds })
}

impl Words<'_> {
    fn vocabulary(&self) -> BTreeMap<&str, usize> {
        self.tokens.iter().enumerate().map(|(id, token)| (*token, id)).collect()
    }

    /// The tokens that are looked for before text is cut into words.
    fn added(&self) -> Vec<Value> {
        let added = self.tokens.iter().zip(&self.kinds).enumerate();
        let added = added.filter(|(_, (_, kind))| [CONTROL, USER_DEFINED].contains(kind));
        added
            .map(|(id, (token, kind))| {
                json!({ "id": id, "content": token, "single_word": false, "lstrip": false, "rstrip": false,
                    "normalized": false, "special": *kind == CONTROL })
            })
            .collect()
    }
}

fn byte_level(header: &Header, words: &Words<'_>) -> Result<Value, LoadError> {
    let named = header.text(&format!("{PREFIX}pre")).unwrap_or("default");
    let digits = match named {
        "qwen2" => Some(r"\p{N}"),
        "llama-bpe" | "llama3" | "llama-v3" => Some(r"\p{N}{1,3}"),
        "default" | "gpt-2" | "gpt2" => None,
        other => {
            let kind = format!("gpt2 with words of `{other}`");
            return Err(LoadError::GgufTokenizer { file: header.file.clone(), kind });
        }
    };
    let bytes = |use_regex: bool| json!({ "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": false, "use_regex": use_regex });
    let pre_tokenizer = match digits {
        None => bytes(true),
        Some(digits) => json!({ "type": "Sequence", "pretokenizers": [
            { "type": "Split", "pattern": { "Regex": WORDS.replace("DIGITS", digits) }, "behavior": "Isolated",
                "invert": false },
            bytes(false),
        ] }),
    };
    let normalizer = (named == "qwen2").then(|| json!({ "type": "NFC" }));
    let merges = format!("{PREFIX}merges");
    let list = header.required(&merges, header.list(&merges))?;
    let pairs: Option<Vec<_>> = list.iter().map(|merge| merge.to_string().ok()?.split_once(' ')).collect();
    let merges = header.required(&merges, pairs)?;
    Ok(json!({
        "version": "1.0", "added_tokens": words.added(), "normalizer": normalizer,
        "pre_tokenizer": pre_tokenizer, "post_processor": null, "decoder": bytes(false),
        "model": { "type": "BPE", "vocab": words.vocabulary(), "merges": merges,
            "ignore_merges": named.starts_with("llama") },
    }))
}

fn sentence_piece(header: &Header, words: &Words<'_>) -> Result<Value, LoadError> {
    let key = |name: &str| format!("{PREFIX}{name}");
    let scores = header.required(key("scores"), header.list(&key("scores")))?;
    let scores: Vec<f32> = scores.iter().map(|score| score.to_f32().unwrap_or(0.0)).collect();
    let vocabulary = words.vocabulary();
    let prefixed = header.flag(&key("add_space_prefix")).unwrap_or(true);
    let spaces = json!({ "type": "Replace", "pattern": { "String": " " }, "content": "▁" });
    let normalizer = match prefixed {
        true => json!({ "type": "Sequence", "normalizers": [{ "type": "Prepend", "prepend": "▁" }, spaces] }),
        false => spaces,
    };
    let mut decoders = vec![
        json!({ "type": "Replace", "pattern": { "String": "▁" }, "content": " " }),
        json!({ "type": "ByteFallback" }),
        json!({ "type": "Fuse" }),
    ];
    if prefixed {
        decoders.push(json!({ "type": "Strip", "content": " ", "start": 1, "stop": 0 }));
    }
    let unknown = header.count(&key("unknown_token_id")).and_then(|id| usize::try_from(id).ok());
    let merges = merges(words, &scores, &vocabulary);
    Ok(json!({
        "version": "1.0", "added_tokens": words.added(), "normalizer": normalizer, "pre_tokenizer": null,
        "post_processor": null, "decoder": { "type": "Sequence", "decoders": decoders },
        "model": { "type": "BPE", "unk_token": unknown.and_then(|id| words.tokens.get(id)), "fuse_unk": true,
            "byte_fallback": true, "vocab": vocabulary, "merges": merges },
    }))
}

/// SentencePiece keeps scores and no merges: any two pieces that make a third may merge, the best third first.
fn merges<'a>(
    words: &Words<'a>,
    scores: &[f32],
    vocabulary: &BTreeMap<&str, usize>,
) -> Vec<(&'a str, &'a str)> {
    let mut merges = Vec::new();
    for ((&token, &kind), &score) in words.tokens.iter().zip(&words.kinds).zip(scores) {
        if kind != NORMAL && kind != USER_DEFINED {
            continue;
        }
        let cuts = token.char_indices().skip(1).map(|(at, _)| token.split_at(at));
        let known =
            cuts.filter(|(left, right)| vocabulary.contains_key(left) && vocabulary.contains_key(right));
        merges.extend(known.map(|pair| (score, pair)));
    }
    merges.sort_by(|(a, x), (b, y)| b.total_cmp(a).then_with(|| lengths(y).cmp(&lengths(x))));
    merges.into_iter().map(|(_, pair)| pair).collect()
}

fn lengths((left, right): &(&str, &str)) -> (usize, usize) {
    (left.chars().count(), right.chars().count())
}
