//! Stops when a score passes a threshold that is calibrated per run: at most a share `lost` of the runs that
//! should go on is stopped, on average over calibrations, if runs are exchangeable (LYNX, arXiv 2512.05325,
//! corrected to runs: papers.md A2).
//!
//! `scores` holds one number a calibration run: the most extreme score over all turns at which stopping would
//! have been wrong. With too few of them the rule never stops, and its threshold is infinite. A `threshold` may
//! be given instead.

use serde::{Deserialize, Serialize};
use turnwise_core::TurnFacts;
use turnwise_toml::Table;

use super::{Finding, Keys, Missing, Say, Settings, Watcher, need, response::Side};
use crate::{PolicyError, calibration::quantile::per_run, signals::names};

/// The rule's settings. It remembers nothing: the signal counts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Conformal {
    signal: String,
    bound: Bound,
}

/// A calibrated threshold, and the side on which it is passed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Bound {
    fires: Side,
    /// `None`: there is none that could be passed.
    threshold: Option<f64>,
}

impl Bound {
    /// Of a threshold that is given.
    pub(super) fn given(fires: Side, threshold: f64) -> Self {
        Self { fires, threshold: Some(threshold) }
    }

    /// Of the scores of calibration runs, at most a share `lost` of which may be passed.
    pub(super) fn calibrated(fires: Side, scores: &[f64], lost: f64) -> Self {
        let bound = match fires {
            Side::Above => per_run(scores, lost),
            Side::Below => -per_run(&scores.iter().map(|score| -score).collect::<Vec<_>>(), lost),
        };
        Self { fires, threshold: Some(bound).filter(|bound| bound.is_finite()) }
    }

    /// Reads `threshold`, or `scores`, of which a share `lost` may be passed.
    pub(super) fn read(table: &mut Table, fires: Side, lost: f64) -> Result<Self, PolicyError> {
        let scores = table.numbers("scores")?;
        match (scores, table.peek("threshold").is_some()) {
            (Some(_), true) => Err(PolicyError::Contradiction {
                place: table.place().clone(),
                what: format!(
                    "`{}` and `{}` are both given",
                    table.path_of("scores"),
                    table.path_of("threshold")
                ),
                advice: "leave one out: the threshold is taken from the scores".to_owned(),
            }),
            (Some(scores), false) => Ok(Self::calibrated(fires, &scores, lost)),
            (None, _) => Ok(Self::given(fires, table.real("threshold", (f64::MIN, f64::MAX), None)?)),
        }
    }

    /// Holds a score against it.
    pub(super) fn find(&self, score: f64) -> Finding {
        let never = if self.fires == Side::Above { f64::INFINITY } else { f64::NEG_INFINITY };
        let threshold = self.threshold.unwrap_or(never);
        Finding::of(score, threshold).and(|| self.fires.holds(score, threshold).then_some(Say::Stop))
    }

    /// In words.
    pub(super) fn explain(&self) -> String {
        match self.threshold {
            Some(threshold) => format!("{} {threshold}", self.fires.as_str()),
            None => "passed by nothing, as there are too few calibration runs".to_owned(),
        }
    }
}

impl Conformal {
    pub(crate) fn read(table: &mut Table) -> Result<Self, PolicyError> {
        let signal = table.signal("signal", Some(names::PROBE))?;
        let fires = Side::read(table)?;
        let lost = table.share("lost", Some(0.1))?;
        Ok(Self { signal, bound: Bound::read(table, fires, lost)? })
    }
}

impl Settings for Conformal {
    fn name(&self) -> &'static str {
        "conformal"
    }

    fn needs(&self) -> Vec<String> {
        vec![self.signal.clone()]
    }

    fn watcher(&self) -> Box<dyn Watcher> {
        Box::new(self.clone())
    }

    fn explain(&self) -> String {
        format!("stops an attempt once signal `{}` is {}", self.signal, self.bound.explain())
    }
}

impl Watcher for Conformal {
    fn look(&mut self, facts: &TurnFacts) -> Result<Finding, Missing> {
        Ok(self.bound.find(need(facts, &self.signal)?))
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::tests::{of, said, thresholds};

    #[test]
    fn the_threshold_is_a_quantile_of_the_runs_extremes() {
        let turns = of("probe", &[0.5, 0.8, 0.95]);
        let rule = "[conformal]\nlost = 0.25\nfires = ";
        // 3 runs: ceil(4 * 0.75) = 3, the largest. 2 runs: 3 > 2, so never.
        assert_eq!(said(&format!("{rule}'above'\nscores = [0.3, 0.8, 0.7]"), &turns), "--S");
        assert_eq!(thresholds(&format!("{rule}'above'\nscores = [0.8, 0.7]"), &turns), [f64::INFINITY; 3]);
        assert_eq!(said(&format!("{rule}'below'\nscores = [0.6, 0.9, 0.7]"), &turns), "S--");
        assert_eq!(said(&format!("{rule}'above'\nthreshold = 0.8"), &turns), "--S");
    }
}
