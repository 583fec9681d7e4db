//! The count of turns against the limit, with its one extension.

use turnwise_core::TurnFacts;

use crate::{Grant, TurnBudget};

/// How many turns may be left when an asked-for extension is granted.
const ASKED_AT: u32 = 2;

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
    budget: Option<TurnBudget>,
    extensions: u32,
    asked: bool,
}

impl TurnCounter {
    pub(crate) fn new(budget: Option<TurnBudget>) -> Self {
        Self { budget, extensions: 0, asked: false }
    }

    /// The limit now, extensions included.
    pub(crate) fn limit(&self) -> Option<u32> {
        let budget = self.budget.as_ref()?;
        match &budget.extension {
            Some(extension) if self.extensions > 0 => Some(extension.to),
            Some(_) | None => Some(budget.start),
        }
    }

    pub(crate) fn extensions(&self) -> u32 {
        self.extensions
    }

    /// Where the attempt stands after the turn with these facts.
    pub(crate) fn look(&mut self, facts: &TurnFacts) -> Standing {
        self.asked |= facts.asks_more;
        let (Some(limit), Some(budget)) = (self.limit(), &self.budget) else { return Standing::Free };
        let left = limit.saturating_sub(facts.turn);
        if let Some(extension) = budget.extension.as_ref().filter(|_| self.extensions == 0) {
            let granted = match extension.grant {
                Grant::Always => left == 0,
                Grant::NoPatch => left == 0 && facts.workspace.patch_lines == 0,
                Grant::Asked => left <= ASKED_AT && self.asked,
            };
            if granted && extension.to > facts.turn {
                return Standing::Extend { left: extension.to - facts.turn, to: extension.to };
            }
        }
        if left == 0 { Standing::Spent { limit } } else { Standing::Left { left, limit } }
    }

    /// Raises the limit, as the last [`Standing`] said.
    pub(crate) fn extend(&mut self) {
        self.extensions += 1;
    }
}
