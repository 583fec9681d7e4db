//! Text to tokens and back, by the checkpoint's own `tokenizer.json`.
//!
//! Nothing is added and nothing is stripped: special tokens come from the chat template's text and stay in a
//! reply's text.

use std::{collections::BTreeSet, sync::OnceLock};

use serde::Deserialize;
use serde_json::Value;

use crate::{ArtifactBytes, LoadError};

/// The tokenizer of a checkpoint and the tokens that end a turn.
#[derive(Debug)]
pub struct Tokenizer {
    inner: tokenizers::Tokenizer,
    ends: BTreeSet<u32>,
    special: SpecialTokens,
    /// The text of each token by itself, found out when it is first asked for.
    texts: Box<[OnceLock<Box<str>>]>,
}

/// The texts of special tokens that chat templates may use.
#[derive(Clone, Debug, Default)]
pub(crate) struct SpecialTokens {
    pub(crate) bos: String,
    pub(crate) eos: String,
}

/// The tokenizer failed on a text or on tokens.
#[derive(Debug, thiserror::Error)]
#[error("the tokenizer failed; check that tokenizer.json belongs to the model")]
pub struct TokenizeError(#[source] tokenizers::Error);

impl Tokenizer {
    /// Reads `tokenizer.json` and what the other files say about the end of a turn.
    ///
    /// # Errors
    /// When a file is not what it should be, or no token ends a turn.
    pub fn load(artifacts: &ArtifactBytes) -> Result<Self, LoadError> {
        let inner = tokenizers::Tokenizer::from_bytes(&artifacts.tokenizer)
            .map_err(|source| LoadError::Tokenizer { source })?;
        let special = special_tokens(&artifacts.tokenizer_config)?;
        let mut ends: BTreeSet<u32> = inner.token_to_id(&special.eos).into_iter().collect();
        if let Some(bytes) = &artifacts.generation_config {
            ends.extend(declared_ends("generation_config.json", bytes)?);
        }
        if ends.is_empty() {
            ends.extend(declared_ends("config.json", &artifacts.config)?);
        }
        if ends.is_empty() {
            return Err(LoadError::NoEndOfTurn);
        }
        let mut tokenizer = Self { inner, ends, special, texts: Box::default() };
        tokenizer.texts = (0..tokenizer.size()).map(|_| OnceLock::new()).collect();
        Ok(tokenizer)
    }

    /// The tokens of a text.
    ///
    /// # Errors
    /// When the tokenizer cannot represent it.
    pub fn encode(&self, text: &str) -> Result<Vec<u32>, TokenizeError> {
        let encoding = self.inner.encode_fast(text, false).map_err(TokenizeError)?;
        Ok(encoding.get_ids().to_vec())
    }

    /// The text of some tokens, special ones included. Bytes that are no UTF-8 become U+FFFD.
    ///
    /// # Errors
    /// When the tokenizer has no decoder for them.
    pub fn decode(&self, tokens: &[u32]) -> Result<String, TokenizeError> {
        self.inner.decode(tokens, false).map_err(TokenizeError)
    }

    /// The text of one token by itself; empty for one that there is not.
    pub(crate) fn text(&self, token: u32) -> &str {
        let find = || self.decode(&[token]).unwrap_or_default().into();
        self.texts.get(token as usize).map_or("", |text| text.get_or_init(find))
    }

    /// Whether this token ends the model's turn.
    pub fn is_end(&self, token: u32) -> bool {
        self.ends.contains(&token)
    }

    /// A token that ends the model's turn: the one that chat templates know, or else the smallest.
    pub(crate) fn end(&self) -> Option<u32> {
        let known = self.inner.token_to_id(&self.special.eos).filter(|token| self.is_end(*token));
        known.or(self.ends.first().copied())
    }

    /// One more than the largest token.
    pub(crate) fn size(&self) -> usize {
        self.inner.get_vocab(true).into_values().max().map_or(0, |id| id as usize + 1)
    }

    pub(crate) fn special(&self) -> &SpecialTokens {
        &self.special
    }
}

fn special_tokens(config: &[u8]) -> Result<SpecialTokens, LoadError> {
    let config: Value = serde_json::from_slice(config)
        .map_err(|source| LoadError::Json { file: "tokenizer_config.json".into(), source })?;
    // A token is its text, or an object that holds its text.
    let text = |key: &str| {
        let token = &config[key];
        token.as_str().or(token["content"].as_str()).unwrap_or_default().to_owned()
    };
    Ok(SpecialTokens { bos: text("bos_token"), eos: text("eos_token") })
}

#[derive(Deserialize)]
struct DeclaredEnds {
    #[serde(default)]
    eos_token_id: Value,
}

fn declared_ends(file: &str, bytes: &[u8]) -> Result<Vec<u32>, LoadError> {
    let declared: DeclaredEnds =
        serde_json::from_slice(bytes).map_err(|source| LoadError::Json { file: file.to_owned(), source })?;
    let id = |value: &Value| value.as_u64().and_then(|id| u32::try_from(id).ok());
    let ids = match declared.eos_token_id.as_array() {
        Some(ids) => ids.as_slice(),
        None => std::slice::from_ref(&declared.eos_token_id),
    };
    Ok(ids.iter().filter_map(id).collect())
}
