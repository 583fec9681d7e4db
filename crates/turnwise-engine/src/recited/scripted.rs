//! The model that recites a file, for tests and benchmarks.
//!
//! The file holds one JSON object a line: `{"task": "ID", "replies": ["…", …]}`. The task `*` stands for
//! every task that has no line of its own; a task with no line at all submits at once. A reply may be an
//! object `{"text": "…", "prompt_tokens": N, "prefill_tokens": N, "decode_tokens": N}`, with 0 for a count
//! left out. In a profile with tools, a reply calls them by `<tool_call>{"name": …, "arguments": …}</tool_call>` in its
//! text. When the replies run out, the last one is given again and again.

use std::{collections::BTreeMap, fs, path::Path, sync::Arc};

use serde::Deserialize;
use sha2::{Digest, Sha256};
use turnwise_core::{Conversation, Model, ModelError, ModelInfo, SessionSpec, Usage};

use super::{Line, Recital, info};
use crate::LoadError;

/// The model that recites a file.
#[derive(Debug)]
pub struct ScriptedModel {
    info: ModelInfo,
    scripts: BTreeMap<String, Arc<[Line]>>,
}

impl ScriptedModel {
    /// Reads a script.
    ///
    /// # Errors
    /// When the file cannot be read or a line is not of the form above.
    pub fn from_file(path: &Path) -> Result<Self, LoadError> {
        let text =
            fs::read_to_string(path).map_err(|source| LoadError::File { path: path.to_owned(), source })?;
        let mut scripts = BTreeMap::new();
        for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let script: ScriptLine = serde_json::from_str(line).map_err(|source| LoadError::Script {
                path: path.to_owned(),
                line: index + 1,
                source,
            })?;
            scripts.insert(script.task, script.replies.into_iter().map(Line::from).collect());
        }
        let hash = Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Self { info: info("scripted", format!("scripted:{}", path.display()), hash), scripts })
    }
}

impl Model for ScriptedModel {
    fn info(&self) -> &ModelInfo {
        &self.info
    }

    fn open(&self, spec: SessionSpec<'_>) -> Result<Box<dyn Conversation>, ModelError> {
        let script = self.scripts.get(&spec.task.id).or_else(|| self.scripts.get("*"));
        Ok(Recital::boxed(script.cloned().unwrap_or_default(), spec.style))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ScriptLine {
    task: String,
    replies: Vec<ScriptReply>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum ScriptReply {
    Text(String),
    Counted(CountedReply),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CountedReply {
    text: String,
    #[serde(default)]
    prompt_tokens: u64,
    #[serde(default)]
    prefill_tokens: u64,
    #[serde(default)]
    decode_tokens: u64,
}

impl From<ScriptReply> for Line {
    fn from(reply: ScriptReply) -> Self {
        match reply {
            ScriptReply::Text(text) => Self::free(text),
            ScriptReply::Counted(CountedReply { text, prompt_tokens, prefill_tokens, decode_tokens }) => {
                Self { text, usage: Usage { prompt_tokens, prefill_tokens, decode_tokens } }
            }
        }
    }
}
