//! Which way a signal points. That differs from one configuration to the next, so it is learned for each, from pairs of
//! a solved and a failed trial of the same configuration: of the same task where there are enough of those, as a task's
//! difficulty moves outcome and signal alike, and otherwise of any two.
//!
//! The two of a pair are compared by the mean of the signal over as many turns as the shorter one had before its last:
//! how long they took in the end, which nobody knows beforehand, does not come in.

use std::collections::BTreeMap;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{alarm::Side, halves::Halves, recorded::Recorded};
use crate::stats::{Estimate, wilson};

/// Fewer pairs than these do not say which way a signal points.
const FEWEST: usize = 10;
/// How many pairs of different tasks are drawn for each configuration.
const DRAWN: usize = 2000;
/// How many pairs of one task and configuration are looked at.
const OF_A_TASK: usize = 400;

/// A solved and a failed trial of one configuration.
#[derive(Clone, Copy, Debug)]
struct Pair {
    group: usize,
    solved: usize,
    failed: usize,
    is_of_one_task: bool,
}

/// All pairs that are looked at; the same for every signal.
#[derive(Clone, Debug)]
pub(super) struct Pairs {
    pairs: Vec<Pair>,
    /// How many independent pairs each configuration's trials are worth.
    worth: Vec<f64>,
}

/// Of each pair, whether the failed trial had the higher value.
#[derive(Clone, Debug)]
pub(super) struct Leanings(Vec<Option<bool>>);

/// How many pairs had the higher value in the failed trial, and how many in one of the two.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Count {
    pub(super) above: usize,
    pub(super) pairs: usize,
}

impl std::iter::Sum for Count {
    fn sum<I: Iterator<Item = Self>>(counts: I) -> Self {
        counts.fold(Self::default(), |sum, count| Self {
            above: sum.above + count.above,
            pairs: sum.pairs + count.pairs,
        })
    }
}

impl Count {
    fn add(&mut self, above: bool) {
        self.above += usize::from(above);
        self.pairs += 1;
    }

    /// The same share of fewer pairs.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count of pairs, rounded")]
    fn worth(self, most: f64) -> Self {
        if self.pairs as f64 <= most || self.pairs == 0 {
            return self;
        }
        let share = self.above as f64 / self.pairs as f64;
        Self { above: (share * most).round() as usize, pairs: most.round() as usize }
    }

    /// The share of the higher ones with its interval.
    pub(super) fn share(self) -> Option<Estimate> {
        wilson(self.above as u64, self.pairs as u64)
    }

    /// The bad side, where the interval says so.
    pub(super) fn clear_side(self) -> Option<Side> {
        match self.share()? {
            share if share.lo > 0.5 => Some(Side::Above),
            share if share.hi < 0.5 => Some(Side::Below),
            _ => None,
        }
    }

    fn side(self) -> Option<Side> {
        let twice = 2 * self.above;
        match twice.cmp(&self.pairs) {
            _ if self.pairs < FEWEST => None,
            std::cmp::Ordering::Less => Some(Side::Below),
            std::cmp::Ordering::Equal => None,
            std::cmp::Ordering::Greater => Some(Side::Above),
        }
    }
}

impl Pairs {
    pub(super) fn new(recorded: &Recorded, seed: u64) -> Self {
        let mut by_group: BTreeMap<usize, [Vec<usize>; 2]> = BTreeMap::new();
        let mut by_task: BTreeMap<(usize, usize), [Vec<usize>; 2]> = BTreeMap::new();
        for (number, trial) in recorded.trials.iter().enumerate() {
            let outcome = usize::from(trial.solved);
            by_group.entry(trial.group).or_default()[outcome].push(number);
            by_task.entry((trial.group, trial.task)).or_default()[outcome].push(number);
        }
        let mut pairs = Vec::new();
        for ((group, _), [failed, solved]) in &by_task {
            let all = failed.iter().flat_map(|failed| solved.iter().map(|solved| (*failed, *solved)));
            pairs.extend(all.take(OF_A_TASK).map(|(failed, solved)| Pair {
                group: *group,
                solved,
                failed,
                is_of_one_task: true,
            }));
        }
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        for (group, [failed, solved]) in &by_group {
            if failed.is_empty() || solved.is_empty() {
                continue;
            }
            let mut draw = |from: &[usize]| from[rng.random_range(0..from.len())];
            pairs.extend((0..DRAWN).map(|_| Pair {
                group: *group,
                solved: draw(solved),
                failed: draw(failed),
                is_of_one_task: false,
            }));
        }
        let mut worth = vec![0.0; recorded.groups.len()];
        for (group, [failed, solved]) in &by_group {
            // Where the area under the ROC curve of n and m trials is a half, its variance is (n + m + 1) / 12 n m; that
            // of a share of k independent pairs is 1 / 4 k.
            let (n, m) = (failed.len() as f64, solved.len() as f64);
            worth[*group] = 3.0 * n * m / (n + m + 1.0);
        }
        Self { pairs, worth }
    }

    /// How a signal leans on each pair.
    pub(super) fn leanings(&self, recorded: &Recorded, signal: usize) -> Leanings {
        let leaning = |pair: &Pair| {
            let (solved, failed) = (&recorded.trials[pair.solved], &recorded.trials[pair.failed]);
            let shared = solved.turns.min(failed.turns).saturating_sub(1).max(1);
            let solved = mean(recorded.values(signal, solved).get(..shared)?)?;
            let failed = mean(recorded.values(signal, failed).get(..shared)?)?;
            (solved != failed).then_some(failed > solved)
        };
        Leanings(self.pairs.iter().map(leaning).collect())
    }

    /// The side that is bad in each configuration, learned on the tasks that are wanted.
    pub(super) fn sides(
        &self,
        recorded: &Recorded,
        leanings: &Leanings,
        wanted: impl Fn(usize) -> bool,
    ) -> Vec<Option<Side>> {
        let is_wanted = |trial: usize| wanted(recorded.trials[trial].task);
        let learned = |pair: &Pair| is_wanted(pair.solved) && is_wanted(pair.failed);
        self.decided(leanings, learned)
    }

    /// The side that is bad over all configurations together, learned on the half that is not held out.
    pub(super) fn common_side(
        &self,
        recorded: &Recorded,
        leanings: &Leanings,
        halves: &Halves,
    ) -> Option<Side> {
        let is_held_out = |trial: usize| halves.is_held_out(recorded.trials[trial].task);
        let mut count = Count::default();
        for (pair, leaning) in self.pairs.iter().zip(&leanings.0) {
            if !is_held_out(pair.solved) && !is_held_out(pair.failed) {
                leaning.iter().for_each(|above| count.add(*above));
            }
        }
        count.side()
    }

    fn decided(&self, leanings: &Leanings, wanted: impl Fn(&Pair) -> bool) -> Vec<Option<Side>> {
        let counts = self.counts(leanings, wanted);
        let side = |[any, same]: &[Count; 2]| if same.pairs >= FEWEST { same.side() } else { any.side() };
        counts.iter().map(side).collect()
    }

    /// For each configuration the pairs of any two of its trials, and those of one task.
    fn counts(&self, leanings: &Leanings, wanted: impl Fn(&Pair) -> bool) -> Vec<[Count; 2]> {
        let mut counts = vec![[Count::default(); 2]; self.worth.len()];
        for (pair, leaning) in self.pairs.iter().zip(&leanings.0) {
            if let Some(above) = leaning.filter(|_| wanted(pair)) {
                counts[pair.group][usize::from(pair.is_of_one_task)].add(above);
            }
        }
        counts
    }

    /// For each configuration the pairs of one task where there are enough of them, or else as many of any two as its
    /// trials are worth; and whether they are of one task.
    pub(super) fn concordances(&self, leanings: &Leanings) -> Vec<(Count, bool)> {
        let of_group = |([any, same], worth): ([Count; 2], &f64)| match same.pairs >= FEWEST {
            true => (same, true),
            false => (any.worth(*worth), false),
        };
        self.counts(leanings, |_| true).into_iter().zip(&self.worth).map(of_group).collect()
    }
}

fn mean(values: &[f32]) -> Option<f64> {
    let (mut sum, mut count) = (0.0, 0.0);
    for value in values.iter().filter(|value| !value.is_nan()) {
        sum += f64::from(*value);
        count += 1.0;
    }
    (count > 0.0).then(|| sum / count)
}
