//! What is in a GGUF file, and what is said of one that is broken.

use std::{fs, io::Cursor, path::PathBuf};

use candle_core::{
    Device, Tensor,
    quantized::{
        GgmlDType, QTensor,
        gguf_file::{self, Value},
    },
};

use super::artifacts;
use crate::{ArtifactBytes, Decoder, EngineOptions, LoadError, Tokenizer, WeightFile, backend::Cpu};

fn fixture(name: &str) -> PathBuf {
    PathBuf::from(format!("{}/tests/fixtures/gguf/{name}.gguf", env!("CARGO_MANIFEST_DIR")))
}

fn read(bytes: &[u8]) -> Result<ArtifactBytes, LoadError> {
    artifacts("a.gguf", WeightFile::from(bytes.to_vec()), |_| Ok(None))
}

/// A file with this metadata and an embedding table.
fn written(metadata: &[(&str, Value)]) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    let metadata: Vec<_> = metadata.iter().map(|(key, value)| (*key, value)).collect();
    let table = Tensor::zeros((32, 32), candle_core::DType::F32, &Device::Cpu).unwrap();
    let table = QTensor::quantize(&table, GgmlDType::Q8_0).unwrap();
    gguf_file::write(&mut file, &metadata, &[("token_embd.weight", &table)]).unwrap();
    file.into_inner()
}

fn texts(list: &[&str]) -> Value {
    Value::Array(list.iter().map(|text| Value::String((*text).to_owned())).collect())
}

#[test]
fn a_file_is_a_model_and_neighbours_go_before_its_contents() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("tiny.gguf");
    fs::copy(fixture("llama-q8_0"), &path).unwrap();
    let options = EngineOptions { threads: 1, ..EngineOptions::cpu() };
    let load = || crate::load(&path.display().to_string(), &options).map(|model| model.info().clone());
    let info = load().unwrap();
    assert_eq!((info.name.as_str(), info.context), ("tiny", Some(256)));
    fs::write(directory.path().join("turnwise.json"), r#"{"profile": "odd"}"#).unwrap();
    assert_eq!(load().unwrap().profile, "odd");
    fs::write(directory.path().join("tokenizer.json"), "{").unwrap();
    assert!(matches!(load(), Err(LoadError::Tokenizer { .. })));
    fs::remove_file(&path).unwrap();
    assert!(matches!(load(), Err(LoadError::File { .. })));
}

#[test]
fn a_file_that_ends_early_is_refused_wherever_it_ends() {
    let whole = fs::read(fixture("llama-q8_0")).unwrap();
    assert!(read(&whole).is_ok());
    for length in (0..whole.len()).step_by(499).chain([whole.len() - 1]) {
        let error = read(&whole[..length]).unwrap_err();
        assert!(matches!(error, LoadError::Gguf { ref file, .. } if file == "a.gguf"), "{length}: {error}");
    }
}

#[test]
fn a_corrupt_header_is_an_error_or_harmless() {
    let whole = fs::read(fixture("llama-q8_0")).unwrap();
    let mut refused = 0;
    for at in (0..3000).step_by(31) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0xa5;
        refused += usize::from(match read(&bytes) {
            Ok(artifacts) => Decoder::load(&artifacts, Cpu::new).is_err(),
            Err(_) => true,
        });
    }
    assert!(refused > 10, "{refused}");
}

#[test]
fn what_cannot_be_run_is_named() {
    let architecture = |name: &str| ("general.architecture", Value::String(name.to_owned()));
    let tokenizer = [
        ("tokenizer.ggml.model", Value::String("gpt2".into())),
        ("tokenizer.ggml.tokens", texts(&["a", "b"])),
        ("tokenizer.ggml.merges", texts(&[])),
    ];
    let fails = |more: Vec<(&str, Value)>| {
        let all: Vec<_> = tokenizer.iter().cloned().chain(more).collect();
        read(&written(&all)).unwrap_err()
    };
    let error = fails(vec![architecture("gemma3")]);
    assert!(matches!(error, LoadError::UnsupportedModel { model_type } if model_type == "gemma3"));
    let error = fails(vec![architecture("qwen2")]);
    assert!(matches!(error, LoadError::GgufKey { key, .. } if key == "qwen2.embedding_length"));
    let error = fails(vec![("tokenizer.ggml.pre", Value::String("odd".into()))]);
    assert!(error.to_string().contains("words of `odd`") && error.to_string().contains("tokenizer.json"));
    let error = fails(vec![("tokenizer.ggml.model", Value::String("t5".into()))]);
    assert!(matches!(error, LoadError::GgufTokenizer { kind, .. } if kind == "t5"));
    let error = read(&written(&[architecture("llama")])).unwrap_err();
    assert!(matches!(error, LoadError::GgufKey { key, .. } if key == "tokenizer.ggml.model"));
}

#[test]
fn a_sentence_piece_vocabulary_merges_by_score() {
    let bytes: Vec<String> = (0..=255).map(|byte| format!("<0x{byte:02X}>")).collect();
    let pieces = ["▁", "h", "e", "l", "o", "he", "ll", "▁he", "llo", "▁hello", "lo"];
    let tokens: Vec<&str> =
        ["<unk>", "<s>", "</s>"].into_iter().chain(bytes.iter().map(String::as_str)).chain(pieces).collect();
    let kind = |id: usize| match id {
        0 => 2,
        1..3 => 3,
        3..259 => 6,
        _ => 1,
    };
    let numbers = |f: &dyn Fn(usize) -> Value| Value::Array((0..tokens.len()).map(f).collect());
    let file = written(&[
        ("general.architecture", Value::String("llama".into())),
        ("llama.embedding_length", Value::U32(32)),
        ("llama.block_count", Value::U32(1)),
        ("llama.attention.head_count", Value::U32(2)),
        ("llama.feed_forward_length", Value::U32(32)),
        ("llama.context_length", Value::U32(64)),
        ("tokenizer.ggml.model", Value::String("llama".into())),
        ("tokenizer.ggml.tokens", texts(&tokens)),
        ("tokenizer.ggml.token_type", numbers(&|id| Value::I32(kind(id)))),
        // Earlier pieces are better: `ll` before `lo`.
        ("tokenizer.ggml.scores", numbers(&|id| Value::F32(-(id as f32)))),
        ("tokenizer.ggml.unknown_token_id", Value::U32(0)),
        ("tokenizer.ggml.eos_token_id", Value::U32(2)),
    ]);
    let tokenizer = Tokenizer::load(&read(&file).unwrap()).unwrap();
    let pieces = |text: &str| -> Vec<&str> {
        tokenizer.encode(text).unwrap().into_iter().map(|id| tokens[id as usize]).collect()
    };
    assert_eq!(pieces("hello"), ["▁hello"]);
    assert_eq!(pieces("hello hell"), ["▁hello", "▁he", "ll"]);
    assert_eq!(pieces("olo"), ["▁", "o", "lo"]);
    assert_eq!(pieces("h\n</s>"), ["▁", "h", "<0x0A>", "</s>"]);
    for text in ["hello hell", "é\nhello"] {
        assert_eq!(tokenizer.decode(&tokenizer.encode(text).unwrap()).unwrap(), text);
    }
    assert!(tokenizer.is_end(2));
}
