//! What stopping early came to: false aborts and detections, and savings with the false aborts charged.

use super::recorded::{Recorded, Trial};

/// Sums over trials.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Ledger {
    /// Solved trials, and those of them that were stopped.
    pub(super) solved: f64,
    pub(super) aborted: f64,
    /// Failed trials, and those of them that were stopped.
    pub(super) failed: f64,
    pub(super) detected: f64,
    pub(super) turns: Spending,
    pub(super) tokens: Spending,
}

/// What was spent on trials in one unit, and what a stop made of that.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Spending {
    /// Spent as recorded.
    pub(super) all: f64,
    /// Of that on failed trials.
    pub(super) wasted: f64,
    /// Not spent on failed trials, as they were stopped.
    pub(super) saved: f64,
    /// Spent for nothing, as a trial was stopped that would have been solved.
    pub(super) lost: f64,
    /// Not spent on those.
    pub(super) not_finished: f64,
}

impl Spending {
    /// What AgentStop counts as saved: what failed trials did not cost, less what false aborts cost until they came
    /// (papers2026.md §7.1).
    pub(super) fn net(&self) -> f64 {
        self.saved - self.lost
    }

    /// What was not spent at all.
    pub(super) fn gross(&self) -> f64 {
        self.saved + self.not_finished
    }

    fn add(&mut self, solved: bool, all: f64, until: Option<f64>) {
        self.all += all;
        match (solved, until) {
            (true, None) => {}
            (true, Some(until)) => {
                self.lost += until;
                self.not_finished += all - until;
            }
            (false, until) => {
                self.wasted += all;
                self.saved += until.map_or(0.0, |until| all - until);
            }
        }
    }
}

impl Ledger {
    /// Adds a trial that was stopped after `stop`, or not at all.
    pub(super) fn add(&mut self, trial: &Trial, stop: Option<usize>) {
        let stopped = f64::from(u8::from(stop.is_some()));
        if trial.solved {
            self.solved += 1.0;
            self.aborted += stopped;
        } else {
            self.failed += 1.0;
            self.detected += stopped;
        }
        self.turns.add(trial.solved, trial.turns as f64, stop.map(|turn| turn as f64));
        self.tokens.add(
            trial.solved,
            trial.tokens_after(trial.turns),
            stop.map(|turn| trial.tokens_after(turn)),
        );
    }
}

/// A ledger for each task.
#[derive(Clone, Debug)]
pub(super) struct Books {
    pub(super) tasks: Vec<Ledger>,
}

impl Books {
    pub(super) fn new(recorded: &Recorded) -> Self {
        Self { tasks: vec![Ledger::default(); recorded.tasks.len()] }
    }

    pub(super) fn add(&mut self, trial: &Trial, stop: Option<usize>) {
        self.tasks[trial.task].add(trial, stop);
    }

    /// A sum of each task.
    pub(super) fn each(&self, sum: impl Fn(&Ledger) -> f64) -> Vec<f64> {
        self.tasks.iter().map(sum).collect()
    }

    /// A sum over all tasks.
    pub(super) fn total(&self, sum: impl Fn(&Ledger) -> f64) -> f64 {
        self.tasks.iter().map(sum).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::Spending;

    #[test]
    fn a_false_abort_is_charged_with_what_it_cost() {
        let mut turns = Spending::default();
        turns.add(false, 10.0, Some(4.0));
        turns.add(false, 10.0, None);
        turns.add(true, 8.0, Some(5.0));
        turns.add(true, 8.0, None);
        assert_eq!((turns.all, turns.wasted), (36.0, 20.0));
        assert_eq!((turns.net(), turns.gross()), (6.0 - 5.0, 6.0 + 3.0));
    }
}
