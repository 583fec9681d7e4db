//! Recorded unlimited trials, from which limits and thresholds are taken.

use std::collections::BTreeMap;

/// A finished unlimited trial.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaselineTrial {
    /// The task.
    pub task: String,
    /// How many turns it took.
    pub turns: u32,
    /// Whether it was solved; `None` where nothing was graded.
    pub solved: Option<bool>,
}

/// The finished unlimited trials of one suite and model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Baseline {
    suite: String,
    model: String,
    /// By turns, ascending.
    trials: Vec<BaselineTrial>,
}

impl Baseline {
    /// A baseline of ungraded trials that took these turns, in any order, each of a task of its own; `suite`
    /// and `model` are for messages.
    pub fn new(suite: &str, model: &str, turns: Vec<u32>) -> Self {
        let trial = |(number, turns)| BaselineTrial { task: format!("task {number}"), turns, solved: None };
        Self::of_trials(suite, model, (1..).zip(turns).map(trial).collect::<Vec<_>>())
    }

    /// A baseline of these trials, in any order.
    pub fn of_trials(suite: &str, model: &str, mut trials: Vec<BaselineTrial>) -> Self {
        trials.sort_by(|one, other| (one.turns, &one.task).cmp(&(other.turns, &other.task)));
        Self { suite: suite.to_owned(), model: model.to_owned(), trials }
    }

    /// The suite.
    pub fn suite(&self) -> &str {
        &self.suite
    }

    /// The model.
    pub fn model(&self) -> &str {
        &self.model
    }

    /// How many trials there are.
    pub fn trials(&self) -> usize {
        self.trials.len()
    }

    /// The percentile of nearest rank: the smallest number of turns that at least `percent` % of the trials
    /// stay within. `None` without trials.
    pub fn percentile(&self, percent: u8) -> Option<u32> {
        let rank = (self.trials.len() * usize::from(percent)).div_ceil(100).max(1);
        self.trials.get(rank - 1).map(|trial| trial.turns)
    }

    /// The turns of the solved trials, ascending.
    pub fn solved(&self) -> Vec<u32> {
        self.trials.iter().filter(|trial| trial.solved == Some(true)).map(|trial| trial.turns).collect()
    }

    /// The turns of the solved trials of each task that has any, ascending.
    pub fn solved_by_task(&self) -> BTreeMap<&str, Vec<u32>> {
        let mut tasks: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
        for trial in self.trials.iter().filter(|trial| trial.solved == Some(true)) {
            tasks.entry(&trial.task).or_default().push(trial.turns);
        }
        tasks
    }

    /// The turns of the longest solved trial of each task that has any.
    pub fn longest_solved(&self) -> Vec<u32> {
        self.solved_by_task().into_values().filter_map(|turns| turns.last().copied()).collect()
    }

    /// The share of solved trials among the graded ones of each task, in [0, 1].
    pub fn solve_rates(&self) -> BTreeMap<&str, f64> {
        let mut counts: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
        for trial in &self.trials {
            let Some(solved) = trial.solved else { continue };
            let (yes, all) = counts.entry(&trial.task).or_default();
            *yes += f64::from(u8::from(solved));
            *all += 1.0;
        }
        counts.into_iter().map(|(task, (yes, all))| (task, yes / all)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Baseline, BaselineTrial};

    #[test]
    fn percentiles_are_of_nearest_rank() {
        let baseline = Baseline::new("s", "m", vec![50, 15, 20, 40, 35]);
        let at = |percent| baseline.percentile(percent).unwrap();
        assert_eq!([at(1), at(5), at(30), at(40), at(50), at(75), at(100)], [15, 15, 20, 20, 35, 40, 50]);
        assert_eq!(Baseline::new("s", "m", vec![]).percentile(50), None);
        let four = Baseline::new("s", "m", vec![4, 6, 8, 10]);
        assert_eq!((four.percentile(25), four.percentile(75)), (Some(4), Some(8)));
        assert!(four.solved().is_empty() && four.solve_rates().is_empty());
    }

    #[test]
    fn solved_trials_are_told_apart_by_task() {
        let trial = |task: &str, turns, solved| BaselineTrial { task: task.into(), turns, solved };
        let baseline = Baseline::of_trials(
            "s",
            "m",
            vec![
                trial("a", 9, Some(true)),
                trial("a", 4, Some(true)),
                trial("a", 2, Some(false)),
                trial("b", 7, Some(false)),
                trial("b", 3, None),
            ],
        );
        assert_eq!(baseline.solved(), [4, 9]);
        assert_eq!(baseline.solved_by_task().into_iter().collect::<Vec<_>>(), [("a", vec![4, 9])]);
        assert_eq!(baseline.longest_solved(), [9]);
        let rates: Vec<_> = baseline.solve_rates().into_iter().collect();
        assert_eq!(rates, [("a", 2.0 / 3.0), ("b", 0.0)]);
    }
}
