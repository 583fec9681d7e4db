//! Stops on either side: accepts the work when the model is confident, gives up when it is not confident late
//! in the attempt.
//!
//! Conformal Thinking (arXiv 2602.03814; papers2026.md §4.5): with the smoothed confidence s, accept when s >=
//! `accept`; give up when s <= low(t) = (u - l) / (1 + exp(-c (t - s0 B))) + l, which rises from l towards u
//! around the share s0 of the horizon B. The lower side pays only where about as many tasks are hopeless as
//! solvable.

use serde::{Deserialize, Serialize};
use turnwise_core::TurnFacts;
use turnwise_toml::Table;

use super::{Finding, Keys, Missing, Say, Settings, Watcher, need};
use crate::{PolicyError, signals::names};

/// The rule's settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct TwoSided {
    signal: String,
    accept: f64,
    /// The threshold of giving up at the start and at the end.
    give_up: (f64, f64),
    /// How fast it rises, per turn.
    rise: f64,
    /// The share of the horizon around which it rises.
    around: f64,
    /// In turns.
    horizon: u32,
    /// The weight of a new value in the smoothed confidence; 1 does not smooth.
    smooth: f64,
}

impl TwoSided {
    pub(crate) fn read(table: &mut Table) -> Result<Self, PolicyError> {
        let accept = table.real("accept", (0.0, 1.0), None)?;
        let high = table.real("give_up_high", (0.0, accept), None)?;
        Ok(Self {
            signal: table.signal("signal", Some(names::PROBE))?,
            accept,
            give_up: (table.real("give_up_low", (0.0, high), Some(0.0))?, high),
            rise: table.real("rise", (0.0, f64::MAX), Some(1.0))?,
            around: table.real("around", (0.0, 1.0), Some(0.5))?,
            horizon: table.count("horizon", (1, u32::MAX), None)?,
            smooth: table.real("smooth", (0.01, 1.0), Some(1.0))?,
        })
    }
}

impl Settings for TwoSided {
    fn name(&self) -> &'static str {
        "two_sided"
    }

    fn needs(&self) -> Vec<String> {
        vec![self.signal.clone()]
    }

    fn watcher(&self) -> Box<dyn Watcher> {
        Box::new(SidesWatcher { settings: self.clone(), confidence: None })
    }

    fn explain(&self) -> String {
        format!(
            "stops an attempt when signal `{}` reaches {}, and when it is below a threshold that rises from {} to {} over {} \
             turns",
            self.signal, self.accept, self.give_up.0, self.give_up.1, self.horizon
        )
    }
}

#[derive(Debug)]
struct SidesWatcher {
    settings: TwoSided,
    confidence: Option<f64>,
}

impl Watcher for SidesWatcher {
    fn look(&mut self, facts: &TurnFacts) -> Result<Finding, Missing> {
        let TwoSided { signal, accept, give_up: (low, high), rise, around, horizon, smooth } = &self.settings;
        let value = need(facts, signal)?;
        let confidence = self.confidence.map_or(value, |before| before + smooth * (value - before));
        self.confidence = Some(confidence);
        let late = f64::from(facts.turn) - around * f64::from(*horizon);
        let give_up = (high - low) / (1.0 + (-rise * late).exp()) + low;
        // The threshold that is logged is the one on the side where the score is.
        Ok(match confidence <= give_up {
            true => Finding { say: Say::Stop, ..Finding::of(confidence, give_up) },
            false => Finding::stop_at(confidence, *accept),
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::tests::{of, said, thresholds};

    #[test]
    fn it_accepts_high_and_gives_up_low_when_it_is_late() {
        let rule = "[two_sided]\naccept = 0.9\ngive_up_high = 0.4\nhorizon = 4\nrise = 100";
        // The threshold is 0 before turn 2, 0.2 on it, and 0.4 after.
        let turns = of("probe", &[0.1, 0.2, 0.3, 0.5, 0.9]);
        assert_eq!(said(rule, &turns), "-SS-S");
        assert_eq!(thresholds(rule, &turns)[1], 0.2);
        // Smoothed by a half: 0.5, 0.7, 0.8.
        assert_eq!(said(&format!("{rule}\nsmooth = 0.5"), &of("probe", &[0.5, 0.9, 0.9])), "---");
    }
}
