//! What is asked aside: in branches of the attempt's conversation that are thrown away, so that the attempt never sees
//! them. What comes of it are numbers, which are signals of the turn before the policy decides.
//!
//! A model that cannot branch or cannot be watched is asked nothing, and a branch that fails costs its numbers only: rules
//! that look at them abstain.

mod drift;
mod subgoals;
mod trial;

use std::sync::{Mutex, MutexGuard, PoisonError};

use turnwise_core::{Conversation, Message, ModelError, Watcher};
use turnwise_policy::signals::names;

pub use subgoals::Subgoals;

use crate::{Asking, attempt::in_words};

/// Nothing that is asked aside depends on what is drawn.
const SEED: u64 = 0;

/// What is to be asked aside about a turn.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Questions {
    /// What the model is told in a branch: what the attempt would be told, and a question that is answered with yes or no.
    pub trial: Option<Vec<Message>>,
    /// The reply that is recited to somebody who knows less.
    pub drift: Option<Recited>,
    /// What subgoals are listed and asked about with.
    pub subgoals: Option<Subgoals>,
}

/// A reply to be recited.
#[derive(Clone, Debug, PartialEq)]
pub struct Recited {
    /// What is known where it is recited: the opening and the last observation.
    pub knowing: Vec<Message>,
    /// Its tokens.
    pub tokens: Vec<u32>,
}

impl Questions {
    /// Whether there is nothing to ask.
    pub fn is_empty(&self) -> bool {
        self.trial.is_none() && self.drift.is_none() && self.subgoals.is_none()
    }
}

/// What came of a branch.
struct Answer {
    numbers: Vec<(&'static str, f64)>,
    /// Read and written for it.
    tokens: u64,
}

/// What is kept of an attempt from one question to the next.
#[derive(Default)]
pub struct Branches {
    /// The branch of its conversation in which all has been said but the latest reply, where that is recited.
    before: Option<Box<dyn Conversation>>,
    subgoals: subgoals::Listed,
}

impl Branches {
    /// The model has been told what it is to reply to.
    pub(crate) fn told(&mut self, ask: &Asking, conversation: &dyn Conversation) {
        self.before = if ask.is_recited() { conversation.fork(SEED) } else { None };
    }

    /// Asks; gives what came of it by name.
    pub(crate) async fn ask(
        &mut self,
        questions: Questions,
        conversation: &mut dyn Conversation,
    ) -> Vec<(String, f64)> {
        let mut answers = Vec::new();
        if let (Some(told), Some(branch)) = (questions.trial, conversation.fork(SEED)) {
            answers.push(trial::ask(branch, told).await);
        }
        if let (Some(recited), Some(before)) = (questions.drift, self.before.take()) {
            answers.push(drift::ask(before, recited).await);
        }
        if let Some(questions) = questions.subgoals {
            answers.push(subgoals::ask(conversation, questions, &mut self.subgoals).await);
        }
        let answers: Vec<Answer> = answers.into_iter().filter_map(there).collect();
        let mut numbers: Vec<_> = answers.iter().flat_map(|answer| answer.numbers.clone()).collect();
        if !answers.is_empty() {
            let tokens: u64 = answers.iter().map(|answer| answer.tokens).sum();
            numbers.push((names::ASIDE_TOKENS, tokens as f64));
        }
        numbers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

/// The answer, if there is one. A failure that is not of the branch alone comes back with the next reply.
fn there(answer: Result<Option<Answer>, ModelError>) -> Option<Answer> {
    answer.unwrap_or_else(|error| {
        tracing::warn!(error = in_words(&error), "what was asked aside was not answered");
        None
    })
}

/// What a watcher saw. What a panicking thread left is whole.
fn lock<W: Watcher>(watcher: &Mutex<W>) -> MutexGuard<'_, W> {
    watcher.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
