//! What a conversation has said so far, as tokens: tokenised piece by piece, so that what the model wrote
//! keeps the tokens it was written with and a turn costs only its new text.

use turnwise_core::{Message, Role};

use crate::{
    chat::{ChatError, ChatTemplate},
    tokenizer::{TokenizeError, Tokenizer},
};

/// The messages of a conversation, and the tokens of everything rendered so far.
#[derive(Debug, Default)]
pub(crate) struct Transcript {
    messages: Vec<Message>,
    /// The text that `tokens` stand for.
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

impl Transcript {
    /// Adds a message.
    pub(crate) fn push(&mut self, message: Message) {
        self.messages.push(message);
    }

    /// The tokens that ask for the next reply.
    ///
    /// Where the rendering goes on from the last one, only what is new is tokenised. Where it does not (a
    /// template may drop old thinking), everything is tokenised again.
    pub(crate) fn prompt(
        &mut self,
        template: &ChatTemplate,
        tokenizer: &Tokenizer,
    ) -> Result<&[u32], TranscriptError> {
        let text = template.render(&self.messages)?;
        match text.strip_prefix(self.text.as_str()) {
            Some(new) => self.tokens.extend(tokenizer.encode(new)?),
            None => self.tokens = tokenizer.encode(&text)?,
        }
        self.text = text;
        Ok(&self.tokens)
    }

    /// Adds a reply: its text as a message, and the tokens it was written with.
    pub(crate) fn answer(&mut self, text: &str, tokens: &[u32]) {
        self.messages.push(Message::new(Role::Assistant, text));
        self.text.push_str(text);
        self.tokens.extend_from_slice(tokens);
    }
}

#[cfg(test)]
mod tests;
