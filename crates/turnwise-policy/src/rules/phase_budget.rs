//! A budget for each phase instead of one for the attempt: so many turns of looking, of working, of testing in
//! a row. After option-aware values (papers.md row 37): the horizon is a handful of phases, not dozens of
//! turns.

use serde::{Deserialize, Serialize};
use turnwise_core::TurnFacts;
use turnwise_toml::Table;

use super::{Finding, Keys, Missing, Settings, Watcher, need, response::Response};
use crate::{PolicyError, signals::names};

/// The rule's settings: turns in a row, 0 for no budget. It remembers nothing: the signals count.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct PhaseBudget {
    look: u32,
    work: u32,
    test: u32,
    response: Response,
}

impl PhaseBudget {
    pub(crate) fn read(table: &mut Table) -> Result<Self, PolicyError> {
        let mut turns = |key| table.count(key, (0, u32::MAX), Some(0));
        let (look, work, test) = (turns("look")?, turns("work")?, turns("test")?);
        let text = "You have been at this for many turns. Go on to the next step of the task.";
        Ok(Self { look, work, test, response: Response::read_reminding(table, text)? })
    }
}

impl Settings for PhaseBudget {
    fn name(&self) -> &'static str {
        "phase_budget"
    }

    fn needs(&self) -> Vec<String> {
        vec![names::PHASE.to_owned(), names::PHASE_TURNS.to_owned()]
    }

    fn watcher(&self) -> Box<dyn Watcher> {
        Box::new(self.clone())
    }

    fn explain(&self) -> String {
        let phases = [("looking", self.look), ("working", self.work), ("testing", self.test)];
        let budgets = phases.iter().filter(|(_, turns)| *turns > 0);
        let budgets: Vec<String> = budgets.map(|(what, turns)| format!("{turns} turns of {what}")).collect();
        let budgets = if budgets.is_empty() { "no number of turns".to_owned() } else { budgets.join(", ") };
        format!("{} after {budgets} in a row", self.response.verb())
    }
}

impl Watcher for PhaseBudget {
    fn look(&mut self, facts: &TurnFacts) -> Result<Finding, Missing> {
        let (phase, turns) = (need(facts, names::PHASE)?, need(facts, names::PHASE_TURNS)?);
        let most = match phase {
            1.0 => self.look,
            2.0 => self.work,
            3.0 => self.test,
            _ => 0,
        };
        if most == 0 {
            return Ok(Finding::nothing());
        }
        let most = f64::from(most);
        // Said once, on the turn that uses the budget up.
        Ok(Finding::of(turns, most).and(|| (turns == most).then(|| self.response.say())))
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::tests::{Turn, said};

    #[test]
    fn each_phase_has_its_own_budget() {
        let at = |phase, turns| -> Turn<'_> { vec![("phase", phase), ("phase_turns", turns)] };
        let turns =
            [at(1.0, 1.0), at(1.0, 2.0), at(1.0, 3.0), at(2.0, 1.0), at(2.0, 2.0), at(3.0, 1.0), vec![]];
        assert_eq!(said("[phase_budget]\nlook = 2\ntest = 1", &turns), "-R---R?");
    }
}
