//! Models that recite: replies known beforehand, in order, with no network behind them.
//!
//! Their token counts are zero unless a script brings its own: nothing was computed.

mod gold;
mod nop;
mod scripted;

pub use gold::GoldModel;
pub use nop::NopModel;
pub use scripted::ScriptedModel;

use std::sync::Arc;

use turnwise_core::{
    BoxFuture, Conversation, Message, ModelError, ModelInfo, Reply, Role, Said, Style, Usage,
};

use crate::{PLAIN_PROFILE, tool_calls};

/// One reply known beforehand.
#[derive(Clone, Debug, PartialEq)]
struct Line {
    text: String,
    usage: Usage,
}

impl Line {
    fn free(text: impl Into<String>) -> Self {
        Self { text: text.into(), usage: Usage::default() }
    }
}

/// A conversation that gives its lines in order, and the last one again when they run out.
struct Recital {
    lines: Arc<[Line]>,
    next: usize,
    /// Whether calls of tools in a line are made.
    has_tools: bool,
}

impl Recital {
    fn boxed(lines: Arc<[Line]>, style: &Style) -> Box<dyn Conversation> {
        Box::new(Self { lines, next: 0, has_tools: !style.tools.is_empty() })
    }
}

impl Conversation for Recital {
    fn push(&mut self, message: Message) {
        self.next += usize::from(message.role == Role::Assistant);
    }

    fn reply(&mut self) -> BoxFuture<'_, Result<Reply, ModelError>> {
        let line = self.lines.get(self.next).or(self.lines.last()).cloned().unwrap_or(Line::free("submit"));
        self.next += 1;
        let Line { text, usage } = line;
        let tool_calls = match self.has_tools {
            true => tool_calls::in_text(&text, self.next as u64).1,
            false => Vec::new(),
        };
        let reply = Reply { tool_calls, usage, ..Reply::saying(text) };
        Box::pin(std::future::ready(Ok(reply)))
    }

    fn restore(&mut self, _reply: &Reply) {
        self.next += 1;
    }

    /// The lines are known beforehand, whatever was said.
    fn rebuild(&mut self, _said: &[Said]) {}
}

fn info(name: &str, spec: String, hash: String) -> ModelInfo {
    let profile = PLAIN_PROFILE.to_owned();
    ModelInfo { name: name.to_owned(), spec, hash, device: "none".into(), context: None, profile }
}

#[cfg(test)]
mod tests;
