//! The caches of all conversations of a model, shared by its workers.
//!
//! A request finds here the longest beginning of its prompt that anybody has computed: its own cache from the
//! turn before, or a fork of another conversation's. Where somebody is computing that beginning at this moment,
//! it waits. Caches that nobody is using are dropped when memory runs short; a dropped cache costs time, nothing
//! else.

mod eviction;

#[cfg(test)]
mod tests;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use super::{CacheCounters, lifetime::Lifetime};
use crate::{
    backend::{Cache, Gauge},
    worker::ConversationId,
};

/// A beginning shorter than this, in tokens, is computed again rather than shared.
const WORTH_SHARING: usize = 32;

/// A cache and the tokens it stands for. Where memory ran short the cache is shorter than the tokens.
#[derive(Clone, Debug)]
pub(crate) struct Held<C> {
    pub(crate) cache: C,
    pub(crate) tokens: Vec<u32>,
}

/// Where the tokens of a prompt came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PromptCounts {
    pub(crate) computed: usize,
    pub(crate) reused: usize,
    pub(crate) shared: usize,
}

/// What a request starts with.
pub(crate) enum Found<C> {
    /// A cache for a first part of the prompt.
    Ready(Start<C>),
    /// Another conversation is computing a longer one: ask again in a moment.
    Wait,
}

/// What is cached of a prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Beginning {
    /// How many tokens the conversation itself has cached.
    reused: usize,
    /// The conversation that has more of it cached.
    donor: Option<ConversationId>,
    /// How many tokens are cached.
    pub(crate) length: usize,
}

/// The cache that a request starts with, and where it comes from.
pub(crate) struct Start<C> {
    pub(crate) cache: C,
    /// Prompt tokens of the cache that this conversation kept itself; the rest is another's.
    pub(crate) reused: usize,
    /// Says to others that the rest of the prompt is being computed; `None` where that is not worth waiting for.
    pub(crate) claim: Option<Claim>,
}

/// A conversation's announcement of the prompt that it is computing; dropping it takes it back.
pub(crate) struct Claim {
    conversation: ConversationId,
    prompts: Prompts,
}

impl Drop for Claim {
    fn drop(&mut self) {
        lock(&self.prompts).remove(&self.conversation);
    }
}

/// The prompts that are being computed.
type Prompts = Arc<Mutex<BTreeMap<ConversationId, Arc<[u32]>>>>;

/// What conversations themselves may ask, whatever the back end.
pub(crate) trait Branches: Send + Sync {
    /// `branch` begins with what `trunk` has cached.
    fn fork(&self, trunk: ConversationId, branch: ConversationId);
    /// What was saved so far.
    fn counters(&self) -> CacheCounters;
}

/// The caches of a model.
pub(crate) struct Shelf<C> {
    shelved: Mutex<Shelved<C>>,
    prompts: Prompts,
    gauge: Gauge,
    /// The most that caches may take, in bytes.
    limit: usize,
    empty: C,
    born: Instant,
}

struct Shelved<C> {
    entries: BTreeMap<ConversationId, Entry<C>>,
    lifetime: Lifetime,
    counters: CacheCounters,
    /// Milliseconds to compute one prompt token, smoothed.
    token_ms: f64,
}

struct Entry<C> {
    held: Option<Held<C>>,
    state: State,
    since_ms: f64,
    replies: u64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    /// A reply is being written; what is held is a fork that others may take over.
    Speaking,
    /// Between replies, worth keeping for its own sake until then.
    Paused { until_ms: f64 },
    /// The conversation has ended; what it left may serve others.
    Closed,
}

impl<C: Cache> Shelf<C> {
    /// A shelf for caches that `gauge` counts; `empty` is one that holds nothing.
    pub(crate) fn new(empty: C, gauge: Gauge, limit: usize) -> Self {
        let shelved = Shelved {
            entries: BTreeMap::new(),
            lifetime: Lifetime::default(),
            counters: CacheCounters::default(),
            token_ms: 0.0,
        };
        let shelved = Mutex::new(shelved);
        Self { shelved, prompts: Prompts::default(), gauge, limit, empty, born: Instant::now() }
    }

    /// Milliseconds since the shelf was made.
    pub(crate) fn now_ms(&self) -> f64 {
        self.born.elapsed().as_secs_f64() * 1e3
    }

    /// What is cached of a prompt of `id`, or `None` while another conversation is computing more of it. All but the
    /// last token may be cached, as that one's logits are needed.
    pub(crate) fn look(&self, id: ConversationId, prompt: &[u32]) -> Option<Beginning> {
        self.beginning(&lock(&self.shelved), id, prompt)
    }

    /// The longest cached beginning of a prompt of `id`, which has waited since `asked_ms`.
    pub(crate) fn find(&self, id: ConversationId, prompt: &[u32], asked_ms: f64) -> Found<C> {
        let now = self.now_ms();
        let mut shelved = lock(&self.shelved);
        let Some(Beginning { reused, donor, length }) = self.beginning(&shelved, id, prompt) else {
            return Found::Wait;
        };
        let mine = shelved.take(id, now);
        let taken = match donor {
            Some(donor) => shelved.held(donor).map(|held| held.cache.clone()),
            None => mine.map(|held| held.cache),
        };
        let mut cache = taken.unwrap_or_else(|| self.empty.clone());
        cache.truncate(length);
        shelved.lifetime.waited(now - asked_ms);
        // A recurrent state cannot always be cut to where it is wanted, so what is left counts, not what was sought.
        let reused = reused.min(cache.len());
        let claim = (prompt.len() - cache.len() >= WORTH_SHARING).then(|| self.claim(id, prompt));
        Found::Ready(Start { cache, reused, claim })
    }

    fn beginning(&self, shelved: &Shelved<C>, id: ConversationId, prompt: &[u32]) -> Option<Beginning> {
        let most = prompt.len().saturating_sub(1);
        let cached = |held: &Held<C>| alike(&held.tokens, prompt).min(held.cache.len()).min(most);
        let reused = shelved.held(id).map_or(0, cached);
        let donor = shelved.donor(id, prompt, most).filter(|(_, length)| *length >= reused + WORTH_SHARING);
        let length = donor.map_or(reused, |(_, length)| length);
        let waits = self.computing(id, prompt, most) >= length + WORTH_SHARING;
        (!waits).then_some(Beginning { reused, donor: donor.map(|(donor, _)| donor), length })
    }

    /// Offers what was computed for a prompt to whoever waits for it.
    pub(crate) fn offer(&self, id: ConversationId, cache: &C, prompt: &[u32]) {
        if let Some(entry) = lock(&self.shelved).entries.get_mut(&id) {
            entry.held = Some(Held { cache: cache.clone(), tokens: prompt.to_vec() });
        }
    }

    /// Takes a cache back when a reply has ended: the conversation's tool runs now.
    pub(crate) fn put(&self, id: ConversationId, held: Held<C>) {
        let now = self.now_ms();
        let mut shelved = lock(&self.shelved);
        let reload_ms = held.tokens.len() as f64 * shelved.token_ms;
        let until_ms = now + shelved.lifetime.time_to_live(reload_ms);
        if let Some(entry) = shelved.entries.get_mut(&id) {
            entry.replies += 1;
            (entry.held, entry.state, entry.since_ms) = (Some(held), State::Paused { until_ms }, now);
        }
    }

    /// A conversation has ended. What it computed stays as long as there is room for it.
    pub(crate) fn close(&self, id: ConversationId) {
        let now = self.now_ms();
        let mut shelved = lock(&self.shelved);
        let Some(mut entry) = shelved.entries.remove(&id) else { return };
        shelved.lifetime.ended(entry.replies);
        if entry.held.as_ref().is_some_and(|held| held.cache.len() >= WORTH_SHARING) {
            (entry.state, entry.since_ms) = (State::Closed, now);
            shelved.entries.insert(id, entry);
        }
    }

    /// Counts the prompt of a reply.
    pub(crate) fn count(&self, prompt: PromptCounts) {
        let counters = &mut lock(&self.shelved).counters;
        counters.shown += (prompt.computed + prompt.reused + prompt.shared) as u64;
        counters.computed += prompt.computed as u64;
        counters.reused += prompt.reused as u64;
        counters.shared += prompt.shared as u64;
    }

    /// Learns how long prompt tokens take.
    pub(crate) fn learn_speed(&self, tokens: usize, ms: f64) {
        let token_ms = &mut lock(&self.shelved).token_ms;
        let seen = ms / tokens.max(1) as f64;
        *token_ms = if *token_ms == 0.0 { seen } else { 0.9 * *token_ms + 0.1 * seen };
    }

    /// The longest beginning of `prompt` that another conversation is computing.
    fn computing(&self, id: ConversationId, prompt: &[u32], most: usize) -> usize {
        let prompts = lock(&self.prompts);
        let others = prompts.iter().filter(|(other, _)| **other != id);
        others.map(|(_, tokens)| alike(tokens, prompt).min(most)).max().unwrap_or(0)
    }

    fn claim(&self, id: ConversationId, prompt: &[u32]) -> Claim {
        lock(&self.prompts).insert(id, prompt.into());
        Claim { conversation: id, prompts: Arc::clone(&self.prompts) }
    }
}

impl<C: Cache> Shelved<C> {
    fn held(&self, id: ConversationId) -> Option<&Held<C>> {
        self.entries.get(&id)?.held.as_ref()
    }

    /// Takes a conversation's own cache away for its next reply.
    fn take(&mut self, id: ConversationId, now: f64) -> Option<Held<C>> {
        let fresh = || Entry { held: None, state: State::Speaking, since_ms: now, replies: 0 };
        let entry = self.entries.entry(id).or_insert_with(fresh);
        if entry.replies > 0 && matches!(entry.state, State::Paused { .. }) {
            self.lifetime.paused(now - entry.since_ms);
        }
        (entry.state, entry.since_ms) = (State::Speaking, now);
        entry.held.take()
    }

    /// Another conversation that has the longest beginning of `prompt` cached, and its length.
    fn donor(&self, id: ConversationId, prompt: &[u32], most: usize) -> Option<(ConversationId, usize)> {
        let others = self.entries.iter().filter(|(other, _)| **other != id);
        let lengths = others.filter_map(|(other, entry)| {
            let held = entry.held.as_ref()?;
            Some((*other, alike(&held.tokens, prompt).min(held.cache.len()).min(most)))
        });
        lengths.max_by_key(|(_, length)| *length)
    }
}

impl<C: Cache> Branches for Shelf<C> {
    fn fork(&self, trunk: ConversationId, branch: ConversationId) {
        let mut shelved = lock(&self.shelved);
        let Some(held) = shelved.held(trunk).cloned() else { return };
        let now = self.now_ms();
        let state = State::Paused { until_ms: now };
        shelved.entries.insert(branch, Entry { held: Some(held), state, since_ms: now, replies: 0 });
    }

    fn counters(&self) -> CacheCounters {
        lock(&self.shelved).counters
    }
}

/// How many tokens two sequences have in common at the beginning.
fn alike(a: &[u32], b: &[u32]) -> usize {
    a.iter().zip(b).take_while(|(a, b)| a == b).count()
}

/// What a panicking thread left is whole: no change here has more than one step that matters.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
