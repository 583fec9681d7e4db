//! What was found about a claim.

use serde::Serialize;
use serde_json::Value;

use crate::grid::{Align, Grid};

/// What recorded runs say about a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// They agree with it.
    Confirmed,
    /// They contradict it.
    Refuted,
    /// They do not decide it: the interval holds both, or something is missing.
    Undecided,
}

impl Verdict {
    /// The verdict as a word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Refuted => "refuted",
            Self::Undecided => "undecided",
        }
    }

    /// Whether a claim of at least `claimed` stands: the whole interval is on one side, or it is not decided.
    pub(super) fn at_least(interval: crate::stats::Estimate, claimed: f64) -> Self {
        if interval.lo >= claimed {
            Self::Confirmed
        } else if interval.hi < claimed {
            Self::Refuted
        } else {
            Self::Undecided
        }
    }
}

/// A claim, and what was found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// A short name of the claim.
    pub claim: &'static str,
    /// Who says it.
    pub source: &'static str,
    /// What it says.
    pub says: &'static str,
    /// What was found, in one or two sentences with intervals; or why nothing can be.
    pub found: String,
    /// Whether that agrees.
    pub verdict: Verdict,
    /// The figures behind it.
    pub numbers: Value,
    /// Some of them as a table.
    #[serde(skip)]
    pub table: Option<Grid>,
    /// Some of them as a picture in characters.
    #[serde(skip)]
    pub picture: Option<String>,
}

impl Finding {
    /// A claim that these runs cannot decide.
    pub(super) fn undecided(
        claim: &'static str,
        source: &'static str,
        says: &'static str,
        why: impl Into<String>,
    ) -> Self {
        Self {
            claim,
            source,
            says,
            found: why.into(),
            verdict: Verdict::Undecided,
            numbers: Value::Null,
            table: None,
            picture: None,
        }
    }
}

/// A table with its first column to the left and the others to the right.
pub(super) fn table(titles: &[&str]) -> Grid {
    let align = |index| if index == 0 { Align::Left } else { Align::Right };
    let columns: Vec<_> = titles.iter().enumerate().map(|(index, title)| (*title, align(index))).collect();
    Grid::new(&columns)
}
