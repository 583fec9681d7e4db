//! The count of turns against the limit, with its one extension.

use turnwise_core::TurnFacts;

use super::Grant;
use crate::{Extension, TurnBudget, signals::names};

/// How many turns may be left when an asked-for extension is granted.
const ASKED_AT: u32 = 2;

/// Within how many turns an attempt must have got somewhere.
const PROGRESS_WITHIN: usize = 3;

/// What these turns must be credited with, in sum, at least a little more than (papers.md A3).
const EPSILON: f64 = 0.0;

/// Where an attempt stands after a turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// There is no limit.
    Free,
    /// So many turns are left, at least one.
    Left { left: u32, limit: u32 },
    /// The limit is to be raised.
    Extend { left: u32, to: u32 },
    /// No turn is left.
    Spent { limit: u32 },
}

/// Counts an attempt's turns.
#[derive(Clone, Debug)]
pub(crate) struct TurnCounter {
    limit: Option<u32>,
    /// The extension that may still be granted.
    extension: Option<Extension>,
    extensions: u32,
    asked: bool,
    /// What the last turns are credited with, the oldest first; `None` where nothing is recorded.
    credits: [Option<f64>; PROGRESS_WITHIN],
}

impl TurnCounter {
    pub(crate) fn new(budget: Option<&TurnBudget>) -> Self {
        let limit = budget.map(|budget| budget.start);
        let extension = budget.and_then(|budget| budget.extension.clone());
        Self { limit, extension, extensions: 0, asked: false, credits: [None; PROGRESS_WITHIN] }
    }

    /// The limit now, extensions included.
    pub(crate) fn limit(&self) -> Option<u32> {
        self.limit
    }

    pub(crate) fn extensions(&self) -> u32 {
        self.extensions
    }

    /// Where the attempt stands after the turn with these facts.
    pub(crate) fn look(&mut self, facts: &TurnFacts) -> Standing {
        self.asked |= facts.asks_more;
        self.credits.rotate_left(1);
        self.credits[PROGRESS_WITHIN - 1] = facts.signal(names::ATTRIBUTION);
        let Some(limit) = self.limit else { return Standing::Free };
        let left = limit.saturating_sub(facts.turn);
        if let Some(extension) = &self.extension {
            let granted = match extension.grant {
                Grant::Always => left == 0,
                Grant::NoPatch => left == 0 && facts.workspace.patch_lines == 0,
                Grant::Asked => left <= ASKED_AT && self.asked,
                Grant::Progress => left == 0 && self.gets_somewhere(facts),
            };
            if granted && extension.to > facts.turn {
                return Standing::Extend { left: extension.to - facts.turn, to: extension.to };
            }
        }
        if left == 0 { Standing::Spent { limit } } else { Standing::Left { left, limit } }
    }

    /// Raises the limit, as the last [`Standing`] said.
    pub(crate) fn extend(&mut self) {
        if let Some(extension) = self.extension.take() {
            self.limit = Some(extension.to);
            self.extensions += 1;
        }
    }

    /// Lowers the limit to `to`, but leaves at least one turn after `turn`; gives the turns left, or `None`
    /// where that would not be lower. A limit that was lowered is not extended any more.
    pub(crate) fn shorten(&mut self, to: u32, turn: u32) -> Option<(u32, u32)> {
        let to = to.max(turn.saturating_add(1));
        if self.limit.is_some_and(|limit| limit <= to) {
            return None;
        }
        self.limit = Some(to);
        self.extension = None;
        Some((to, to - turn))
    }

    /// Whether the last turns are credited with something; where nothing of them is recorded, whether they changed the work.
    fn gets_somewhere(&self, facts: &TurnFacts) -> bool {
        if self.credits.iter().any(Option::is_some) {
            return self.credits.iter().flatten().sum::<f64>() > EPSILON;
        }
        facts.signal(names::NO_CHANGE).is_some_and(|turns| {
            // Work that was never touched has not changed either.
            turns < PROGRESS_WITHIN as f64 && turns < f64::from(facts.turn)
        })
    }
}
