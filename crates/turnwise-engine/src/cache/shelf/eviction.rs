//! What is dropped when memory runs short.

use super::{Beginning, Entry, Shelf, Shelved, State, lock};
use crate::{backend::Cache, worker::ConversationId};

/// What closed conversations may keep of the memory: one part in so many.
const CLOSED_SHARE: usize = 64;

/// Which consideration named the cache to drop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    /// Its conversation has ended.
    Closed,
    /// The time within which its next request was worth waiting for has passed.
    Lifetime,
    /// It was used least recently.
    Use,
}

impl<C: Cache> Shelf<C> {
    /// Drops caches until `bytes` more can be taken, but not the beginning of a prompt of `id` that was looked up.
    /// Says whether they can.
    pub(crate) fn make_room(&self, bytes: usize, id: ConversationId, looked_up: &Beginning) -> bool {
        let now = self.now_ms();
        let mut shelved = lock(&self.shelved);
        let needed = |other| other == looked_up.donor.unwrap_or(id);
        while self.gauge.bytes() + bytes > self.limit {
            let Some((id, reason)) = shelved.victim(now, needed) else { return false };
            shelved.drop_cache(id, reason, now);
        }
        true
    }

    /// Drops what closed conversations left beyond their share; `bytes_of` is the memory of so many positions.
    pub(crate) fn tidy(&self, bytes_of: impl Fn(usize) -> usize) {
        let now = self.now_ms();
        let mut shelved = lock(&self.shelved);
        let closed = |entry: &Entry<C>| match (entry.state, &entry.held) {
            (State::Closed, Some(held)) => bytes_of(held.cache.len()),
            _ => 0,
        };
        let mut total: usize = shelved.entries.values().map(closed).sum();
        while total > self.limit / CLOSED_SHARE {
            let Some((id, Reason::Closed)) = shelved.victim(now, |_| false) else { return };
            total -= shelved.entries.get(&id).map_or(0, closed);
            shelved.drop_cache(id, Reason::Closed, now);
        }
    }
}

impl<C: Cache> Shelved<C> {
    /// The cache that is missed least: what a closed conversation left, then one that has outlived its time, then
    /// the one used least recently; never one that is needed.
    fn victim(&self, now: f64, needed: impl Fn(ConversationId) -> bool) -> Option<(ConversationId, Reason)> {
        let held = |entry: &Entry<C>| entry.held.as_ref().is_some_and(|held| !held.cache.is_empty());
        let rank = |state: State| match state {
            State::Closed => (0, Reason::Closed),
            State::Paused { until_ms } if until_ms < now => (1, Reason::Lifetime),
            State::Paused { .. } => (2, Reason::Use),
            State::Speaking => (3, Reason::Use),
        };
        let all = self.entries.iter().filter(|(id, entry)| held(entry) && !needed(**id));
        let least = all.min_by(|(_, a), (_, b)| {
            rank(a.state).0.cmp(&rank(b.state).0).then(a.since_ms.total_cmp(&b.since_ms))
        });
        least.map(|(id, entry)| (*id, rank(entry.state).1))
    }

    fn drop_cache(&mut self, id: ConversationId, reason: Reason, now: f64) {
        let Some(entry) = self.entries.get_mut(&id) else { return };
        let positions = entry.held.as_ref().map_or(0, |held| held.cache.len());
        let idle_ms = now - entry.since_ms;
        tracing::debug!(conversation = id, decided_by = ?reason, positions, idle_ms, "a cache was dropped");
        match entry.state {
            State::Closed => {
                self.entries.remove(&id);
            }
            State::Speaking => entry.held = None,
            // The tokens stay: they tell what the conversation has had computed before.
            State::Paused { .. } => entry.held.iter_mut().for_each(|held| held.cache.truncate(0)),
        }
        self.counters.dropped += positions as u64;
        match reason {
            Reason::Closed => self.counters.dropped_closed += 1,
            Reason::Lifetime => self.counters.dropped_by_lifetime += 1,
            Reason::Use => self.counters.dropped_by_use += 1,
        }
    }
}
