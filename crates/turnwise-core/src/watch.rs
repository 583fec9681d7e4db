//! Watching a reply while it is written, token by token.

use std::sync::{Arc, Mutex};

use crate::States;

/// What a watcher is shown when a token has been drawn.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// The token.
    pub token: u32,
    /// Its text by itself; where a character spans tokens, what stands for a broken one.
    pub text: &'a str,
    /// What it adds to the reply's text: nothing while a character is incomplete, and then all of it; nothing for the
    /// token that ends the turn. Nothing at all for a watcher that does not read ([`Watcher::reads`]).
    pub adds: &'a str,
    /// Its place in the reply, from 0.
    pub index: usize,
    /// Its log-probability, in nats.
    pub logprob: f64,
    /// The entropy of the distribution it was drawn from, in nats.
    pub entropy: f64,
    /// The likeliest tokens at its place, the likeliest first; as many as [`Watcher::likeliest`] wants.
    pub likeliest: &'a [Likely],
    /// The log-probability of every token of the vocabulary at its place, in nats, before penalties, temperature and cuts,
    /// `[vocab_size]`; nothing for a watcher that does not want it ([`Watcher::distributions`]).
    pub logprobs: &'a [f32],
    /// The residual stream at the position it was drawn from, `[hidden_size]` for each of [`Watcher::layers`]. That
    /// position holds the token before: the state *at* a token is shown with the next one.
    pub hidden: &'a [&'a [f32]],
}

/// A token that might have been drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Likely {
    /// The token.
    pub token: u32,
    /// Its text by itself.
    pub text: String,
    /// Its log-probability, in nats, before penalties, temperature and cuts.
    pub logprob: f64,
}

/// What names of measurements begin with that are states, stored with their reply.
pub const STATES: &str = "states:";

/// What becomes of the reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outlook {
    /// It goes on.
    Continue,
    /// It goes on behind this text, as if the model had written it: the end of its thinking, the beginning of an
    /// answer.
    Write(String),
    /// It ends here.
    Stop,
}

/// Looks at every token of a reply and may interfere. It sees the tokens that the model draws, not those that it
/// has written itself.
pub trait Watcher: Send {
    /// The layers whose states it wants to see, from 0.
    fn layers(&self) -> Vec<usize> {
        Vec::new()
    }

    /// Whether it reads what the tokens add to the text.
    fn reads(&self) -> bool {
        false
    }

    /// How many of the likeliest tokens it wants to see at each place.
    fn likeliest(&self) -> usize {
        0
    }

    /// Whether it wants to see the whole distribution at each place.
    fn distributions(&self) -> bool {
        false
    }

    /// A token has been drawn.
    fn token(&mut self, seen: &Seen<'_>) -> Outlook;

    /// The names of what it measures on each reply, and of how it interferes. A name stands for one definition for ever: where
    /// one is changed, it gets another name. What a watcher that measures does follows from what it sees and these names: a
    /// reply that was measured under the same names before comes back as it was, and its tokens are not shown again. One that
    /// measures nothing sees every reply computed. A name that begins with [`STATES`] says that it keeps states which are
    /// stored with the reply.
    fn measures(&self) -> Vec<String> {
        Vec::new()
    }

    /// The numbers of the reply that has just ended, by those names; those that came to nothing are left out.
    fn measured(&mut self) -> Vec<(String, f64)> {
        Vec::new()
    }

    /// The hidden states at the end of the reply that has just ended, where it keeps them.
    fn states(&mut self) -> Option<States> {
        None
    }
}

/// A watcher that its owner can ask afterwards what it saw.
pub type SharedWatcher = Arc<Mutex<dyn Watcher>>;
