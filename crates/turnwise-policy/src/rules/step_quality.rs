//! Fires when the model's steps have been muddled for some turns: the mean of EMPG's entropy-modulated step
//! quality has fallen below a threshold. EMPG (arXiv 2509.09265; papers.md A14) weighs the credit of a step by
//! g(H_t) + zeta exp(-k' H_{t+1}); the signal `step_quality` is that without the outcome's sign, which no one
//! knows yet.

use serde::{Deserialize, Serialize};
use turnwise_core::TurnFacts;
use turnwise_toml::Table;

use super::{
    Finding, Keys, Missing, Settings, Watcher, need,
    response::{Response, Side},
};
use crate::{
    PolicyError,
    signals::{Recent, mean, names},
};

/// The rule's settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct StepQuality {
    threshold: f64,
    fires: Side,
    /// Over how many turns the mean is taken.
    window: u32,
    response: Response,
}

impl StepQuality {
    pub(crate) fn read(table: &mut Table) -> Result<Self, PolicyError> {
        Ok(Self {
            threshold: table.real("threshold", (0.0, f64::MAX), None)?,
            fires: Side::read(table)?,
            window: table.count("window", (1, 1000), Some(5))?,
            response: Response::read(
                table,
                "Stop for a moment and think about what you know before you go on.",
            )?,
        })
    }
}

impl Settings for StepQuality {
    fn name(&self) -> &'static str {
        "step_quality"
    }

    fn needs(&self) -> Vec<String> {
        vec![names::STEP_QUALITY.to_owned()]
    }

    fn watcher(&self) -> Box<dyn Watcher> {
        let recent = Recent::new(self.window as usize);
        Box::new(QualityWatcher { settings: self.clone(), recent })
    }

    fn explain(&self) -> String {
        let Self { threshold, fires, window, response } = self;
        let (verb, side) = (response.verb(), fires.as_str());
        format!("{verb} when the mean step quality of {window} turns is {side} {threshold}")
    }
}

#[derive(Debug)]
struct QualityWatcher {
    settings: StepQuality,
    recent: Recent<f64>,
}

impl Watcher for QualityWatcher {
    fn look(&mut self, facts: &TurnFacts) -> Result<Finding, Missing> {
        self.recent.push(need(facts, names::STEP_QUALITY)?);
        let mean = mean(&self.recent.to_vec()).filter(|_| self.recent.is_full());
        let Some(score) = mean else { return Ok(Finding::nothing()) };
        let StepQuality { threshold, fires, response, .. } = &self.settings;
        let fires = fires.holds(score, *threshold);
        Ok(Finding::of(score, *threshold).and(|| fires.then(|| response.say())))
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::tests::{of, said};

    #[test]
    fn the_mean_of_the_window_counts() {
        let turns = of("step_quality", &[0.5, 1.0, 0.9, 0.6, 1.4]);
        let rule = "[step_quality]\nthreshold = 0.8\nwindow = 2\nfires = 'below'";
        // Means: 0.75, 0.95, 0.75, 1.0.
        assert_eq!(said(rule, &turns), "-S-S-");
    }
}
