//! How many turns an attempt gets. One file a kind: what it takes in the file, how it becomes numbers, how it
//! is said.

mod best;
mod counter;
mod dynamic;
mod fixed;
mod gated;
mod reference;
mod turns;

use serde::Serialize;
use turnwise_toml::{Table, TomlError};

use crate::{Baseline, PolicyError, TurnBudget};

pub(crate) use counter::{Standing, TurnCounter};
pub use dynamic::Grant;
pub use turns::TurnCount;

/// How many turns an attempt has.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Budget {
    /// As many as it takes.
    Unlimited,
    /// See [`fixed::Fixed`].
    Fixed(fixed::Fixed),
    /// See [`dynamic::Dynamic`].
    Dynamic(dynamic::Dynamic),
    /// See [`reference::Reference`].
    Reference(reference::Reference),
    /// See [`best::Best`].
    Best(best::Best),
    /// See [`gated::Gated`].
    Gated(gated::Gated),
}

/// A kind of budget with a limit.
pub(crate) trait Limited {
    /// Where the limit comes from, as the file says it: at the start, and after an extension.
    fn origin(&self) -> (String, Option<String>);

    /// Whether its numbers come from a baseline.
    fn needs_baseline(&self) -> bool;

    /// Fills in the numbers.
    fn resolve(&self, source: &Source<'_>) -> Result<TurnBudget, PolicyError>;

    /// What an attempt has, as sentences.
    fn explain(&self) -> Vec<String>;
}

/// Where the numbers of a policy come from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Source<'a> {
    /// The policy's name, for messages.
    pub(crate) policy: &'a str,
    pub(crate) baseline: &'a Baseline,
}

impl Source<'_> {
    /// There are no trials that could say this.
    pub(crate) fn nothing_solved(&self, what: &str) -> PolicyError {
        PolicyError::NothingSolved {
            policy: self.policy.to_owned(),
            what: what.to_owned(),
            suite: self.baseline.suite().to_owned(),
            model: self.baseline.model().to_owned(),
        }
    }
}

/// The kinds as the file names them.
#[derive(Clone, Copy)]
enum Kind {
    Unlimited,
    Fixed,
    Dynamic,
    Reference,
    Best,
    Gated,
}

const KINDS: [(&str, Kind); 6] = [
    ("unlimited", Kind::Unlimited),
    ("fixed", Kind::Fixed),
    ("dynamic", Kind::Dynamic),
    ("reference", Kind::Reference),
    ("best", Kind::Best),
    ("gated", Kind::Gated),
];

impl Budget {
    /// Reads the keys of `[budget]` that say how many turns there are.
    pub(crate) fn read(table: &mut Table) -> Result<Self, PolicyError> {
        Ok(match table.word("kind", &KINDS)?.unwrap_or(Kind::Unlimited) {
            Kind::Unlimited => Self::Unlimited,
            Kind::Fixed => Self::Fixed(fixed::Fixed::read(table)?),
            Kind::Dynamic => Self::Dynamic(dynamic::Dynamic::read(table)?),
            Kind::Reference => Self::Reference(reference::Reference::read(table)?),
            Kind::Best => Self::Best(best::Best::read(table)?),
            Kind::Gated => Self::Gated(gated::Gated::read(table)?),
        })
    }

    /// The limit, if there is one.
    pub(crate) fn limited(&self) -> Option<&dyn Limited> {
        match self {
            Self::Unlimited => None,
            Self::Fixed(budget) => Some(budget),
            Self::Dynamic(budget) => Some(budget),
            Self::Reference(budget) => Some(budget),
            Self::Best(budget) => Some(budget),
            Self::Gated(budget) => Some(budget),
        }
    }

    /// The signals that it looks at.
    pub(crate) fn needs(&self) -> Vec<String> {
        match self {
            Self::Dynamic(dynamic) => dynamic.needs(),
            Self::Unlimited | Self::Fixed(_) | Self::Reference(_) | Self::Best(_) | Self::Gated(_) => {
                Vec::new()
            }
        }
    }
}

/// A number of turns, for a key that must be there.
fn turn_count(table: &mut Table, key: &'static str) -> Result<TurnCount, TomlError> {
    table.need(key, TurnCount::EXPECTED, TurnCount::read)
}

/// `turns` times `factor`, rounded up, at least one turn.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "not negative, and cut off at the largest u32 by the cast"
)]
fn times(turns: u32, factor: f64) -> u32 {
    ((f64::from(turns) * factor - 1e-9).ceil() as u32).max(1)
}

#[cfg(test)]
mod tests;
