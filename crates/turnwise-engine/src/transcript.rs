//! What a conversation has said so far, as tokens: tokenised piece by piece, so that what the model wrote
//! keeps the tokens it was written with and a turn costs only its new text.
//!
//! Where replies stay as they were written, only what a template puts behind the last reply is ever taken from it: the
//! templates of reasoning models, which drop or rewrite earlier thinking, then change nothing that was computed.

use std::collections::BTreeMap;

use turnwise_core::{Earlier, Message, Role, Style, ToolCall};

use crate::{
    chat::{ChatError, ChatTemplate},
    tokenizer::{TokenizeError, Tokenizer},
};

/// What stands for the last reply while a template is asked what follows it. Private characters, so that no
/// model writes it and no template changes it.
const REPLY: &str = "\u{f8f0}\u{f8f1}reply\u{f8f1}\u{f8f0}";

/// The messages of a conversation, and the tokens of everything rendered so far.
#[derive(Clone, Debug)]
pub(crate) struct Transcript {
    style: Style,
    messages: Vec<Message>,
    /// The replies as they were written, tool calls and all, by their places among the messages.
    written: BTreeMap<usize, String>,
    /// What was shown and written up to the last reply.
    settled: Said,
    /// The tokens that the model had computed when it had given its last reply: all that was shown and written but the last one
    /// where it was cut off, as nothing followed it.
    computed: Vec<u32>,
    /// What was shown to ask for the next one.
    asked: Said,
}

/// A text and the tokens that stand for it.
#[derive(Clone, Debug, Default)]
struct Said {
    text: String,
    tokens: Vec<u32>,
}

/// The messages could not be turned into tokens.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TranscriptError {
    /// By the template.
    #[error(transparent)]
    Chat(#[from] ChatError),
    /// By the tokenizer.
    #[error(transparent)]
    Tokenize(#[from] TokenizeError),
}

/// A reply to be added to a transcript.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Written<'a> {
    /// All of its text.
    pub(crate) text: &'a str,
    /// The tokens it was written with.
    pub(crate) tokens: &'a [u32],
    /// The tools it calls.
    pub(crate) calls: &'a [ToolCall],
    /// Its text without its calls.
    pub(crate) said: &'a str,
    /// Whether the model ended it itself.
    pub(crate) ended: bool,
}

impl Transcript {
    /// A transcript with nothing said yet.
    pub(crate) fn new(style: Style) -> Self {
        let (settled, asked) = (Said::default(), Said::default());
        Self { style, messages: Vec::new(), written: BTreeMap::new(), settled, computed: Vec::new(), asked }
    }

    /// Forgets everything that was said, but not what was computed for it.
    pub(crate) fn clear(&mut self) {
        let computed = std::mem::take(&mut self.computed);
        *self = Self { computed, ..Self::new(self.style.clone()) };
    }

    /// Adds a message.
    pub(crate) fn push(&mut self, message: Message) {
        self.messages.push(message);
    }

    /// The tokens that ask for the next reply: those before, as far as the rendering goes on from them, and those
    /// of what is new. Where it does not go on, everything is tokenised again.
    pub(crate) fn prompt(
        &mut self,
        template: &ChatTemplate,
        tokenizer: &Tokenizer,
    ) -> Result<&[u32], TranscriptError> {
        let new = match self.behind_the_last_reply(template) {
            Some(new) => Some(new),
            None => {
                let text = self.whole(template)?;
                match text.strip_prefix(self.settled.text.as_str()) {
                    Some(new) => Some(new.to_owned()),
                    None => {
                        self.asked = Said { tokens: tokenizer.encode(&text)?, text };
                        None
                    }
                }
            }
        };
        if let Some(new) = new {
            let mut asked = self.settled.clone();
            asked.tokens.extend(tokenizer.encode(&new)?);
            asked.text.push_str(&new);
            self.asked = asked;
        }
        Ok(&self.asked.tokens)
    }

    /// Adds a reply that the model has just given to what it was asked.
    pub(crate) fn answer(&mut self, reply: Written<'_>) {
        let is_cut = !reply.ended && !reply.tokens.is_empty();
        self.recall(reply);
        let computed = self.settled.tokens.len() - usize::from(is_cut);
        self.computed.clear();
        self.computed.extend_from_slice(&self.settled.tokens[..computed]);
    }

    /// Adds a reply as it is told again, for which nothing is computed.
    pub(crate) fn recall(&mut self, reply: Written<'_>) {
        self.written.insert(self.messages.len(), reply.text.to_owned());
        self.messages.push(Message::calling(reply.said, reply.calls.to_vec()));
        self.settled = std::mem::take(&mut self.asked);
        self.settled.text.push_str(reply.text);
        self.settled.tokens.extend_from_slice(reply.tokens);
    }

    /// How many of the tokens that ask for the next reply were computed for the replies before, whoever computed them.
    pub(crate) fn computed(&self) -> usize {
        self.computed.iter().zip(&self.asked.tokens).take_while(|(computed, asked)| computed == asked).count()
    }

    /// What the template puts behind the last reply, if replies stay as they were written and it can be told.
    fn behind_the_last_reply(&self, template: &ChatTemplate) -> Option<String> {
        if self.style.earlier != Earlier::AsWritten {
            return None;
        }
        let (last, _) = self.written.last_key_value()?;
        let mut messages = self.as_written();
        REPLY.clone_into(&mut messages.get_mut(*last)?.content);
        let text = template.render(&messages, &self.style).ok()?;
        let (_, behind) = text.split_once(REPLY)?;
        (!behind.contains(REPLY)).then(|| behind.to_owned())
    }

    /// Everything, rendered anew.
    fn whole(&self, template: &ChatTemplate) -> Result<String, ChatError> {
        let ours = match self.style.earlier {
            Earlier::AsWritten => template.render(&self.as_written(), &self.style).ok(),
            Earlier::ByTemplate => None,
        };
        // Some templates do not take an answer where they see no call: they are given the calls.
        ours.map_or_else(|| template.render(&self.messages, &self.style), Ok)
    }

    /// The messages with replies as mere text, calls included.
    fn as_written(&self) -> Vec<Message> {
        let message = |(at, message): (usize, &Message)| match self.written.get(&at) {
            Some(text) => Message::new(Role::Assistant, text.as_str()),
            None => message.clone(),
        };
        self.messages.iter().enumerate().map(message).collect()
    }
}

#[cfg(test)]
mod tests;
