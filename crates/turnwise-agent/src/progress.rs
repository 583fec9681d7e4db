//! What the scheduler tells about its work. Knows no terminal.

use turnwise_core::TrialId;

use crate::{Recording, TrialPlan, TrialReport};

/// Something worth showing.
#[derive(Clone, Copy, Debug)]
pub enum Update<'a> {
    /// A trial began.
    Started(&'a TrialPlan),
    /// A turn of a trial was recorded.
    Turn {
        /// The trial.
        trial: &'a TrialId,
        /// The turn, from 1.
        turn: u32,
        /// The turn limit now.
        limit: Option<u32>,
        /// The action, as text.
        action: &'a str,
    },
    /// A trial ended.
    Finished(&'a TrialReport),
}

impl<'a> Update<'a> {
    /// The update of a recorded turn.
    pub(crate) fn of_turn(turn: &'a Recording) -> Self {
        let record = turn.turn();
        Self::Turn {
            trial: &record.trial,
            turn: record.facts.turn,
            limit: turn.turn_limit(),
            action: record.facts.action.text(),
        }
    }
}

/// Is told how it goes, from many threads. It must return quickly.
pub trait Progress: Send + Sync {
    /// Takes an update.
    fn report(&self, update: Update<'_>);
}

/// Tells nobody.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn report(&self, _update: Update<'_>) {}
}
