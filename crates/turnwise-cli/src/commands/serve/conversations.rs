//! Conversations that may go on: a request brings its whole history, and where that is the history of an earlier
//! reply, that conversation is gone on with, its cache and its tokens included.
//!
//! A conversation is known by a hash over how it is drawn and what was said. Whoever goes on with it takes it
//! away; a second one with the same history begins anew, with the replies as the model wrote them.

use std::collections::VecDeque;

use sha2::{Digest, Sha256};
use turnwise_core::{Conversation, Message, Model, ModelError, Reply, Role, SessionSpec, Task};

use super::api::Wanted;

/// How many conversations are kept, and how much was said in them together. Their caches are the model's to bound
/// (`--kv-memory`): those of idle conversations go first, and are computed again when one goes on.
const MOST_IDLE: Bound = Bound { entries: 64, bytes: 256 << 20 };
/// How many replies are remembered as the model wrote them, and how much of them.
const MOST_SAID: Bound = Bound { entries: 4096, bytes: 64 << 20 };

/// What was said up to some message, as a hash.
type History = [u8; 32];

/// Conversations that may go on.
#[derive(Default)]
pub(super) struct Conversations {
    idle: Kept<Box<dyn Conversation>>,
    said: Kept<Reply>,
}

/// The most that is kept of something.
#[derive(Clone, Copy)]
struct Bound {
    entries: usize,
    bytes: usize,
}

/// Things by their histories, each with its size. The newest is at the end.
struct Kept<T>(VecDeque<(History, T, usize)>);

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}

impl<T> Kept<T> {
    /// Keeps one more thing, and drops the oldest ones beyond the bound.
    fn keep(&mut self, history: History, thing: T, bytes: usize, most: Bound) {
        self.0.push_back((history, thing, bytes));
        while self.0.len() > most.entries || self.bytes() > most.bytes {
            self.0.pop_front();
        }
    }

    fn bytes(&self) -> usize {
        self.0.iter().map(|(_, _, bytes)| bytes).sum()
    }
}

impl Conversations {
    /// A conversation in which everything has been said that the request brings.
    pub(super) fn open(
        &mut self,
        model: &dyn Model,
        wanted: &Wanted,
    ) -> Result<Box<dyn Conversation>, ModelError> {
        let histories = histories(wanted);
        let known = self.idle.0.iter().enumerate().filter_map(|(at, (history, ..))| {
            histories.iter().rposition(|other| other == history).map(|messages| (messages, at))
        });
        let (begun, mut conversation) =
            match known.max().and_then(|(said, at)| Some((said, self.idle.0.remove(at)?))) {
                Some((said, (_, conversation, _))) => (said, conversation),
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
                    None => conversation.restore(&Reply::saying(&*message.content)),
                },
                Role::System | Role::User | Role::Tool => conversation.push(message.clone()),
            }
        }
        Ok(conversation)
    }

    /// Keeps a conversation that has replied so to what was wanted, and was told to have replied so.
    pub(super) fn keep(
        &mut self,
        wanted: &Wanted,
        conversation: Box<dyn Conversation>,
        whole: Reply,
        told: &Reply,
    ) {
        let history = history_with(wanted, told);
        let reply = whole.text.len() + whole.tokens.len() * size_of::<u32>();
        let messages: usize = wanted.messages.iter().map(|message| message.content.len()).sum();
        self.idle.keep(history, conversation, messages + reply, MOST_IDLE);
        self.said.keep(history, whole, reply, MOST_SAID);
    }

    /// The reply as the model wrote it, unless it is forgotten.
    fn reply(&self, history: &History) -> Option<&Reply> {
        self.said.0.iter().rev().find(|(other, ..)| other == history).map(|(_, reply, _)| reply)
    }
}

/// The history once the model has replied so, as it was told.
fn history_with(wanted: &Wanted, told: &Reply) -> History {
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
