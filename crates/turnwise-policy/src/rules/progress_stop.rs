//! Stops an attempt that gets behind: when its progress so far, less the median of successful runs at that turn, is below a
//! threshold calibrated on successes (SPA-RL, arXiv 2505.20732; papers.md A3, use iii, corrected to runs).
//!
//! `medians` holds the median by turn, the last one for all turns beyond. `scores` holds for each successful calibration run the
//! smallest difference over its turns, so that at most a share `delta` of attempts that would succeed is stopped, on average
//! over calibrations, if they are exchangeable; `runs` may hold the differences turn by turn instead, all of them `wrong`. A
//! `threshold` may be given instead. With a threshold by turn, as A3 has it, each look would lose its own share of successes.

use serde::{Deserialize, Serialize};
use turnwise_core::TurnFacts;
use turnwise_toml::Table;

use super::{
    Finding, Keys, Missing, Settings, Watcher,
    calibrated::{Calibrated, Reading},
    need,
    response::Side,
};
use crate::{PolicyError, calibration::Among, signals::names};

/// The rule's settings. It remembers nothing: the signal sums up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct ProgressStop {
    signal: String,
    /// By turn, from the first; at least one.
    medians: Vec<f64>,
    #[serde(flatten)]
    calibrated: Calibrated,
}

impl ProgressStop {
    pub(crate) fn read(table: &mut Table) -> Result<Self, PolicyError> {
        let signal = table.signal("signal", Some(names::PROGRESS))?;
        let expected = "a list of numbers, the median progress of successful runs by turn";
        let medians = table.numbers("medians")?.filter(|medians| !medians.is_empty());
        let medians = match medians {
            Some(medians) => medians,
            None => table.need("medians", expected, |_| None)?,
        };
        let reading = Reading { signal: &signal, fires: Side::Below, among: Among::All };
        let calibrated = Calibrated::read(table, &reading)?;
        Ok(Self { signal, medians, calibrated })
    }

    /// The median at a turn.
    fn median(&self, turn: u32) -> f64 {
        let at = usize::try_from(turn.saturating_sub(1)).unwrap_or(usize::MAX);
        self.medians.get(at).or(self.medians.last()).copied().unwrap_or(0.0)
    }
}

impl Settings for ProgressStop {
    fn name(&self) -> &'static str {
        "progress_stop"
    }

    fn needs(&self) -> Vec<String> {
        vec![self.signal.clone()]
    }

    fn watcher(&self) -> Box<dyn Watcher> {
        Box::new(self.clone())
    }

    fn explain(&self) -> String {
        let what = format!("signal `{}`, less its median over successful runs at that turn,", self.signal);
        self.calibrated.explain(&what)
    }
}

impl Watcher for ProgressStop {
    fn look(&mut self, facts: &TurnFacts) -> Result<Finding, Missing> {
        self.calibrated.find(facts, || Ok(need(facts, &self.signal)? - self.median(facts.turn)))
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::tests::{complaint, of, said, scores, thresholds};

    const RULE: &str = "[progress_stop]\nmedians = [0.25, 0.5]\n";

    #[test]
    fn progress_is_held_against_the_median_of_its_turn() {
        let rule = format!("{RULE}threshold = -0.25\n");
        // Less 0.25, 0.5 and, beyond the last turn that has one, 0.5 again.
        let turns = of("progress", &[0.5, 0.375, 0.125, 0.75]);
        assert_eq!(scores(&rule, &turns), [0.25, -0.125, -0.375, 0.25]);
        assert_eq!(said(&rule, &turns), "--S-");
        assert_eq!(said(&format!("{rule}floor = 4"), &turns), "----");
        assert_eq!(said(&rule, &of("probe", &[0.5])), "?");
    }

    #[test]
    fn the_threshold_is_calibrated_on_successes() {
        let turns = of("progress", &[0.5, 0.0]);
        // 3 successes: ceil(4 * 0.75) = 3, the third largest, which only what is below passes.
        let rule = format!("{RULE}delta = 0.25\nscores = [-0.125, -0.375, 0.0]");
        assert_eq!((thresholds(&rule, &turns), said(&rule, &turns).as_str()), (vec![-0.375; 2], "-S"));
        let few = format!("{RULE}scores = [-0.125, -0.375, 0.0]");
        assert_eq!(thresholds(&few, &turns), [f64::NEG_INFINITY; 2]);
        // The smallest differences of the two tasks are -0.375 and -0.125: ceil(3 * 0.6) = 2.
        let runs = format!(
            "{RULE}delta = 0.4\nruns = [{{ task = 'a', scores = [0.0, -0.375], wrong = [1, 1] }}, \
             {{ task = 'a', scores = [-0.25], wrong = [1] }}, {{ task = 'b', scores = [nan, -0.125], wrong = [1, 1] }}]"
        );
        assert_eq!(thresholds(&runs, &turns), [-0.375; 2]);
    }

    #[test]
    fn it_must_be_told_the_medians() {
        let expected = "rule.toml:1: `progress_stop.medians` is missing; give it a list of numbers";
        for rule in ["[progress_stop]\nthreshold = 0", "[progress_stop]\nmedians = []\nthreshold = 0"] {
            let message = complaint(rule);
            assert!(message.starts_with(expected), "{message}");
        }
    }
}
