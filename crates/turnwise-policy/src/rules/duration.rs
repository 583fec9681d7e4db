//! Stops an attempt that takes longer than almost every solved one did: the baseline that every learned rule
//! must beat at the same rate of false aborts (papers2026.md §0, §9.1).
//!
//! The cap is the per-run conformal quantile of the turns of the solved baseline trials, the longest of each
//! task: at most a share `false_abort` of the attempts that would be solved is stopped, on average over
//! baselines; with `risk` given, with probability 1 - risk over baselines. With too few solved tasks it never
//! stops. Runs that share a task count as one.

use serde::{Deserialize, Serialize};
use turnwise_core::{Action, TurnFacts};
use turnwise_toml::Table;

use super::{Finding, Keys, Missing, Settings, Watcher};
use crate::{
    Baseline, PolicyError,
    calibration::quantile::{per_run, runs_needed, tolerance},
};

/// The rule's settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Duration {
    false_abort: f64,
    risk: Option<f64>,
    /// The turn after which an attempt is stopped, from the baseline; `None` without one and where it is too
    /// small.
    cap: Option<f64>,
    /// How many solved tasks the baseline had.
    solved_tasks: usize,
}

impl Duration {
    pub(crate) fn read(table: &mut Table) -> Result<Self, PolicyError> {
        let false_abort = table.share("false_abort", Some(0.1))?;
        let risk = match table.peek("risk").is_some() {
            true => Some(table.share("risk", None)?),
            false => table.read("risk", "", |_| None)?,
        };
        Ok(Self { false_abort, risk, cap: None, solved_tasks: 0 })
    }
}

impl Settings for Duration {
    fn name(&self) -> &'static str {
        "duration"
    }

    fn needs(&self) -> Vec<String> {
        Vec::new()
    }

    fn watcher(&self) -> Box<dyn Watcher> {
        Box::new(self.clone())
    }

    fn explain(&self) -> String {
        let rate = 100.0 * self.false_abort;
        let needed = runs_needed(self.false_abort);
        format!(
            "stops an attempt that takes longer than all but {rate} % of the solved ones (it needs {needed} solved tasks)"
        )
    }

    fn needs_baseline(&self) -> bool {
        true
    }

    fn resolve(&mut self, baseline: &Baseline) {
        let longest: Vec<f64> = baseline.longest_solved().into_iter().map(f64::from).collect();
        let cap = match self.risk {
            Some(risk) => tolerance(&longest, self.false_abort, risk),
            None => per_run(&longest, self.false_abort),
        };
        self.solved_tasks = longest.len();
        self.cap = Some(cap).filter(|cap| cap.is_finite());
    }
}

impl Watcher for Duration {
    fn look(&mut self, facts: &TurnFacts) -> Result<Finding, Missing> {
        let (turn, cap) = (f64::from(facts.turn), self.cap.unwrap_or(f64::INFINITY));
        // An attempt that hands in on its last allowed turn has taken no longer than the cap.
        Ok(match facts.action {
            Action::Submit => Finding::of(turn, cap),
            Action::Shell(_) | Action::Invalid { .. } => Finding::stop_at(turn, cap),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::BaselineTrial;

    fn cap(false_abort: f64, turns: &[u32]) -> Option<f64> {
        let trial = |(at, turns): (usize, &u32)| BaselineTrial {
            task: format!("t{}", at % 4),
            turns: *turns,
            solved: Some(*turns < 90),
        };
        let trials = turns.iter().enumerate().map(trial).collect();
        let mut rule = Duration { false_abort, risk: None, cap: None, solved_tasks: 0 };
        rule.resolve(&Baseline::of_trials("s", "m", trials));
        rule.cap
    }

    #[test]
    fn the_cap_is_a_quantile_of_the_longest_solved_trials_of_the_tasks() {
        // The longest of the four tasks: 14, 11, 12, 13. ceil(5 * 0.6) = 3: 13. ceil(5 * 0.9) = 5 > 4: never.
        assert_eq!(cap(0.4, &[10, 11, 12, 13, 14, 9]), Some(13.0));
        assert_eq!(cap(0.1, &[10, 11, 12, 13, 14, 9]), None);
        // An unsolved trial says nothing about how long solved ones take.
        assert_eq!(cap(0.5, &[10, 99, 99, 99]), Some(10.0));
    }
}
