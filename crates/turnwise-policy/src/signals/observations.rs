//! What the environment shows: whether it is new, and how much of it there is.

use std::collections::BTreeSet;

use super::{
    Family, Gauge, Moment, Recent, Signal,
    fingerprint::{fingerprint, without_digits},
    names,
};

/// With how many of the last observations one is compared.
const COMPARED: usize = 4;
/// How many words of an observation are compared.
const WORDS: usize = 512;
/// How many turns a trend is measured over.
const TREND: usize = 8;

pub(super) const SIGNALS: &[Signal] = &[
    Signal::facts(
        names::SIMILARITY,
        "Jaccard similarity of the sets of three consecutive words of this observation and the one before (the first 512 \
         words of each), in [0, 1]; absent on turn 1",
        "papers2026.md §9.2",
    ),
    Signal::facts(
        names::SIMILARITY_RECENT,
        "the largest such similarity with one of the last four observations; absent on turn 1",
        "papers2026.md §9.2",
    ),
    Signal::facts(
        names::SPIN,
        "how many turns in a row, up to this one, left the work as it was and showed what had been shown before in the \
         attempt",
        "ActiveVLN, arXiv 2509.12618",
    ),
    Signal::facts(
        names::NEWS,
        "1 if the observation was never shown before in the attempt, numbers in it aside, else 0",
        "curiosity in hindsight, papers.md row 43",
    ),
    Signal::facts(names::OUTPUT_CHARS, "length of the observation, in bytes", "papers2026.md §9.2"),
    Signal::facts(
        names::OUTPUT_TREND,
        "slope per turn of ln(1 + bytes) of the last 8 observations; absent before turn 4",
        "papers2026.md §9.2",
    ),
];

#[derive(Debug)]
pub(super) struct Observations {
    shingles: Recent<Vec<u64>>,
    shown: BTreeSet<u64>,
    news: BTreeSet<u64>,
    digest: String,
    spin: f64,
    sizes: Recent<f64>,
}

impl Default for Observations {
    fn default() -> Self {
        Self {
            shingles: Recent::new(COMPARED),
            shown: BTreeSet::new(),
            news: BTreeSet::new(),
            digest: String::new(),
            spin: 0.0,
            sizes: Recent::new(TREND),
        }
    }
}

impl Family for Observations {
    fn measure(&mut self, moment: &Moment<'_>, gauge: &mut Gauge<'_>) {
        let (seen, work) = (moment.facts.observation.as_str(), &moment.facts.workspace);
        if gauge.wants(names::SPIN) {
            let changed = work.digest != self.digest;
            let new = self.shown.insert(fingerprint(seen));
            self.spin = if changed || new { 0.0 } else { self.spin + 1.0 };
            work.digest.clone_into(&mut self.digest);
            gauge.set(names::SPIN, self.spin);
        }
        if gauge.wants(names::NEWS) {
            gauge.set(names::NEWS, f64::from(u8::from(self.news.insert(without_digits(seen)))));
        }
        if gauge.wants(names::SIMILARITY) || gauge.wants(names::SIMILARITY_RECENT) {
            let now = shingles(seen);
            let likeness: Vec<f64> = self.shingles.iter().map(|earlier| jaccard(&now, earlier)).collect();
            gauge.set_some(names::SIMILARITY, likeness.last().copied());
            gauge.set_some(names::SIMILARITY_RECENT, likeness.into_iter().reduce(f64::max));
            self.shingles.push(now);
        }
        gauge.set(names::OUTPUT_CHARS, seen.len() as f64);
        if gauge.wants(names::OUTPUT_TREND) {
            self.sizes.push((seen.len() as f64).ln_1p());
            gauge.set_some(names::OUTPUT_TREND, self.sizes.slope());
        }
    }
}

/// The fingerprints of every three consecutive words, ascending, each once. Fewer words than three are one piece.
fn shingles(text: &str) -> Vec<u64> {
    let words: Vec<u64> = text.split_whitespace().take(WORDS).map(fingerprint).collect();
    let join = |words: &[u64]| {
        words
            .iter()
            .fold(0_u64, |joined, word| joined.rotate_left(21).wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ word)
    };
    let mut pieces: Vec<u64> =
        if words.len() < 3 { vec![join(&words)] } else { words.windows(3).map(join).collect() };
    pieces.sort_unstable();
    pieces.dedup();
    pieces
}

/// The share that two ascending lists have in common.
fn jaccard(one: &[u64], other: &[u64]) -> f64 {
    let (mut left, mut right, mut both) = (one, other, 0_usize);
    while let (Some((a, left_rest)), Some((b, right_rest))) = (left.split_first(), right.split_first()) {
        both += usize::from(a == b);
        if a <= b {
            left = left_rest;
        }
        if b <= a {
            right = right_rest;
        }
    }
    both as f64 / (one.len() + other.len() - both) as f64
}
