//! How many attempts a trial has, where each begins, and whose work counts. One file a kind; all of it is decided from
//! what is recorded of the attempts, and carried out by whoever runs them.

mod agree;
mod parallel;
mod retry;

use serde::{Deserialize, Serialize};
use turnwise_core::Ending;
use turnwise_toml::{Node, Table, TomlError};

use crate::{PolicyError, read, rules::Keys};

/// The temperature of the attempts behind the first where the run itself draws the likeliest token: greedy attempts
/// would all be the same.
const TEMPERATURE: f64 = 0.7;

/// How many attempts a trial has and how they follow one another.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Attempts {
    /// One.
    #[default]
    One,
    /// See [`retry`].
    Retry(retry::Retry),
    /// See [`agree`].
    Agree(agree::Agree),
    /// See [`parallel`].
    Parallel(parallel::Parallel),
}

/// What an attempt came to, as far as what follows depends on it.
#[derive(Clone, Debug, PartialEq)]
pub struct Ended {
    /// Which of the trial's attempts it is, from 1.
    pub place: u32,
    /// Why it ended.
    pub ending: Ending,
    /// Its turns, those that it was begun with included.
    pub turns: u32,
    /// The digest of its work; empty where it changed nothing.
    pub digest: String,
    /// The last turn that is kept, for [`Ending::Restarted`].
    pub keep: Option<u32>,
    /// The value of [`Attempts::signal`] on each turn.
    pub worth: Vec<Option<f64>>,
}

/// Where an attempt stands after a round in which all that run had a turn.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    /// Which of the trial's attempts it is, from 1.
    pub place: u32,
    /// Why it ended; `None` while it runs.
    pub ending: Option<Ending>,
    /// Its turns so far.
    pub turns: u32,
    /// The digest of its work; empty where it changed nothing.
    pub digest: String,
    /// The latest value of [`Attempts::signal`].
    pub worth: Option<f64>,
}

/// Where an attempt begins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Start {
    /// The attempt and the turn behind which it begins; `None` is the task's beginning.
    pub behind: Option<Behind>,
    /// What the model is told when it begins.
    pub tell: Option<String>,
}

/// A recorded turn of an earlier attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Behind {
    /// The attempt, by its place.
    pub place: u32,
    /// The last turn that is kept, from 1.
    pub turn: u32,
}

impl Attempts {
    /// How many there may be.
    pub fn most(&self) -> u32 {
        match self {
            Self::One => 1,
            Self::Retry(retry) => retry.most,
            Self::Agree(agree) => agree.most,
            Self::Parallel(parallel) => parallel.count,
        }
    }

    /// How many run at once, turn by turn side by side.
    pub fn at_once(&self) -> u32 {
        match self {
            Self::Parallel(parallel) => parallel.count,
            Self::One | Self::Retry(_) | Self::Agree(_) => 1,
        }
    }

    /// The signal that it looks at.
    pub fn signal(&self) -> Option<&str> {
        match self {
            Self::One | Self::Agree(_) => None,
            Self::Retry(retry) => retry.informative.as_deref(),
            Self::Parallel(parallel) => parallel.halving.as_ref().map(|halving| halving.signal.as_str()),
        }
    }

    /// The temperature of the attempts behind the first in a run that draws greedily.
    pub fn temperature(&self) -> Option<f64> {
        match self {
            Self::One => None,
            Self::Retry(retry) => Some(retry.temperature),
            Self::Agree(agree) => Some(agree.temperature),
            Self::Parallel(parallel) => Some(parallel.temperature),
        }
    }

    /// Whether a restart of the attempt at this place is followed by another attempt.
    pub(crate) fn follows_restart(&self, place: u32) -> bool {
        matches!(self, Self::Retry(retry) if place < retry.most)
    }

    /// The next attempt behind those that ended, if there is one. Attempts that run at once have none behind them.
    pub fn next(&self, ended: &[Ended]) -> Option<Start> {
        match self {
            Self::One | Self::Parallel(_) => None,
            Self::Retry(retry) => retry.next(ended),
            Self::Agree(agree) => agree.next(ended),
        }
    }

    /// The attempts that are cancelled after a round.
    pub fn cancelled(&self, round: u32, standings: &[Standing]) -> Vec<u32> {
        match self {
            Self::Parallel(parallel) => parallel.cancelled(round, standings),
            Self::One | Self::Retry(_) | Self::Agree(_) => Vec::new(),
        }
    }

    /// Whose work counts, as an index into what ended; 0 where there is only one.
    pub fn counts(&self, ended: &[Ended]) -> usize {
        match self {
            Self::One => 0,
            Self::Retry(_) => retry::counts(ended),
            Self::Agree(_) => majority(ended, |_| true).unwrap_or(0),
            Self::Parallel(parallel) => parallel.counts(ended),
        }
    }

    /// Reads `[attempts]`; one attempt where there is no such table.
    pub(crate) fn read(document: &mut Table) -> Result<Self, PolicyError> {
        let Some(node) = document.take("attempts") else { return Ok(Self::One) };
        let mut table = Table::open("attempts", node)?;
        let kinds = [("retry", 0), ("agree", 1), ("parallel", 2)];
        let attempts = match table.word("kind", &kinds)?.unwrap_or(0) {
            0 => Self::Retry(retry::Retry::read(&mut table)?),
            1 => Self::Agree(agree::Agree::read(&mut table)?),
            _ => Self::Parallel(parallel::Parallel::read(&mut table)?),
        };
        table.close()?;
        Ok(attempts)
    }

    /// As a sentence; nothing for one attempt.
    pub(crate) fn explain(&self) -> Option<String> {
        let words = match self {
            Self::One => return None,
            Self::Retry(retry) => retry.explain(),
            Self::Agree(agree) => agree.explain(),
            Self::Parallel(parallel) => parallel.explain(),
        };
        let temperature = self.temperature().unwrap_or_default();
        Some(format!(
            "{words} Attempts behind the first are drawn at temperature {temperature} where the run draws greedily."
        ))
    }

    /// Whether there is one.
    pub(crate) fn is_one(&self) -> bool {
        *self == Self::One
    }
}

/// The first attempt of the largest class of equal work among those that `counts` lets count; work before no work, and
/// then the class that was there first.
fn majority(ended: &[Ended], counts: impl Fn(&Ended) -> bool) -> Option<usize> {
    let size = |digest: &str| ended.iter().filter(|other| counts(other) && other.digest == digest).count();
    let ranked = ended.iter().enumerate().filter(|(_, attempt)| counts(attempt));
    let best = ranked.map(|(at, attempt)| {
        let is_work = !attempt.digest.is_empty();
        ((size(&attempt.digest), is_work, std::cmp::Reverse(at)), at)
    });
    best.max().map(|(_, at)| at)
}

fn temperature(table: &mut Table) -> Result<f64, TomlError> {
    table.real("temperature", (0.0, 10.0), Some(TEMPERATURE))
}

fn tell(table: &mut Table) -> Result<Option<String>, TomlError> {
    table.read("tell", "text for the model", read::text)
}

/// Whole numbers, ascending, from 1.
fn turns(node: &Node) -> Option<Vec<u32>> {
    let turnwise_toml::Value::List(items) = &node.value else { return None };
    let turns: Vec<u32> = items.iter().map(read::whole_u32).collect::<Option<_>>()?;
    let ascending = turns.windows(2).all(|pair| pair[0] < pair[1]);
    (ascending && turns.first().is_some_and(|first| *first > 0)).then_some(turns)
}

#[cfg(test)]
mod tests;
