//! Fires when the work stays as it is for many turns: nothing was edited, whatever was looked at. Reading
//! before the first edit counts too, so the number must be generous (in ActiveVLN, arXiv 2509.12618, it is 25).

use serde::{Deserialize, Serialize};
use turnwise_core::TurnFacts;
use turnwise_toml::Table;

use super::{Finding, Keys, Missing, Settings, Watcher, need, response::Response};
use crate::{PolicyError, signals::names};

/// The rule's settings. It remembers nothing: the signal counts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct NoChange {
    /// How many turns in a row left the work as it was, from 1.
    turns: u32,
    response: Response,
}

impl NoChange {
    pub(crate) fn read(table: &mut Table) -> Result<Self, PolicyError> {
        let turns = table.count("turns", (1, u32::MAX), Some(25))?;
        let text =
            "Nothing has changed for a while. Make the edit that you think is right, or hand in your work.";
        Ok(Self { turns, response: Response::read(table, text)? })
    }
}

impl Settings for NoChange {
    fn name(&self) -> &'static str {
        "no_change"
    }

    fn needs(&self) -> Vec<String> {
        vec![names::NO_CHANGE.to_owned()]
    }

    fn watcher(&self) -> Box<dyn Watcher> {
        Box::new(self.clone())
    }

    fn explain(&self) -> String {
        format!("{} after {} turns in a row that left the work as it was", self.response.verb(), self.turns)
    }
}

impl Watcher for NoChange {
    fn look(&mut self, facts: &TurnFacts) -> Result<Finding, Missing> {
        let (score, most) = (need(facts, names::NO_CHANGE)?, f64::from(self.turns));
        Ok(Finding::of(score, most).and(|| (score >= most).then(|| self.response.say())))
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::tests::whole;

    #[test]
    fn turns_without_a_change_are_counted_from_the_start() {
        // A plus changes the work.
        assert_eq!(whole("[no_change]\nturns = 3", "ab+cdef"), "-----SS");
    }
}
