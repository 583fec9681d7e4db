//! A conversation that computes only what is not known. The one it stands in front of is told what was said when it
//! has to compute, and not before.

use std::{
    mem,
    sync::{MutexGuard, PoisonError},
};

use turnwise_core::{
    BoxFuture, Conversation, Message, ModelError, Origin, Recital, Reply, ReplyKey, STATES, Said,
    SharedWatcher, Watcher,
};

use super::{
    Desk,
    chain::Chain,
    flights::{Flight, Joined},
};

/// See the module.
pub(super) struct CachedConversation {
    inner: Box<dyn Conversation>,
    desk: Desk,
    chain: Chain,
    seed: u64,
    /// What the inner conversation has not been told.
    untold: Vec<Untold>,
    /// What is measured on each reply; `None` while somebody watches who has to see every token.
    measured: Option<Vec<String>>,
    /// Whether the next reply, or its beginning, is known beforehand: then it does not follow from what was said alone.
    recites: bool,
    /// Keeps the reply that was computed last for others. The next thing that is said drops it: a turn is recorded before
    /// the next one begins.
    latest: Option<Flight>,
}

#[derive(Clone)]
enum Untold {
    Message(Message),
    Reply(Reply),
    Anew(Vec<Said>),
}

impl CachedConversation {
    pub(super) fn new(inner: Box<dyn Conversation>, desk: Desk, chain: Chain, seed: u64) -> Self {
        let (untold, measured) = (Vec::new(), Some(Vec::new()));
        Self { inner, desk, chain, seed, untold, measured, recites: false, latest: None }
    }

    async fn next_reply(&mut self) -> Result<Reply, ModelError> {
        self.latest = None;
        let reply = match &self.measured {
            _ if mem::take(&mut self.recites) => self.compute().await?.0,
            Some(measured) => {
                let key = self.chain.key(self.seed, measured);
                let with_states = measured.iter().any(|name| name.starts_with(STATES));
                self.known_or_computed(key, with_states).await?
            }
            // What such a watcher sees is stored nowhere, and it may have a hand in the reply.
            None => self.compute().await?.0,
        };
        self.chain.reply(&reply);
        Ok(reply)
    }

    async fn known_or_computed(&mut self, key: ReplyKey, with_states: bool) -> Result<Reply, ModelError> {
        loop {
            let known = match self.desk.flights.join(key) {
                Joined::Behind(waiting) => waiting.reply().await,
                Joined::First(flight) => match self.desk.recorded(key, with_states).await {
                    Some(reply) => {
                        flight.land(&reply);
                        Some(reply)
                    }
                    None => return self.compute_for_all(key, flight).await,
                },
            };
            if let Some(reply) = known {
                self.untold.push(Untold::Reply(reply.clone()));
                return Ok(reply);
            }
        }
    }

    /// Computes a reply that others may be waiting for.
    async fn compute_for_all(&mut self, key: ReplyKey, flight: Flight) -> Result<Reply, ModelError> {
        let (mut reply, ms) = self.compute().await?;
        reply.origin = Some(Origin { key, ms, reused: true });
        flight.land(&reply);
        self.latest = Some(flight);
        reply.origin = Some(Origin { key, ms, reused: false });
        Ok(reply)
    }

    /// Computes the next reply; also gives how long that took, in milliseconds.
    async fn compute(&mut self) -> Result<(Reply, f64), ModelError> {
        for said in mem::take(&mut self.untold) {
            match said {
                Untold::Message(message) => self.inner.push(message),
                Untold::Reply(reply) => self.inner.restore(&reply),
                Untold::Anew(said) => self.inner.rebuild(&said),
            }
        }
        let began = self.desk.clock.monotonic_ns();
        let reply = self.inner.reply().await?;
        let ms = self.desk.clock.monotonic_ns().saturating_sub(began) as f64 / 1e6;
        Ok((reply, ms))
    }
}

impl Desk {
    /// The reply as it was recorded. One that cannot be read, or whose states are wanted and were not stored, is computed again: that
    /// costs time, nothing else.
    async fn recorded(&self, key: ReplyKey, with_states: bool) -> Option<Reply> {
        let found = self.replies.find(key).await;
        let found = found.unwrap_or_else(|error| {
            tracing::warn!(%error, "a recorded reply cannot be read and is computed again");
            None
        })?;
        let found = Some(found).filter(|found| !with_states || found.states.is_some())?;
        let origin = found.origin.map(|origin| Origin { reused: true, ..origin });
        Some(Reply { origin, ..found })
    }
}

impl Conversation for CachedConversation {
    fn push(&mut self, message: Message) {
        self.latest = None;
        self.chain.message(&message);
        self.untold.push(Untold::Message(message));
    }

    fn reply(&mut self) -> BoxFuture<'_, Result<Reply, ModelError>> {
        Box::pin(self.next_reply())
    }

    fn restore(&mut self, reply: &Reply) {
        self.latest = None;
        self.chain.reply(reply);
        self.untold.push(Untold::Reply(reply.clone()));
    }

    fn rebuild(&mut self, said: &[Said]) {
        self.latest = None;
        self.chain.anew(said);
        self.untold.push(Untold::Anew(said.to_vec()));
    }

    fn watch(&mut self, watcher: Option<SharedWatcher>) -> bool {
        let measures = watcher.as_ref().map(|watcher| lock(watcher).measures());
        let watches = self.inner.watch(watcher);
        self.measured = match measures.filter(|_| watches) {
            Some(mut names) => {
                names.sort_unstable();
                Some(names).filter(|names| !names.is_empty())
            }
            None => Some(Vec::new()),
        };
        watches
    }

    fn recite(&mut self, recital: Recital<'_>) -> bool {
        let can = self.inner.recite(recital);
        self.recites |= can;
        can
    }

    fn begin_with(&mut self, tokens: &[u32], text: &str) -> bool {
        let can = self.inner.begin_with(tokens, text);
        self.recites |= can;
        can
    }

    fn fork(&self, seed: u64) -> Option<Box<dyn Conversation>> {
        let inner = self.inner.fork(seed)?;
        let branch = Self::new(inner, self.desk.clone(), self.chain.clone(), seed);
        Some(Box::new(Self { untold: self.untold.clone(), ..branch }))
    }
}

fn lock(watcher: &SharedWatcher) -> MutexGuard<'_, dyn Watcher + 'static> {
    watcher.lock().unwrap_or_else(PoisonError::into_inner)
}
