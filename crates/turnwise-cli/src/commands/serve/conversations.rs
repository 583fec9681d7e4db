//! Conversations that may go on: a request brings its whole history, and where that is the history of an earlier
//! reply, that conversation is gone on with, its cache and its tokens included.
//!
//! A conversation is known by a hash over how it is drawn and what was said. Whoever goes on with it takes it
//! away; a second one with the same history begins anew, with the replies as the model wrote them.

use std::collections::VecDeque;

use sha2::{Digest, Sha256};
use turnwise_core::{
    Conversation, Finish, Message, Model, ModelError, Reply, Role, SessionSpec, Task, TokenStats, Usage,
};

use super::api::Wanted;

/// How many conversations are kept. Each holds its part of the cache.
const MOST_IDLE: usize = 64;
/// How many replies are remembered as the model wrote them.
const MOST_SAID: usize = 4096;

/// What was said up to some message, as a hash.
pub(super) type History = [u8; 32];

/// Conversations that may go on.
#[derive(Default)]
pub(super) struct Conversations {
    /// The one used last is at the end.
    idle: VecDeque<(History, Box<dyn Conversation>)>,
    said: VecDeque<(History, Reply)>,
}

impl Conversations {
    /// A conversation in which everything has been said that the request brings.
    pub(super) fn open(
        &mut self,
        model: &dyn Model,
        wanted: &Wanted,
    ) -> Result<Box<dyn Conversation>, ModelError> {
        let histories = histories(wanted);
        let known = self.idle.iter().enumerate().filter_map(|(at, (history, _))| {
            histories.iter().rposition(|other| other == history).map(|messages| (messages, at))
        });
        let (begun, mut conversation) =
            match known.max().and_then(|(said, at)| Some((said, self.idle.remove(at)?))) {
                Some((said, (_, conversation))) => (said, conversation),
                None => {
                    let (task, sampling, seed) = (Task::default(), wanted.sampling.clone(), wanted.seed);
                    (0, model.open(SessionSpec { task: &task, sampling, seed, style: &wanted.style })?)
                }
            };
        for (message, history) in wanted.messages.iter().zip(&histories[1..]).skip(begun) {
            match message.role {
                Role::Assistant => match self.reply(history) {
                    Some(reply) => conversation.restore(reply),
                    // How it wrote its calls is not known: its template will put them into words.
                    None if !message.tool_calls.is_empty() => conversation.push(message.clone()),
                    None => conversation.restore(&unknown(&message.content)),
                },
                Role::System | Role::User | Role::Tool => conversation.push(message.clone()),
            }
        }
        Ok(conversation)
    }

    /// Keeps a conversation that has just replied.
    pub(super) fn keep(&mut self, history: History, conversation: Box<dyn Conversation>, reply: Reply) {
        self.idle.push_back((history, conversation));
        self.said.push_back((history, reply));
        if self.idle.len() > MOST_IDLE {
            self.idle.pop_front();
        }
        if self.said.len() > MOST_SAID {
            self.said.pop_front();
        }
    }

    /// The reply as the model wrote it, unless it is forgotten.
    fn reply(&self, history: &History) -> Option<&Reply> {
        self.said.iter().rev().find(|(other, _)| other == history).map(|(_, reply)| reply)
    }
}

/// A reply of which only the text is known.
fn unknown(text: &str) -> Reply {
    Reply {
        text: text.to_owned(),
        tool_calls: Vec::new(),
        tokens: Vec::new(),
        finish: Finish::Stop,
        usage: Usage::default(),
        stats: TokenStats::default(),
    }
}

/// The history once the model has replied so, as it was told.
pub(super) fn history_with(wanted: &Wanted, told: &Reply) -> History {
    let before = histories(wanted).pop().unwrap_or_default();
    after(&before, &Message::calling(told.text.as_str(), told.tool_calls.clone()))
}

/// The histories of a request: with none of its messages, with one, and so on.
fn histories(wanted: &Wanted) -> Vec<History> {
    // The conversation is bound to how it is drawn and spoken.
    let start = Sha256::digest(format!("{:?}\0{}\0{:?}", wanted.sampling, wanted.seed, wanted.style)).into();
    let mut histories = vec![start];
    for message in &wanted.messages {
        histories.push(after(&histories[histories.len() - 1], message));
    }
    histories
}

fn after(before: &History, message: &Message) -> History {
    let said = format!("{message:?}");
    Sha256::new().chain_update(before).chain_update(said).finalize().into()
}

#[cfg(test)]
mod tests;
