//! Stops when the model, asked aside, gives the same answer several times, is sure of it, and the work stays as
//! it is.
//!
//! After Dynasor (the last w trial answers are equal) and DEER (stop above a confidence of 0.95); papers.md A8.
//! The question is asked in a throw-away branch by whoever runs the model, so the attempt never sees it; turns
//! without one do not count.

use serde::{Deserialize, Serialize};
use turnwise_core::TurnFacts;
use turnwise_toml::Table;

use super::{Finding, Keys, Missing, Rule, RuleKind, Settings, Watcher, need};
use crate::{
    PolicyError,
    signals::{fingerprint, names},
};

/// What is asked where a policy does not say.
const QUESTION: &str = "If you had to hand in your work now, would the task be solved? Answer yes or no.";

/// The question that a policy with these rules has asked.
pub(crate) fn question(rules: &[Rule]) -> String {
    let own = rules.iter().find_map(|rule| {
        if let RuleKind::TrialAnswer(settings) = &rule.kind { Some(settings.question.clone()) } else { None }
    });
    own.unwrap_or_else(default_question)
}

fn default_question() -> String {
    QUESTION.to_owned()
}

/// The rule's settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct TrialAnswer {
    /// How many equal answers in a row.
    checks: u32,
    /// The least probability of yes.
    confidence: f64,
    /// What the model is asked.
    #[serde(default = "default_question")]
    question: String,
}

impl TrialAnswer {
    pub(crate) fn read(table: &mut Table) -> Result<Self, PolicyError> {
        let checks = table.count("checks", (1, u32::MAX), Some(3))?;
        let confidence = table.real("confidence", (0.0, 1.0), Some(0.95))?;
        Ok(Self { checks, confidence, question: table.words("question", QUESTION)? })
    }
}

impl Settings for TrialAnswer {
    fn name(&self) -> &'static str {
        "trial_answer"
    }

    fn needs(&self) -> Vec<String> {
        vec![names::TRIAL_ANSWER.to_owned(), names::TRIAL_YES.to_owned()]
    }

    fn watcher(&self) -> Box<dyn Watcher> {
        Box::new(TrialWatcher { settings: self.clone(), last: None, same: 0 })
    }

    fn explain(&self) -> String {
        format!(
            "stops an attempt when {} trial answers in a row were equal on the same work and the last was sure by {}",
            self.checks, self.confidence
        )
    }
}

#[derive(Debug)]
struct TrialWatcher {
    settings: TrialAnswer,
    /// The bits of the last answer, and the work it was about.
    last: Option<(u64, u64)>,
    same: u32,
}

impl Watcher for TrialWatcher {
    fn look(&mut self, facts: &TurnFacts) -> Result<Finding, Missing> {
        let (answer, sure) = (need(facts, names::TRIAL_ANSWER)?, need(facts, names::TRIAL_YES)?);
        let now = Some((answer.to_bits(), fingerprint(&facts.workspace.digest)));
        self.same = if self.last == now { self.same + 1 } else { 1 };
        self.last = now;
        let TrialAnswer { checks, confidence, .. } = self.settings;
        let found = Finding::stop_at(sure, confidence);
        Ok(if self.same >= checks { found } else { Finding::of(sure, confidence) })
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::tests::{Turn, said};

    #[test]
    fn equal_answers_and_confidence_are_both_needed() {
        let at = |answer, yes| -> Turn<'_> { vec![("trial_answer", answer), ("trial_yes", yes)] };
        let turns = [at(7.0, 0.99), at(7.0, 0.9), vec![], at(7.0, 0.97), at(8.0, 0.99), at(8.0, 0.99)];
        assert_eq!(said("[trial_answer]\nchecks = 2", &turns), "--?S-S");
    }
}
