//! Several attempts at once: the first that finish win and the others are cancelled (first finish search, arXiv
//! 2505.18149; papers.md A7), and at checkpoints the worse half may be dropped (successive halving, arXiv 2508.01969;
//! papers.md A17).
//!
//! The attempts take their turns in rounds, side by side, and "first" counts in turns, not in seconds: otherwise the same
//! command would not come to the same end twice. Only an attempt that hands in work has finished; one that a limit cut or
//! that changed nothing has not.

use serde::{Deserialize, Serialize};
use turnwise_core::Ending;
use turnwise_toml::{Node, Table};

use super::{Ended, Standing, majority, temperature, turns};
use crate::{PolicyError, rules::Keys};

/// The settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Parallel {
    pub(super) count: u32,
    /// How many have to finish; the work of most of them counts.
    finish: u32,
    pub(super) halving: Option<Halving>,
    pub(super) temperature: f64,
}

/// When the worse half is dropped.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Halving {
    at: Vec<u32>,
    pub(super) signal: String,
    prefer: Prefer,
}

/// Which values of a signal are the better ones: learned, never assumed, so there is no default.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Prefer {
    High,
    Low,
}

impl Parallel {
    pub(super) fn read(table: &mut Table) -> Result<Self, PolicyError> {
        let place = table.place().clone();
        let expected = "a list of turns, ascending, such as [5, 10, 20]";
        let at = table.read("halving", expected, turns)?;
        let halving = match at {
            Some(at) => Some(Halving {
                at,
                signal: table.signal("signal", None)?,
                prefer: table.need(
                    "prefer",
                    "\"high\" or \"low\": which values are the better ones",
                    Prefer::of,
                )?,
            }),
            None => None,
        };
        let parallel = Self {
            count: table.count("count", (2, 100), Some(3))?,
            finish: table.count("finish", (1, 100), Some(1))?,
            halving,
            temperature: temperature(table)?,
        };
        if parallel.finish > parallel.count {
            return Err(PolicyError::Contradiction {
                place,
                what: format!(
                    "`attempts.finish` is {} and `attempts.count` is {}",
                    parallel.finish, parallel.count
                ),
                advice: "no more attempts can finish than there are: lower `finish`".to_owned(),
            });
        }
        Ok(parallel)
    }

    pub(super) fn cancelled(&self, round: u32, standings: &[Standing]) -> Vec<u32> {
        let mut running: Vec<&Standing> = standings.iter().filter(|one| one.ending.is_none()).collect();
        let finished =
            standings.iter().filter(|one| one.ending == Some(Ending::Submitted) && !one.digest.is_empty());
        if finished.count() >= self.finish as usize {
            return running.into_iter().map(|one| one.place).collect();
        }
        let Some(halving) = self.halving.as_ref().filter(|halving| halving.at.contains(&round)) else {
            return Vec::new();
        };
        running.sort_by(|one, other| halving.rank(one.worth).total_cmp(&halving.rank(other.worth)));
        let kept = running.len().div_ceil(2);
        running.into_iter().skip(kept).map(|one| one.place).collect()
    }

    pub(super) fn counts(&self, ended: &[Ended]) -> usize {
        let mut finished: Vec<&Ended> =
            ended.iter().filter(|one| one.ending == Ending::Submitted && !one.digest.is_empty()).collect();
        finished.sort_by_key(|one| (one.turns, one.place));
        finished.truncate(self.finish as usize);
        let places: Vec<u32> = finished.iter().map(|one| one.place).collect();
        let voted = majority(ended, |one| places.contains(&one.place));
        // Nobody finished: the first that has any work, of those that were not cancelled if there is one.
        let with_work = |is_free: bool| {
            let fits = |one: &Ended| !one.digest.is_empty() && (one.ending != Ending::Cancelled) == is_free;
            ended.iter().position(fits)
        };
        voted.or_else(|| with_work(true)).or_else(|| with_work(false)).unwrap_or(0)
    }

    pub(super) fn explain(&self) -> String {
        let halving = self.halving.as_ref().map(|halving| {
            let turns: Vec<String> = halving.at.iter().map(u32::to_string).collect();
            let side = if halving.prefer == Prefer::High { "highest" } else { "lowest" };
            format!(
                " After turns {} only the half with the {side} `{}` goes on.",
                turns.join(", "),
                halving.signal
            )
        });
        let vote = match self.finish {
            1 => "the first one that hands in any work wins".to_owned(),
            finish => format!("the first {finish} that hand in any work decide by majority"),
        };
        format!(
            "A trial has {} attempts side by side, turn by turn; {vote}, and the others are cancelled.{}",
            self.count,
            halving.unwrap_or_default()
        )
    }
}

impl Prefer {
    fn of(node: &Node) -> Option<Self> {
        match node.text()? {
            "high" => Some(Self::High),
            "low" => Some(Self::Low),
            _ => None,
        }
    }
}

impl Halving {
    /// Smaller is better; an attempt without a value comes last.
    fn rank(&self, worth: Option<f64>) -> f64 {
        match (worth, self.prefer) {
            (None, _) => f64::INFINITY,
            (Some(value), Prefer::High) => -value,
            (Some(value), Prefer::Low) => value,
        }
    }
}
