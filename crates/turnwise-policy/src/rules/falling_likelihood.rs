//! Fires when the model finds its own actions less and less likely while it repeats itself: the spiral that lazy
//! likelihood displacement describes (papers.md row 33), in which decay first is steady and then fast.

use serde::{Deserialize, Serialize};
use turnwise_core::TurnFacts;
use turnwise_toml::Table;

use super::{Finding, Keys, Missing, Settings, Watcher, need, response::Response};
use crate::{PolicyError, signals::names};

/// The rule's settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct FallingLikelihood {
    /// How much the mean log-probability must fall per turn, in nats.
    fall: f64,
    /// For how many turns in a row.
    turns: u32,
    /// How often the present action must have come among the last 16 turns; 1 asks for no repetition.
    seen: u32,
    response: Response,
}

impl FallingLikelihood {
    pub(crate) fn read(table: &mut Table) -> Result<Self, PolicyError> {
        Ok(Self {
            fall: table.real("fall", (0.0, f64::MAX), None)?,
            turns: table.count("turns", (1, u32::MAX), Some(3))?,
            seen: table.count("seen", (1, 16), Some(2))?,
            response: Response::read(
                table,
                "You seem to be stuck. Try something else, or hand in your work.",
            )?,
        })
    }
}

impl Settings for FallingLikelihood {
    fn name(&self) -> &'static str {
        "falling_likelihood"
    }

    fn needs(&self) -> Vec<String> {
        vec![names::LOGPROB_SLOPE.to_owned(), names::ACTION_SEEN.to_owned()]
    }

    fn watcher(&self) -> Box<dyn Watcher> {
        Box::new(LikelihoodWatcher { settings: self.clone(), turns: 0 })
    }

    fn explain(&self) -> String {
        let Self { fall, turns, response, .. } = self;
        format!(
            "{} when the likelihood of its own words fell by {fall} nats a turn for {turns} turns and it repeats itself",
            response.verb()
        )
    }
}

#[derive(Debug)]
struct LikelihoodWatcher {
    settings: FallingLikelihood,
    turns: u32,
}

impl Watcher for LikelihoodWatcher {
    fn look(&mut self, facts: &TurnFacts) -> Result<Finding, Missing> {
        let FallingLikelihood { fall, turns, seen, response } = &self.settings;
        let (slope, repeats) = (need(facts, names::LOGPROB_SLOPE)?, need(facts, names::ACTION_SEEN)?);
        self.turns = if slope <= -fall { self.turns + 1 } else { 0 };
        let fires = self.turns >= *turns && repeats >= f64::from(*seen);
        Ok(Finding::of(slope, -fall).and(|| fires.then(|| response.say())))
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::tests::{Turn, said};

    #[test]
    fn it_takes_a_steady_fall_and_a_repetition() {
        let at = |slope, seen| -> Turn<'_> { vec![("logprob_slope", slope), ("action_seen", seen)] };
        let turns = [at(-0.2, 1.0), at(-0.2, 1.0), at(-0.3, 2.0), at(0.0, 3.0), at(-0.1, 3.0)];
        assert_eq!(said("[falling_likelihood]\nfall = 0.1\nturns = 2", &turns), "--S--");
    }
}
