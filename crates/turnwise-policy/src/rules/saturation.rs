//! Fires when nothing moves any more: consecutive turns are alike for several turns, by the hidden states at the ends of
//! their replies (`hidden_cosine`) or by the words of what was done and shown (`step_cosine`). After MuE (arXiv
//! 2211.11152), which leaves a network once consecutive layers are that alike.

use serde::{Deserialize, Serialize};
use turnwise_core::TurnFacts;
use turnwise_toml::Table;

use super::{Finding, Keys, Missing, Settings, Watcher, need, response::Response};
use crate::{PolicyError, signals::names};

/// The rule's settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Saturation {
    /// The cosine above which two turns are alike.
    cosine: f64,
    /// For how many turns in a row.
    turns: u32,
    /// The signal, a similarity in [-1, 1].
    signal: String,
    response: Response,
}

impl Saturation {
    pub(crate) fn read(table: &mut Table) -> Result<Self, PolicyError> {
        Ok(Self {
            cosine: table.real("cosine", (-1.0, 1.0), None)?,
            turns: table.count("turns", (1, u32::MAX), Some(3))?,
            signal: table.signal("signal", Some(names::HIDDEN_COSINE))?,
            response: Response::read(
                table,
                "You are repeating yourself. Try something else, or hand in your work.",
            )?,
        })
    }
}

impl Settings for Saturation {
    fn name(&self) -> &'static str {
        "saturation"
    }

    fn needs(&self) -> Vec<String> {
        vec![self.signal.clone()]
    }

    fn watcher(&self) -> Box<dyn Watcher> {
        Box::new(SaturationWatcher { settings: self.clone(), turns: 0 })
    }

    fn explain(&self) -> String {
        let Self { cosine, turns, signal, response } = self;
        format!("{} once signal `{signal}` was above {cosine} for {turns} turns in a row", response.verb())
    }
}

#[derive(Debug)]
struct SaturationWatcher {
    settings: Saturation,
    turns: u32,
}

impl Watcher for SaturationWatcher {
    fn look(&mut self, facts: &TurnFacts) -> Result<Finding, Missing> {
        let cosine = need(facts, &self.settings.signal)?;
        self.turns = if cosine > self.settings.cosine { self.turns + 1 } else { 0 };
        let enough = self.turns >= self.settings.turns;
        Ok(Finding::of(cosine, self.settings.cosine).and(|| enough.then(|| self.settings.response.say())))
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::tests::{of, said};

    #[test]
    fn the_state_must_stand_still_for_some_turns() {
        let turns = of("hidden_cosine", &[0.99, 0.5, 0.99, 0.98, 0.97]);
        assert_eq!(said("[saturation]\ncosine = 0.96\nturns = 2", &turns), "---SS");
        assert_eq!(said("[saturation]\ncosine = 0.96\nturns = 2", &[vec![]]), "?");
    }
}
