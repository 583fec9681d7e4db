//! Fires when nothing comes of anything: turn after turn leaves the work as it was and shows what had been
//! shown before. After ActiveVLN (arXiv 2509.12618), which ends an episode after 25 rotations on the spot.

use serde::{Deserialize, Serialize};
use turnwise_core::TurnFacts;
use turnwise_toml::Table;

use super::{Finding, Keys, Missing, Settings, Watcher, need, response::Response};
use crate::{PolicyError, signals::names};

/// The rule's settings. It remembers nothing: the signal counts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Spinning {
    /// How many such turns in a row, from 1.
    turns: u32,
    response: Response,
}

impl Spinning {
    pub(crate) fn read(table: &mut Table) -> Result<Self, PolicyError> {
        let turns = table.count("turns", (1, u32::MAX), Some(25))?;
        let text = "Your last commands changed nothing and showed nothing new. Try something else, or hand in your work.";
        Ok(Self { turns, response: Response::read(table, text)? })
    }
}

impl Settings for Spinning {
    fn name(&self) -> &'static str {
        "spinning"
    }

    fn needs(&self) -> Vec<String> {
        vec![names::SPIN.to_owned()]
    }

    fn watcher(&self) -> Box<dyn Watcher> {
        Box::new(self.clone())
    }

    fn explain(&self) -> String {
        format!(
            "{} after {} turns in a row that changed nothing and showed nothing new",
            self.response.verb(),
            self.turns
        )
    }
}

impl Watcher for Spinning {
    fn look(&mut self, facts: &TurnFacts) -> Result<Finding, Missing> {
        let (score, most) = (need(facts, names::SPIN)?, f64::from(self.turns));
        Ok(Finding::of(score, most).and(|| (score >= most).then(|| self.response.say())))
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::tests::whole;

    #[test]
    fn a_turn_that_shows_something_new_is_no_spinning() {
        // Every letter shows itself; c is new when the others are not.
        assert_eq!(whole("[spinning]\nturns = 2", "ababcab+a"), "---S--S--");
    }
}
