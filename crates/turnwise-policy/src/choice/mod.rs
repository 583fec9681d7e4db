//! A policy that is none itself and chooses among others, its arms: for each task by what is known of it at the start, or for
//! blocks of trials by what came of the blocks before.
//!
//! Everything here is pure. What a block came to is told; what is drawn is drawn from the seed of the file, so the same
//! outcomes give the same choices.

mod bandit;
pub(crate) mod example;
mod hedge;
mod learned;
mod luck;
mod read;
mod route;
mod router;
mod thompson;

use serde::{Deserialize, Serialize};
use turnwise_core::Task;

use bandit::Bandit;
pub use bandit::{Block, Outcome};
use router::Router;

/// How a trial comes by its policy.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Choice {
    /// The policies to choose from, by their names or files; at least two, each once.
    pub arms: Vec<String>,
    chooser: Chooser,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Chooser {
    Router(Router),
    Bandit(Bandit),
}

/// What was chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// The arm, by its place in [`Choice::arms`].
    pub arm: usize,
    /// What decided: `route 2`, `learned`, `otherwise`, `block 7`.
    pub by: String,
}

/// The arm that a trial runs under, as it is recorded with its policy.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Arm {
    /// The arm's name.
    pub name: String,
    /// What decided: see [`Chosen::by`].
    pub by: String,
}

impl Choice {
    /// The arm for a task; `None` where not the task decides.
    pub fn route(&self, task: &Task) -> Option<Chosen> {
        match &self.chooser {
            Chooser::Router(router) => Some(router.route(task)),
            Chooser::Bandit(_) => None,
        }
    }

    /// How many trials of a suite, one after another, have one arm; `None` where each task has its own.
    pub fn block(&self) -> Option<usize> {
        match &self.chooser {
            Chooser::Router(_) => None,
            Chooser::Bandit(bandit) => Some(bandit.block),
        }
    }

    /// The arm of the next block, after these; `None` where there are no blocks.
    pub fn next(&self, played: &[Block]) -> Option<Chosen> {
        match &self.chooser {
            Chooser::Router(_) => None,
            Chooser::Bandit(bandit) => {
                let arm = bandit.next(self.arms.len(), played);
                Some(Chosen { arm, by: format!("block {}", played.len() + 1) })
            }
        }
    }

    /// What a trial of so many turns and tokens costs, as the choice counts it.
    pub fn cost(&self, turns: u64, tokens: u64) -> f64 {
        match &self.chooser {
            Chooser::Router(_) => 0.0,
            Chooser::Bandit(bandit) => bandit.cost.of(turns, tokens),
        }
    }

    /// What is recorded of it with a trial's policy.
    pub fn recorded(&self, chosen: &Chosen) -> Arm {
        Arm { name: self.arms.get(chosen.arm).cloned().unwrap_or_default(), by: chosen.by.clone() }
    }

    /// How it chooses, as sentences.
    pub(crate) fn explain(&self) -> Vec<String> {
        let arms = self.arms.iter().map(|arm| format!("`{arm}`")).collect::<Vec<_>>().join(", ");
        let mut sentences = vec![format!("Each trial runs under one of the policies {arms}.")];
        sentences.extend(match &self.chooser {
            Chooser::Router(router) => router.explain(&self.arms),
            Chooser::Bandit(bandit) => bandit.explain(),
        });
        sentences
    }
}

#[cfg(test)]
mod tests;
