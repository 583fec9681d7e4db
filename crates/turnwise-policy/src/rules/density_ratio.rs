//! Stops an attempt whose scores so far look more like those of failed runs than of solved ones: E-valuator
//! (arXiv 2512.03109; papers2026.md §4.2).
//!
//! For some turns k a logistic model of the scores s_1..s_k gives p = P(solved); M_k = ((1 - p) / p) (solved /
//! failed), with the shares of solved and failed runs that the models were fitted on; between those turns M
//! keeps its value. It stops when M > 1 / `false_abort`, which bounds false aborts only as far as the fitted
//! ratio is right, or when M passes a `threshold` from calibration runs.

use serde::{Deserialize, Serialize};
use turnwise_core::TurnFacts;
use turnwise_toml::Table;

use super::{Finding, Keys, Missing, Settings, Watcher, need};
use crate::{PolicyError, signals::names};

/// The rule's settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct DensityRatio {
    signal: String,
    threshold: f64,
    /// The share of solved runs among those fitted on.
    solved: f64,
    at: Vec<Model>,
}

/// The model of the first turns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Model {
    intercept: f64,
    /// One for each turn.
    weights: Vec<f64>,
}

impl DensityRatio {
    pub(crate) fn read(table: &mut Table) -> Result<Self, PolicyError> {
        let anytime = 1.0 / table.share("false_abort", Some(0.1))?;
        let mut at: Vec<Model> = Vec::new();
        for mut model in table.tables("at")? {
            let intercept = model.real("intercept", (f64::MIN, f64::MAX), Some(0.0))?;
            let weights = model.numbers("weights")?.unwrap_or_default();
            let least = at.last().map_or(1, |model| model.weights.len() + 1);
            if weights.len() < least {
                return Err(PolicyError::Contradiction {
                    place: model.place().clone(),
                    what: format!("`{}` has {} numbers", model.path_of("weights"), weights.len()),
                    advice: format!("give it one for each turn from the first, {least} or more here"),
                });
            }
            model.close()?;
            at.push(Model { intercept, weights });
        }
        Ok(Self {
            signal: table.signal("signal", Some(names::PROBE))?,
            threshold: table.real("threshold", (0.0, f64::MAX), Some(anytime))?,
            solved: table.share("solved", Some(0.5))?,
            at,
        })
    }
}

impl Settings for DensityRatio {
    fn name(&self) -> &'static str {
        "density_ratio"
    }

    fn needs(&self) -> Vec<String> {
        vec![self.signal.clone()]
    }

    fn watcher(&self) -> Box<dyn Watcher> {
        Box::new(RatioWatcher { settings: self.clone(), scores: Vec::new(), ratio: 1.0 })
    }

    fn explain(&self) -> String {
        format!(
            "stops an attempt once the values of signal `{}` are {} times as likely of a failed run as of a solved one",
            self.signal, self.threshold
        )
    }
}

#[derive(Debug)]
struct RatioWatcher {
    settings: DensityRatio,
    scores: Vec<f64>,
    ratio: f64,
}

impl Watcher for RatioWatcher {
    fn look(&mut self, facts: &TurnFacts) -> Result<Finding, Missing> {
        let DensityRatio { signal, threshold, solved, at } = &self.settings;
        self.scores.push(need(facts, signal)?);
        if let Some(model) = at.iter().find(|model| model.weights.len() == self.scores.len()) {
            let terms = model.weights.iter().zip(&self.scores).map(|(weight, score)| weight * score);
            let p = 1.0 / (1.0 + (-(model.intercept + terms.sum::<f64>())).exp());
            let p = p.clamp(1e-6, 1.0 - 1e-6);
            self.ratio = (1.0 - p) / p * (solved / (1.0 - solved));
        }
        Ok(Finding::stop_above(self.ratio, *threshold))
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::tests::{of, said, scores};

    #[test]
    fn the_ratio_is_kept_between_the_turns_that_have_a_model() {
        // The logit is -ln 3 on turn 1, so the ratio is 3, and -2 ln 3 on turn 3, so it is 9.
        let rule = "[density_ratio]\nfalse_abort = 0.2\nsolved = 0.5\n[[density_ratio.at]]\nweights = [-1.0986122886681098]\n\
                    [[density_ratio.at]]\nweights = [-1.0986122886681098, 0.0, -1.0986122886681098]";
        let turns = of("probe", &[1.0, 5.0, 1.0]);
        let close = scores(rule, &turns).iter().zip([3.0, 3.0, 9.0]).all(|(a, b)| (a - b).abs() < 1e-9);
        assert!(close, "{:?}", scores(rule, &turns));
        assert_eq!(said(rule, &turns), "--S");
    }
}
