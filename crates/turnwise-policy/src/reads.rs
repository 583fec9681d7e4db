//! Which texts of a turn the verdicts of a policy depend on, so that a replay need not read the others.

use std::ops::BitOr;

use crate::{
    Grant, Policy,
    signals::{self, names},
};

/// What is looked at of a turn beyond its numbers: those, the kind of its action and the digest of its work always are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reads {
    /// The text of the action.
    pub action: bool,
    /// The observation.
    pub observation: bool,
    /// The reply as it came.
    pub reply: bool,
    /// The thought in it.
    pub thought: bool,
    /// The signals that whoever ran the model has recorded.
    pub signals: bool,
}

impl Reads {
    /// Only numbers.
    pub(crate) const NOTHING: Self =
        Self { action: false, observation: false, reply: false, thought: false, signals: false };
    /// The text of the action.
    pub(crate) const ACTION: Self = Self { action: true, ..Self::NOTHING };
    /// The observation.
    pub(crate) const OBSERVATION: Self = Self { observation: true, ..Self::NOTHING };
    /// Both.
    pub(crate) const STEP: Self = Self { observation: true, ..Self::ACTION };
    /// The reply.
    pub(crate) const REPLY: Self = Self { reply: true, ..Self::NOTHING };
    /// The thought.
    pub(crate) const THOUGHT: Self = Self { thought: true, ..Self::NOTHING };
    /// Recorded signals.
    pub(crate) const SIGNALS: Self = Self { signals: true, ..Self::NOTHING };
}

impl BitOr for Reads {
    type Output = Self;
    fn bitor(self, other: Self) -> Self {
        Self {
            action: self.action | other.action,
            observation: self.observation | other.observation,
            reply: self.reply | other.reply,
            thought: self.thought | other.thought,
            signals: self.signals | other.signals,
        }
    }
}

impl Policy {
    /// The same policy measuring only the signals that its verdicts depend on. Its verdicts are the same; what is recorded of
    /// a turn is not.
    pub fn lean(&self) -> Self {
        let needs = self.needs();
        let mut lean = self.clone();
        lean.signals.retain(|name, _| needs.iter().any(|needed| needed == name));
        lean
    }

    /// What its verdicts depend on.
    pub fn reads(&self) -> Reads {
        let needs = self.needs();
        let by_signals = needs.iter().filter_map(|name| signals::signal(name)).map(signals::reads);
        let by_rules = self.rules.iter().map(|rule| rule.kind.settings().reads());
        by_signals.chain(by_rules).fold(Reads::NOTHING, BitOr::bitor)
    }

    /// The signals that its budget and its rules look at.
    fn needs(&self) -> Vec<String> {
        let grant = self.turns.as_ref().and_then(|turns| turns.extension.as_ref()).map(|more| more.grant);
        let of_budget: &[&str] = match grant {
            Some(Grant::Progress) => &[names::NO_CHANGE, names::ATTRIBUTION],
            Some(Grant::Always | Grant::NoPatch | Grant::Asked) | None => &[],
        };
        let of_budget = of_budget.iter().map(|name| (*name).to_owned());
        let of_rules = self.rules.iter().flat_map(|rule| rule.needs());
        of_budget.chain(of_rules).chain(self.learned.needs()).collect()
    }
}
