//! Hears the tokens of a reply as they are drawn, for whoever tells them to a client.

use std::sync::{Arc, Mutex};

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use turnwise_core::{Likely, Outlook, Seen, SharedWatcher, Watcher};

/// A token that was drawn.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    /// Its text by itself.
    pub(super) text: String,
    /// What it adds to the reply.
    pub(super) adds: String,
    /// In nats.
    pub(super) logprob: f64,
    /// The likeliest at its place.
    pub(super) likeliest: Vec<Likely>,
}

struct Listener {
    tokens: UnboundedSender<Token>,
    likeliest: usize,
}

/// A watcher that passes the tokens on, each with so many of the likeliest. A reply bounds how many there can be.
pub(super) fn listener(likeliest: usize) -> (SharedWatcher, UnboundedReceiver<Token>) {
    let (tokens, heard) = unbounded_channel();
    (Arc::new(Mutex::new(Listener { tokens, likeliest })), heard)
}

impl Watcher for Listener {
    fn reads(&self) -> bool {
        true
    }

    fn likeliest(&self) -> usize {
        self.likeliest
    }

    fn token(&mut self, seen: &Seen<'_>) -> Outlook {
        let Seen { text, adds, logprob, likeliest, .. } = *seen;
        let token =
            Token { text: text.to_owned(), adds: adds.to_owned(), logprob, likeliest: likeliest.to_vec() };
        match self.tokens.send(token) {
            Ok(()) => Outlook::Continue,
            // Nobody listens any more.
            Err(_) => Outlook::Stop,
        }
    }
}
