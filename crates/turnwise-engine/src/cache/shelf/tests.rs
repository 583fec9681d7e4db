//! The shelf with caches that only count.

use super::{Branches as _, Found, Held, PromptCounts, Shelf, Start};
use crate::backend::{Cache, Counted, Gauge};

/// Ten bytes a position.
#[derive(Clone)]
struct Counting {
    positions: Vec<Counted>,
}

impl Cache for Counting {
    fn len(&self) -> usize {
        self.positions.len()
    }

    fn truncate(&mut self, len: usize) {
        self.positions.truncate(len);
    }
}

struct Place {
    shelf: Shelf<Counting>,
    gauge: Gauge,
}

impl Place {
    fn new(limit: usize) -> Self {
        let gauge = Gauge::default();
        Self { shelf: Shelf::new(Counting { positions: Vec::new() }, gauge.clone(), limit), gauge }
    }

    fn start(&self, id: u64, prompt: &[u32]) -> Start<Counting> {
        match self.shelf.find(id, prompt, 0.0) {
            Found::Ready(start) => start,
            Found::Wait => panic!("{id} has to wait"),
        }
    }

    /// Makes room for a conversation that has nothing cached.
    fn room(&self, bytes: usize) -> bool {
        self.shelf.make_room(bytes, 9, &self.shelf.look(9, &[]).unwrap())
    }

    /// Computes a prompt with one token of a reply, and gives the cache back.
    /// Gives how much was its own, and how much cached at all.
    fn reply(&self, id: u64, prompt: &[u32]) -> (usize, usize) {
        let Start { mut cache, reused, claim } = self.start(id, prompt);
        let found = (reused, cache.len());
        let counts = PromptCounts { computed: prompt.len() - found.1, reused, shared: found.1 - reused };
        cache.positions.resize_with(prompt.len(), || self.gauge.count(10));
        if claim.is_some() {
            self.shelf.offer(id, &cache, prompt);
        }
        self.shelf.count(counts);
        self.shelf.put(id, Held { cache, tokens: prompt.to_vec() });
        found
    }
}

fn prompt(common: u32, own: u32, mark: u32) -> Vec<u32> {
    (0..common).chain((0..own).map(|k| 1_000 * mark + k)).collect()
}

#[test]
fn a_conversation_keeps_its_cache_and_others_take_over_what_is_alike() {
    let place = Place::new(1 << 20);
    assert_eq!(place.reply(1, &prompt(100, 50, 1)), (0, 0));
    // The same conversation, grown.
    assert_eq!(place.reply(1, &prompt(100, 80, 1)), (150, 150));
    // Another one, with the same hundred tokens in front: not its own, but cached.
    assert_eq!(place.reply(2, &prompt(100, 50, 2)), (0, 100));
    // A third that is like them for too short a stretch.
    assert_eq!(place.reply(3, &prompt(20, 50, 3)), (0, 0));
    let counters = place.shelf.counters();
    assert_eq!((counters.shown, counters.computed), (150 + 180 + 150 + 70, 150 + 30 + 50 + 70));
    assert_eq!((counters.reused, counters.shared), (150, 100));
}

#[test]
fn whoever_comes_second_waits_for_what_the_first_is_computing() {
    let place = Place::new(1 << 20);
    let first = place.start(1, &prompt(100, 50, 1));
    assert!(matches!(place.shelf.find(2, &prompt(100, 50, 2), 0.0), Found::Wait));
    // One that has little in common does not wait.
    drop(place.start(3, &prompt(10, 50, 3)));
    let mut cache = first.cache;
    cache.positions.resize_with(150, || place.gauge.count(10));
    place.shelf.offer(1, &cache, &prompt(100, 50, 1));
    drop(first.claim);
    assert_eq!(place.start(2, &prompt(100, 50, 2)).cache.len(), 100);
}

#[test]
fn a_claim_that_came_to_nothing_holds_up_nobody() {
    let place = Place::new(1 << 20);
    drop(place.start(1, &prompt(100, 50, 1)));
    assert_eq!(place.start(2, &prompt(100, 50, 2)).cache.len(), 0);
}

#[test]
fn memory_is_made_by_dropping_what_is_missed_least() {
    let place = Place::new(3_500);
    for (id, mark) in [(1, 1), (2, 2), (3, 3)] {
        place.reply(id, &prompt(0, 100, mark));
    }
    place.shelf.close(3);
    assert!(place.room(1_000));
    assert_eq!(place.gauge.bytes(), 2_000, "what the closed one left went first");
    assert!(place.room(2_000));
    let counters = place.shelf.counters();
    assert_eq!((counters.dropped, counters.dropped_closed), (200, 1));
    assert_eq!(counters.dropped_by_lifetime + counters.dropped_by_use, 1);
    // The first was dropped, so it is computed again.
    assert_eq!(place.reply(1, &prompt(0, 120, 1)), (0, 0));
    assert!(!place.room(4_000), "more than there is");
}

#[test]
fn what_a_request_is_about_to_use_is_not_dropped_for_it() {
    let place = Place::new(2_500);
    place.reply(1, &prompt(0, 100, 1));
    place.reply(2, &prompt(0, 100, 2));
    // The first was used longest ago, but it is the one that asks.
    let grown = prompt(0, 150, 1);
    let cached = place.shelf.look(1, &grown).unwrap();
    assert_eq!(cached.length, 100);
    assert!(place.shelf.make_room(1_000, 1, &cached));
    assert_eq!(place.reply(1, &grown), (100, 100));
    assert_eq!(place.reply(2, &prompt(0, 100, 2)), (0, 0));
}

#[test]
fn a_branch_has_what_its_trunk_had() {
    let place = Place::new(1 << 20);
    place.reply(1, &prompt(0, 100, 1));
    place.shelf.fork(1, 2);
    assert_eq!(place.reply(2, &prompt(0, 150, 1)), (100, 100));
    assert_eq!(place.reply(1, &prompt(0, 160, 1)), (100, 150), "and the trunk profits from the branch");
    place.shelf.tidy(|positions| positions * 10);
    assert_eq!(place.shelf.counters().dropped, 0, "nothing is closed");
}
