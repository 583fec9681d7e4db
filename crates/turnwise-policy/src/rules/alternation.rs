//! Fires when an attempt goes to and fro between two actions: A, B, A, B and so on. OpenHands' stuck detector
//! does so after six turns (papers2026.md §7.7); what the actions showed does not matter.

use serde::{Deserialize, Serialize};
use turnwise_core::TurnFacts;
use turnwise_toml::Table;

use super::{Finding, Keys, Missing, Settings, Watcher, need, response::Response};
use crate::{PolicyError, signals::names};

/// The rule's settings. It remembers nothing: the signal counts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Alternation {
    /// How many turns that alternate, this one included, from 3.
    turns: u32,
    response: Response,
}

impl Alternation {
    pub(crate) fn read(table: &mut Table) -> Result<Self, PolicyError> {
        let turns = table.count("turns", (3, u32::MAX), Some(6))?;
        let text = "You are going back and forth between two commands. Try something else.";
        Ok(Self { turns, response: Response::read(table, text)? })
    }
}

impl Settings for Alternation {
    fn name(&self) -> &'static str {
        "alternation"
    }

    fn needs(&self) -> Vec<String> {
        vec![names::TWO_CYCLE.to_owned()]
    }

    fn watcher(&self) -> Box<dyn Watcher> {
        Box::new(self.clone())
    }

    fn explain(&self) -> String {
        format!(
            "{} after {} turns that went to and fro between two actions",
            self.response.verb(),
            self.turns
        )
    }
}

impl Watcher for Alternation {
    fn look(&mut self, facts: &TurnFacts) -> Result<Finding, Missing> {
        let (score, most) = (need(facts, names::TWO_CYCLE)?, f64::from(self.turns));
        Ok(Finding::of(score, most).and(|| (score >= most).then(|| self.response.say())))
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::tests::whole;

    #[test]
    fn turns_that_alternate_are_counted() {
        // A, B, A is a cycle of three turns; A, A breaks it.
        assert_eq!(whole("[alternation]\nturns = 4", "ababaab"), "---SS--");
        assert_eq!(whole("[alternation]\nturns = 3\nverdict = 'remind'", "abc aba"), "------R");
    }
}
