//! The rules: each looks at the facts and signals of a turn and says what it makes of them. One file each.
//!
//! A rule measures and compares; whether its word counts (live) or is only logged (shadow), and what comes of
//! it, is decided by the controller. A new rule is a new file, a `mod` line and a line in [`registry`].

mod alternation;
mod barrier;
mod bound;
mod calibrated;
mod checkpoints;
mod confidence_nudge;
mod conformal;
mod density_ratio;
mod drift;
mod duration;
mod early_warning;
mod entropy_band;
mod falling_likelihood;
mod finding;
mod give_up;
mod interval;
mod judge_cascade;
mod keys;
mod linear;
mod monitor;
mod no_change;
mod phase_budget;
mod prefix;
mod progress_stop;
mod q_exit;
mod registry;
mod reminder;
mod repeat;
mod response;
mod restart;
mod same_error;
mod saturation;
mod sched;
mod spinning;
mod step_quality;
mod submit_now;
mod think;
mod trial_answer;
mod two_sided;

use std::fmt;

use serde::{Deserialize, Serialize};
use turnwise_core::TurnFacts;
use turnwise_toml::{Node, Table};

use crate::{Baseline, MadeFor, PolicyError, Reads};

pub(crate) use finding::{Finding, Missing, Say, need};
pub(crate) use keys::Keys;
pub(crate) use registry::{NAMES, RuleKind};
pub(crate) use think::TABLE as THINK;
pub use think::Think;
pub(crate) use trial_answer::question as trial_question;

/// A rule of a policy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    /// What it looks at.
    pub(crate) kind: RuleKind,
    /// Whether its verdicts are only logged.
    shadow: bool,
    /// What its learned numbers were made for. Not written down where nothing is said, so that rules without it are the
    /// same as ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    made_for: Option<MadeFor>,
}

impl Rule {
    /// The rule's name, as in the file, the database and `stopped` endings.
    pub fn name(&self) -> &'static str {
        self.kind.settings().name()
    }

    /// Whether its verdicts are only logged.
    pub fn is_shadow(&self) -> bool {
        self.shadow
    }

    /// The signals that it looks at.
    pub fn needs(&self) -> Vec<String> {
        self.kind.settings().needs()
    }

    /// What its learned numbers were made for.
    pub(crate) fn made_for(&self) -> Option<&MadeFor> {
        self.made_for.as_ref()
    }

    /// Reads the table called `name`.
    pub(crate) fn read(name: &'static str, node: Node) -> Result<Self, PolicyError> {
        let mut table = Table::open(name, node)?;
        let kind = RuleKind::read(name, &mut table)?;
        let shadow = match kind.settings().only_shadow() {
            Some(why) => table.need("shadow", why, |node| node.flag().filter(|shadow| *shadow))?,
            None => table.read("shadow", "true or false", Node::flag)?.unwrap_or(false),
        };
        let made_for = MadeFor::read(&mut table)?;
        table.close()?;
        Ok(Self { kind, shadow, made_for })
    }
}

/// The settings of a rule.
pub(crate) trait Settings {
    /// The rule's name.
    fn name(&self) -> &'static str;

    /// The signals that it looks at, by name.
    fn needs(&self) -> Vec<String>;

    /// The texts that it looks at itself, beside those that its signals are measured from.
    fn reads(&self) -> Reads {
        Reads::NOTHING
    }

    /// The rule at work in one attempt.
    fn watcher(&self) -> Box<dyn Watcher>;

    /// What it watches for, in words that follow "Rule `name` stops an attempt" and the like.
    fn explain(&self) -> String;

    /// Whether its numbers come from a baseline.
    fn needs_baseline(&self) -> bool {
        false
    }

    /// Fills in the numbers that come from a baseline.
    fn resolve(&mut self, _baseline: &Baseline) {}

    /// What `shadow` takes instead of `false`, for a rule that may not be obeyed.
    fn only_shadow(&self) -> Option<&'static str> {
        None
    }
}

/// A rule at work in one attempt. It is shown every turn, in order.
pub(crate) trait Watcher: fmt::Debug + Send {
    /// What it makes of a turn.
    fn look(&mut self, facts: &TurnFacts) -> Result<Finding, Missing>;
}

#[cfg(test)]
mod tests;
