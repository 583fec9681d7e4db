//! Replies that are computed once: a model around another one, that gives what is known already and computes the rest.
//!
//! A reply is a function of the model, how it is spoken, sampling, seed, and everything said before. So policies
//! that differ late share their beginnings, and what was computed in another run of the same database is not computed
//! again. A reply that is known comes back as it was recorded, with its counts and the time it took: what a policy would have
//! cost alone.
//!
//! Nothing is stored here: a reply becomes known when its turn is recorded ([`Replies`]). Until then, whoever computed it hands it to
//! those that wait for it.

mod chain;
mod conversation;
mod flights;

use std::sync::Arc;

use turnwise_core::{Clock, Conversation, Model, ModelError, ModelInfo, Replies, SessionSpec};

use self::{chain::Chain, conversation::CachedConversation, flights::Flights};

/// A model whose replies are looked up before they are computed.
///
/// Models that only recite gain nothing by it: their conversations follow from the task, which is no part of what
/// a reply is known by.
pub struct ReplyCache {
    model: Arc<dyn Model>,
    desk: Desk,
}

/// What conversations share. Cheap to clone.
#[derive(Clone)]
struct Desk {
    replies: Arc<dyn Replies>,
    flights: Flights,
    clock: Arc<dyn Clock>,
}

impl ReplyCache {
    /// The model, with `replies` asked before it is; `clock` says how long computing takes.
    pub fn new(model: Arc<dyn Model>, replies: Arc<dyn Replies>, clock: Arc<dyn Clock>) -> Self {
        Self { model, desk: Desk { replies, flights: Flights::default(), clock } }
    }
}

impl Model for ReplyCache {
    fn info(&self) -> &ModelInfo {
        self.model.info()
    }

    fn own_profile(&self) -> Option<&str> {
        self.model.own_profile()
    }

    fn layers(&self) -> Option<usize> {
        self.model.layers()
    }

    fn open(&self, spec: SessionSpec<'_>) -> Result<Box<dyn Conversation>, ModelError> {
        let (chain, seed) = (Chain::of(self.model.info(), &spec), spec.seed);
        let inner = self.model.open(spec)?;
        Ok(Box::new(CachedConversation::new(inner, self.desk.clone(), chain, seed)))
    }
}

#[cfg(test)]
mod tests;
