//! Why a model cannot be loaded. Every variant is exit code 10 of the command.

use std::{io, path::PathBuf};

use crate::{Family, HubError, RemoteError};

/// Why a model cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The specification names nothing the engine knows.
    #[error(
        "`{spec}` is no model: give `gold`, `nop`, `scripted:FILE`, a directory in hugging face layout, a `.gguf` file, \
         `hf:ORG/NAME[/FILE.gguf]` or `openai:BASE_URL#MODEL`"
    )]
    UnknownSpec {
        /// The specification.
        spec: String,
    },
    /// A file is missing or cannot be read.
    #[error("model file {} cannot be read; check the path or copy the file there", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file is no JSON of the expected shape.
    #[error("model file {file} is not the json it should be; copy it again")]
    Json {
        /// The file's name.
        file: String,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// The network is of another family.
    #[error(
        "model type `{model_type}` is not supported; use a checkpoint of one of these: {}",
        Family::names()
    )]
    UnsupportedModel {
        /// What `config.json` says.
        model_type: String,
    },
    /// `config.json` lacks a field.
    #[error("config.json has no `{key}`; copy it again from the checkpoint")]
    MissingSetting {
        /// The field.
        key: &'static str,
    },
    /// `config.json` sets a field to something the engine cannot run.
    #[error("config.json sets `{key}` to {value}, which is not supported; use another checkpoint")]
    UnsupportedSetting {
        /// The field.
        key: String,
        /// Its value.
        value: String,
    },
    /// The weights are truncated or no safetensors file.
    #[error("weights file {file} is truncated or no safetensors file; copy it again")]
    Weights {
        /// The file's name.
        file: String,
        /// Why.
        #[source]
        source: candle_core::Error,
    },
    /// A GGUF file is truncated or corrupt.
    #[error("gguf file {file} is truncated, corrupt, or of a type the engine does not know; copy it again")]
    Gguf {
        /// The file's name.
        file: String,
        /// Why.
        #[source]
        source: candle_core::Error,
    },
    /// The metadata of a GGUF file lack something.
    #[error("gguf file {file} has no usable `{key}`; convert the model again")]
    GgufKey {
        /// The file's name.
        file: String,
        /// What is missing.
        key: String,
    },
    /// The tokenizer inside a GGUF file is of an unknown kind.
    #[error(
        "the tokenizer in gguf file {file} is {kind}, which cannot be rebuilt; put the model's tokenizer.json \
         beside the file"
    )]
    GgufTokenizer {
        /// The file's name.
        file: String,
        /// The kind of tokenizer.
        kind: String,
    },
    /// A tensor is missing.
    #[error("the weights have no tensor `{tensor}`; the checkpoint does not match its config.json")]
    MissingTensor {
        /// The tensor's name.
        tensor: String,
    },
    /// A tensor has another shape than `config.json` asks for.
    #[error(
        "tensor `{tensor}` is {found:?} and should be {expected:?}; the checkpoint does not match its config.json"
    )]
    TensorShape {
        /// The tensor's name.
        tensor: String,
        /// The shape that `config.json` asks for.
        expected: Vec<usize>,
        /// The shape it has.
        found: Vec<usize>,
    },
    /// A tensor is stored in a type that the engine does not compute with.
    #[error(
        "tensor `{tensor}` is stored as {found}, which is not supported; use a checkpoint in F32, BF16 or F16"
    )]
    TensorType {
        /// The tensor's name.
        tensor: String,
        /// The type it is stored in.
        found: String,
    },
    /// The machine has less memory than the model needs.
    #[error(
        "the model needs {:.1} GiB of memory and {:.1} GiB are available; free some, or use a smaller or \
         quantised checkpoint",
        gib(*needed),
        gib(*available)
    )]
    Memory {
        /// Bytes that the weights take.
        needed: u64,
        /// Bytes that can be had.
        available: u64,
    },
    /// A GPU was asked for that is not there.
    #[error("device {device} is unavailable: {problem}")]
    NoGpu {
        /// The device.
        device: String,
        /// Why, and what to do about it.
        problem: String,
    },
    /// The device cannot be had.
    #[error("device {device} is unavailable; use the processor, or a build with the feature for that device")]
    Device {
        /// The device.
        device: String,
        /// Why.
        #[source]
        source: candle_core::Error,
    },
    /// The weights could not be brought to the device.
    #[error("the weights could not be brought to the device; use another device or a smaller model")]
    Transfer {
        /// Why.
        #[source]
        source: candle_core::Error,
    },
    /// The tokenizer cannot be read.
    #[error("tokenizer.json is no tokenizer; copy it again")]
    Tokenizer {
        /// Why.
        #[source]
        source: tokenizers::Error,
    },
    /// The tokenizer has ids that the embedding table does not.
    #[error("the tokenizer has {tokens} tokens, the model only {vocab_size}; they do not belong together")]
    Vocabulary {
        /// One more than the tokenizer's largest id.
        tokens: usize,
        /// Rows of the embedding table.
        vocab_size: usize,
    },
    /// There is no chat template.
    #[error(
        "the model has no chat template; add chat_template.jinja or `chat_template` in tokenizer_config.json"
    )]
    NoTemplate,
    /// The chat template cannot be read.
    #[error("the chat template is not valid jinja; copy tokenizer_config.json or chat_template.jinja again")]
    Template {
        /// Why.
        #[source]
        source: minijinja::Error,
    },
    /// No token ends a turn.
    #[error("no token ends the model's turn; set `eos_token` in tokenizer_config.json")]
    NoEndOfTurn,
    /// A line of a script is not what it should be.
    #[error("line {line} of {} is no recorded conversation; see `{{\"task\": …, \"replies\": […]}}`", path.display())]
    Script {
        /// The script.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// An endpoint cannot be used.
    #[error(transparent)]
    Remote(#[from] RemoteError),
    /// A repository of the hub cannot be had.
    #[error(transparent)]
    Hub(#[from] HubError),
    /// A worker thread could not be started.
    #[error("a model worker could not be started; lower the number of workers")]
    Worker {
        /// Why.
        #[source]
        source: io::Error,
    },
}

fn gib(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 30)
}

impl LoadError {
    pub(crate) fn setting(key: &str, value: impl ToString) -> Self {
        Self::UnsupportedSetting { key: key.to_owned(), value: value.to_string() }
    }
}
