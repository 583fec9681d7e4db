//! What the ways of choosing by outcomes share: blocks of trials, in which an arm is held, and what came of them.
//!
//! An arm is held because what one trial leaves behind (caches, learned budgets) changes the next: dynamical linear bandits
//! (arXiv 2211.08997) hold theirs for an epoch so that the state settles.

use serde::Serialize;

use super::{hedge::Hedge, thompson};

/// A choice by what came of the blocks before.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Bandit {
    pub(super) way: Way,
    /// Trials in a block, from 1.
    pub(super) block: usize,
    /// Trials at the beginning of a block with another arm that say nothing; fewer than `block`.
    pub(super) settle: usize,
    pub(super) cost: Cost,
    /// Of everything that is drawn.
    pub(super) seed: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Way {
    Thompson,
    Hedge(Hedge),
}

/// What a trial costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Cost {
    Tokens,
    Turns,
}

impl Cost {
    pub(super) fn of(self, turns: u64, tokens: u64) -> f64 {
        match self {
            Self::Tokens => tokens as f64,
            Self::Turns => turns as f64,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Tokens => "prompt and reply tokens",
            Self::Turns => "turns",
        }
    }
}

/// What a block of trials came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    /// The arm that it had, by its place in [`super::Choice::arms`].
    pub arm: usize,
    /// Its trials, in their order.
    pub outcomes: Vec<Outcome>,
}

/// What a trial came to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outcome {
    /// Whether it was solved; `None` where the harness lost it, and then it says nothing.
    pub solved: Option<bool>,
    /// What it cost: see [`super::Choice::cost`].
    pub cost: f64,
}

/// What the trials of a block that count came to.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Sums {
    pub(super) solved: usize,
    pub(super) failed: usize,
    pub(super) cost: f64,
}

impl Sums {
    pub(super) fn trials(&self) -> usize {
        self.solved + self.failed
    }

    /// The mean cost; `None` without trials.
    pub(super) fn mean_cost(&self) -> Option<f64> {
        (self.trials() > 0).then(|| self.cost / self.trials() as f64)
    }

    pub(super) fn and(self, other: Self) -> Self {
        Self {
            solved: self.solved + other.solved,
            failed: self.failed + other.failed,
            cost: self.cost + other.cost,
        }
    }
}

impl Bandit {
    /// The arm of the next block.
    pub(super) fn next(&self, arms: usize, played: &[Block]) -> usize {
        let sums = self.sums(played);
        match &self.way {
            Way::Thompson => thompson::next(arms, &sums, self.seed),
            Way::Hedge(hedge) => hedge.next(arms, &sums, self.seed),
        }
    }

    /// Of each block, its arm and what its trials came to that count.
    pub(super) fn sums(&self, played: &[Block]) -> Vec<(usize, Sums)> {
        let before = [None].into_iter().chain(played.iter().map(|block| Some(block.arm)));
        let sums = |(block, before): (&Block, Option<usize>)| {
            let skipped = if before == Some(block.arm) { 0 } else { self.settle };
            let known = block.outcomes.iter().skip(skipped).filter_map(|one| Some((one.solved?, one.cost)));
            let sums = known.fold(Sums::default(), |sums, (solved, cost)| {
                sums.and(Sums { solved: usize::from(solved), failed: usize::from(!solved), cost })
            });
            (block.arm, sums)
        };
        played.iter().zip(before).map(sums).collect()
    }

    pub(super) fn explain(&self) -> Vec<String> {
        let way = match &self.way {
            Way::Thompson => {
                "that draws the most from Beta(solved + 1, failed + 1) for its mean cost".to_owned()
            }
            Way::Hedge(hedge) => hedge.explain(),
        };
        let mut sentences = vec![format!(
            "{} trials of a suite, one after another, have the same one; the next block gets the one {way}, counted in {}.",
            self.block,
            self.cost.word()
        )];
        if self.settle > 0 {
            sentences.push(format!("The first {} of a block with another one do not count.", self.settle));
        }
        sentences
    }
}
