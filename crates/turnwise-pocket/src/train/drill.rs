//! Copying drills: numbered lines of chance words, then the same lines again, in order or not.
//!
//! Looking a line up and copying it to the letter is what a small model learns last and needs most (line
//! numbers, names, the file that `ls` showed). Chance words leave it nothing to memorise, so the drills
//! teach just that, at a few hundred tokens each.

use crate::expert::{Segment, Trajectory, Weight};
use rand::{Rng, RngExt as _, seq::IndexedRandom as _, seq::SliceRandom as _};

const WORDS: [&str; 40] = [
    "x", "y", "xs", "vals", "data", "num", "k", "key", "lo", "hi", "text", "row", "size", "part", "word",
    "first", "other", "src", "seq", "left", "right", "items", "mean", "clamp", "tally", "rotate", "bisect",
    "queue", "lib", "core", "tools", "calc", "parts", "base", "extra", "store", "append", "split", "range",
    "sorted",
];
const MARKS: [&str; 14] =
    [" + ", " - ", " < ", " == ", " = ", ".", ", ", "(", "[", " * ", " // ", "): ", "] ", " in "];

/// A drill.
pub(super) fn drill(rng: &mut impl Rng) -> Trajectory {
    let n = rng.random_range(6..20);
    let first = rng.random_range(1..40);
    let lines: Vec<String> = (0..n).map(|k| format!("{}:{}", first + k, chance(rng))).collect();
    let mut order: Vec<usize> = (0..n).collect();
    if rng.random_bool(0.6) {
        order.shuffle(rng);
    }
    let asked: Vec<&str> = order.iter().map(|&k| lines[k].as_str()).collect();
    let segment = |role, text, weight| Segment { role, text, weight };
    Trajectory {
        segments: vec![
            segment("user", "copy".to_owned(), Weight::Ignore),
            segment("tool", lines.join("\n"), Weight::Ignore),
            segment("assistant", asked.join("\n"), Weight::Imitate),
        ],
        solved: true,
        turns: 1,
    }
}

/// A line of chance words and marks, sometimes indented.
fn chance(rng: &mut impl Rng) -> String {
    let mut line = " ".repeat(4 * rng.random_range(0..4));
    for k in 0..rng.random_range(2..6) {
        if k > 0 {
            line.push_str(MARKS.choose(rng).copied().unwrap_or_default());
        }
        match rng.random_range(0..4) {
            0 => line.push_str(&rng.random_range(0..100).to_string()),
            _ => line.push_str(WORDS.choose(rng).copied().unwrap_or_default()),
        }
    }
    line
}
