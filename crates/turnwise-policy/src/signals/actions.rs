//! How varied the actions are. Actions are compared as texts; an invalid reply is the empty action.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Family, Gauge, Moment, Recent, Signal,
    command::{is_look, paths, program},
    fingerprint::fingerprint,
    names,
};

/// How many turns, this one included, are looked at.
const WINDOW: usize = 16;
/// How many turns novelty is measured over.
const NOVEL: usize = 8;
/// How many characters of an action are compared letter by letter.
const LETTERS: usize = 400;

pub(super) const SIGNALS: &[Signal] = &[
    Signal::facts(
        names::ACTION_REPEAT,
        "how often in a row the same action came, this turn included",
        "goose; OpenHands",
    ),
    Signal::facts(
        names::ACTION_SEEN,
        "how often this action came among the last 16 turns, this one included",
        "413K agent traces, papers2026.md §6.2",
    ),
    Signal::facts(
        names::DISTINCT_ACTIONS,
        "the share of different actions among the last 16 turns, in (0, 1]",
        "Averta, papers2026.md §6.1",
    ),
    Signal::facts(
        names::NOVELTY,
        "the share of the last 8 turns whose action had not come before in the attempt, in [0, 1]",
        "Averta, papers2026.md §6.1",
    ),
    Signal::facts(
        names::BIGRAM_REPEAT,
        "how often the commonest pair of consecutive actions came among the last 16 turns; absent on turn 1",
        "Averta, papers2026.md §6.1",
    ),
    Signal::facts(
        names::TWO_CYCLE,
        "how many turns, up to this one, went to and fro between two different actions; 1 where none did",
        "OpenHands' stuck detector",
    ),
    Signal::facts(
        names::ACTION_ENTROPY,
        "entropy, in nats, of the programs that the last 16 turns' commands began with",
        "Same Signal, arXiv 2605.18332",
    ),
    Signal::facts(
        names::ACTION_LCS,
        "length of the longest common piece of this action and the one before, as a share of this one (its first 400 \
         characters), in [0, 1]; absent on turn 1",
        "AgentStop, arXiv 2605.15206",
    ),
    Signal::facts(
        names::REVISITS,
        "the share of the last 16 turns that only looked at files named in an earlier command, in [0, 1]",
        "Same Signal, arXiv 2605.18332",
    ),
];

#[derive(Debug)]
pub(super) struct Actions {
    recent: Recent<u64>,
    novel: Recent<f64>,
    programs: Recent<u64>,
    revisits: Recent<f64>,
    seen: BTreeSet<u64>,
    files: BTreeSet<u64>,
    repeat: f64,
    cycle: f64,
    last: String,
}

impl Default for Actions {
    fn default() -> Self {
        Self {
            recent: Recent::new(WINDOW),
            novel: Recent::new(NOVEL),
            programs: Recent::new(WINDOW),
            revisits: Recent::new(WINDOW),
            seen: BTreeSet::new(),
            files: BTreeSet::new(),
            repeat: 0.0,
            cycle: 1.0,
            last: String::new(),
        }
    }
}

impl Family for Actions {
    fn measure(&mut self, moment: &Moment<'_>, gauge: &mut Gauge<'_>) {
        let action = moment.facts.action.text();
        let now = fingerprint(action);
        let last = self.recent.last().copied();
        let last_but_one = self.recent.iter().rev().nth(1).copied();
        self.repeat = if last == Some(now) { self.repeat + 1.0 } else { 1.0 };
        self.cycle = match (last, last_but_one) {
            (Some(last), Some(earlier)) if earlier == now && last != now => f64::max(self.cycle, 2.0) + 1.0,
            _ => 1.0,
        };
        self.recent.push(now);
        gauge.set(names::ACTION_REPEAT, self.repeat);
        gauge.set(names::TWO_CYCLE, self.cycle);
        self.measure_window(now, gauge);
        if gauge.wants(names::NOVELTY) {
            self.novel.push(f64::from(u8::from(self.seen.insert(now))));
            gauge.set_some(names::NOVELTY, super::mean(&self.novel.to_vec()));
        }
        if gauge.wants(names::ACTION_ENTROPY) {
            self.programs.push(fingerprint(program(action)));
            gauge.set(names::ACTION_ENTROPY, entropy(&self.programs));
        }
        if gauge.wants(names::REVISITS) {
            let mut new = false;
            let mut any = false;
            for path in paths(action) {
                any = true;
                new |= self.files.insert(fingerprint(path));
            }
            self.revisits.push(f64::from(u8::from(any && !new && is_look(action))));
            gauge.set_some(names::REVISITS, super::mean(&self.revisits.to_vec()));
        }
        if gauge.wants(names::ACTION_LCS) {
            if last.is_some() {
                gauge.set(names::ACTION_LCS, longest_common_share(action, &self.last));
            }
            action.clone_into(&mut self.last);
        }
    }
}

impl Actions {
    fn measure_window(&self, now: u64, gauge: &mut Gauge<'_>) {
        if gauge.wants(names::ACTION_SEEN) {
            let same = self.recent.iter().filter(|action| **action == now).count();
            gauge.set(names::ACTION_SEEN, same as f64);
        }
        if gauge.wants(names::DISTINCT_ACTIONS) {
            let all: Vec<u64> = self.recent.iter().copied().collect();
            let first = |(at, action): &(usize, &u64)| !all[..*at].contains(action);
            let distinct = all.iter().enumerate().filter(first).count();
            gauge.set(names::DISTINCT_ACTIONS, distinct as f64 / all.len() as f64);
        }
        if gauge.wants(names::BIGRAM_REPEAT) {
            let pairs: Vec<_> = self.recent.iter().zip(self.recent.iter().skip(1)).collect();
            let most = pairs.iter().map(|pair| pairs.iter().filter(|other| *other == pair).count()).max();
            gauge.set_some(names::BIGRAM_REPEAT, most.map(|count| count as f64));
        }
    }
}

fn entropy(values: &Recent<u64>) -> f64 {
    let mut counts: BTreeMap<u64, f64> = BTreeMap::new();
    for value in values.iter() {
        *counts.entry(*value).or_default() += 1.0;
    }
    // In the order of the counts, so that the sum does not depend on how texts are numbered.
    let mut counts: Vec<f64> = counts.into_values().collect();
    counts.sort_by(f64::total_cmp);
    let all = values.len() as f64;
    counts.iter().map(|count| count / all).map(|share| -share * share.ln()).sum::<f64>().max(0.0)
}

fn longest_common_share(text: &str, other: &str) -> f64 {
    let text: Vec<char> = text.chars().take(LETTERS).collect();
    let other: Vec<char> = other.chars().take(LETTERS).collect();
    let mut row = vec![0_u32; other.len() + 1];
    let mut longest = 0;
    for letter in &text {
        let mut diagonal = 0;
        for (at, same) in other.iter().map(|other| other == letter).enumerate() {
            let above = row[at + 1];
            row[at + 1] = if same { diagonal + 1 } else { 0 };
            longest = longest.max(row[at + 1]);
            diagonal = above;
        }
    }
    if text.is_empty() { 0.0 } else { f64::from(longest) / text.len() as f64 }
}
