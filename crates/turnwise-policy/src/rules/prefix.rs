//! Stops when a model of the attempt's beginning gives it little chance: P(solved | the first t turns), one
//! model for each of a few lengths t. After Baker et al. (arXiv 1705.10823; papers.md A12): stop if P(solved)
//! <= 1 - certainty.
//!
//! The coefficients are learned from recorded runs and stand in the file, or in another one that `file` names.

use serde::{Deserialize, Serialize};
use turnwise_core::TurnFacts;
use turnwise_toml::Table;

use super::{Finding, Keys, Missing, Say, Settings, Watcher, linear::Logistic};
use crate::PolicyError;

/// The rule's settings. It remembers nothing: the signals count.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Prefix {
    certainty: f64,
    at: Vec<(u32, Logistic)>,
}

impl Prefix {
    pub(crate) fn read(table: &mut Table) -> Result<Self, PolicyError> {
        let certainty = table.share("certainty", Some(0.95))?;
        let mut at: Vec<(u32, Logistic)> = Vec::new();
        for mut model in table.tables("at")? {
            let least = at.last().map_or(1, |(turn, _)| turn.saturating_add(1));
            let turn = model.count("turn", (least, u32::MAX), None)?;
            at.push((turn, Logistic::read(&mut model)?));
            model.close()?;
        }
        Ok(Self { certainty, at })
    }
}

impl Settings for Prefix {
    fn name(&self) -> &'static str {
        "prefix"
    }

    fn needs(&self) -> Vec<String> {
        self.at.iter().flat_map(|(_, model)| model.needs()).map(str::to_owned).collect()
    }

    fn watcher(&self) -> Box<dyn Watcher> {
        Box::new(self.clone())
    }

    fn explain(&self) -> String {
        let turns: Vec<String> = self.at.iter().map(|(turn, _)| turn.to_string()).collect();
        let turns = if turns.is_empty() { "no turn yet".to_owned() } else { turns.join(", ") };
        format!(
            "stops an attempt that has, with certainty {}, no chance; it looks at {turns}",
            self.certainty
        )
    }
}

impl Watcher for Prefix {
    fn look(&mut self, facts: &TurnFacts) -> Result<Finding, Missing> {
        let Some((_, model)) = self.at.iter().find(|(turn, _)| *turn == facts.turn) else {
            return Ok(Finding::nothing());
        };
        let (p, least) = (model.probability(facts)?, 1.0 - self.certainty);
        Ok(Finding::of(p, least).and(|| (p <= least).then_some(Say::Stop)))
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::tests::{of, said, scores};

    #[test]
    fn each_length_has_its_own_model() {
        let rule = "[prefix]\ncertainty = 0.75\n[[prefix.at]]\nturn = 2\nintercept = 0\nweights = { errors = -1 }\n\
                    means = { errors = 1 }\nsds = { errors = 2 }\n[[prefix.at]]\nturn = 4\nintercept = 1.0986122886681098";
        let turns = of("errors", &[9.0, 1.0, 9.0, 9.0]);
        // Turn 2: logistic(0) = 1/2. Turn 4: logistic(ln 3) = 3/4.
        assert_eq!(scores(rule, &turns), [-1.0, 0.5, -1.0, 0.75]);
        // Turn 2 with 5 errors: logistic(-2) = 0.119 <= 1/4.
        assert_eq!(said(rule, &of("errors", &[5.0, 5.0, 5.0, 5.0])), "-S--");
        assert_eq!(said(rule, &[vec![], vec![]]), "-?");
    }
}
