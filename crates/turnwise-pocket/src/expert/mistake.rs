//! Ways to go wrong.

use rand::{Rng, RngExt as _, seq::IndexedRandom as _};

/// A way to go wrong in a step that repairs a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mistake {
    /// The right line gets a wrong text.
    WrongText,
    /// A line that was right is changed.
    WrongLine,
    /// The wrong line is read over.
    Overlooked,
    /// The file's name is misspelt.
    WrongName,
    /// The new text is no Python.
    Broken,
}

const SWAPS: [(&str, &str); 16] = [
    ("<", ">"),
    (">", "<"),
    ("==", "!="),
    ("+", "-"),
    ("-", "+"),
    ("*", "+"),
    ("1", "0"),
    ("0", "1"),
    ("+=", "-="),
    ("return ", "return -"),
    ("2", "1"),
    ("//", "%"),
    ("not in", "in"),
    ("True", "False"),
    ("False", "True"),
    ("[1:]", "[:1]"),
];

impl Mistake {
    /// Draws a mistake, or none.
    pub(super) fn draw(rng: &mut impl Rng) -> Option<Self> {
        match rng.random_range(0..100) {
            0..5 => Some(Self::WrongText),
            5..9 => Some(Self::WrongLine),
            9..13 => Some(Self::Overlooked),
            13..14 => Some(Self::WrongName),
            14..16 => Some(Self::Broken),
            _ => None,
        }
    }
}

/// Another text for a line, by a small change; `None` if none applies.
pub(super) fn twist(rng: &mut impl Rng, line: &str) -> Option<String> {
    let options: Vec<String> = SWAPS
        .into_iter()
        .filter(|(from, _)| line.contains(from))
        .map(|(from, to)| line.replacen(from, to, 1))
        .filter(|new| new != line)
        .collect();
    options.choose(rng).cloned()
}

/// The line with its last closing mark gone, which Python refuses; `None` if it has none.
pub(super) fn broken(line: &str) -> Option<String> {
    line.rfind([')', ']', ':']).map(|at| format!("{}{}", &line[..at], &line[at + 1..]))
}
