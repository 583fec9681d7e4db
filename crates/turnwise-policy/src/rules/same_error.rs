//! Fires when the same action fails again and again. OpenHands' stuck detector does so after three times
//! (papers2026.md §7.7); an action fails when it has an exit status other than 0 or is no action at all.

use serde::{Deserialize, Serialize};
use turnwise_core::TurnFacts;
use turnwise_toml::Table;

use super::{Finding, Keys, Missing, Settings, Watcher, need, response::Response};
use crate::{PolicyError, signals::names};

/// The rule's settings. It remembers nothing: the signal counts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct SameError {
    /// How often in a row the same action failed, from 2.
    times: u32,
    response: Response,
}

impl SameError {
    pub(crate) fn read(table: &mut Table) -> Result<Self, PolicyError> {
        let times = table.count("times", (2, u32::MAX), Some(3))?;
        let text = "The same command failed again. Find out why before you repeat it.";
        Ok(Self { times, response: Response::read(table, text)? })
    }
}

impl Settings for SameError {
    fn name(&self) -> &'static str {
        "same_error"
    }

    fn needs(&self) -> Vec<String> {
        vec![names::SAME_ERROR.to_owned()]
    }

    fn watcher(&self) -> Box<dyn Watcher> {
        Box::new(self.clone())
    }

    fn explain(&self) -> String {
        format!("{} after the same action failed {} times in a row", self.response.verb(), self.times)
    }
}

impl Watcher for SameError {
    fn look(&mut self, facts: &TurnFacts) -> Result<Finding, Missing> {
        let (score, most) = (need(facts, names::SAME_ERROR)?, f64::from(self.times));
        Ok(Finding::of(score, most).and(|| (score >= most).then(|| self.response.say())))
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::tests::whole;

    #[test]
    fn only_the_same_failing_action_counts() {
        // A capital letter fails.
        assert_eq!(whole("[same_error]\ntimes = 2", "aaAABAA"), "---S--S");
    }
}
