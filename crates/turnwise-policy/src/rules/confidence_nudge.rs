//! Asks the model how sure it is after a key step, and where it is sure enough tells it to hand in: EET (arXiv
//! 2601.05777; papers2026.md §1.3). It never stops an attempt: a bare stop on self-confidence cost 10 points of
//! solve rate there.
//!
//! Without retrieved experience EET asks nothing, and neither does this rule (it abstains), unless `experience
//! = "ignored"`.

use serde::{Deserialize, Serialize};
use turnwise_core::TurnFacts;
use turnwise_toml::Table;

use super::{Finding, Keys, Missing, Say, Settings, Watcher, need};
use crate::{PolicyError, signals::names};

/// The rule's settings. It remembers nothing: the signals count.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct ConfidenceNudge {
    /// The stated confidence from which the model is told to hand in.
    confidence: f64,
    ask: String,
    text: String,
    needs_experience: bool,
}

impl ConfidenceNudge {
    pub(crate) fn read(table: &mut Table) -> Result<Self, PolicyError> {
        let ask = "Write `CONFIDENCE_SCORE: N` in your next reply, N from 0 to 100: how sure you are that the task is solved.";
        let text = "You are confident that the task is solved. If so, hand in your work now.";
        let words = [("required", true), ("ignored", false)];
        Ok(Self {
            confidence: table.real("confidence", (0.0, 1.0), Some(0.81))?,
            ask: table.words("ask", ask)?,
            text: table.words("text", text)?,
            needs_experience: table.word("experience", &words)?.unwrap_or(true),
        })
    }
}

impl Settings for ConfidenceNudge {
    fn name(&self) -> &'static str {
        "confidence_nudge"
    }

    fn needs(&self) -> Vec<String> {
        let experience = self.needs_experience.then_some(names::EXPERIENCE);
        [names::KEY_STEP, names::STATED_CONFIDENCE].into_iter().chain(experience).map(str::to_owned).collect()
    }

    fn watcher(&self) -> Box<dyn Watcher> {
        Box::new(self.clone())
    }

    fn explain(&self) -> String {
        format!(
            "asks the model after key steps how sure it is, and reminds it to hand in from {} on",
            self.confidence
        )
    }
}

impl Watcher for ConfidenceNudge {
    fn look(&mut self, facts: &TurnFacts) -> Result<Finding, Missing> {
        if self.needs_experience {
            need(facts, names::EXPERIENCE)?;
        }
        let key = need(facts, names::KEY_STEP)? > 0.0;
        let asks = || key.then(|| Say::Remind(self.ask.clone()));
        Ok(match facts.signal(names::STATED_CONFIDENCE) {
            Some(sure) if sure >= self.confidence => {
                Finding { say: Say::Remind(self.text.clone()), ..Finding::of(sure, self.confidence) }
            }
            Some(sure) => Finding::of(sure, self.confidence).and(asks),
            None => Finding::nothing().and(asks),
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::tests::{Turn, said, texts};

    #[test]
    fn it_asks_after_a_key_step_and_nudges_when_the_model_is_sure() {
        let at = |key, sure: Option<f64>| -> Turn<'_> {
            let stated = sure.map(|sure| ("stated_confidence", sure));
            [("key_step", key)].into_iter().chain(stated).collect()
        };
        let turns = [at(0.0, None), at(1.0, None), at(0.0, Some(0.5)), at(0.0, Some(0.9))];
        let rule = "[confidence_nudge]\nexperience = 'ignored'\nask = 'sure?'\ntext = 'hand in'";
        assert_eq!(texts(rule, &turns), ["", "sure?", "", "hand in"]);
        assert_eq!(said("[confidence_nudge]", &turns), "????");
    }
}
