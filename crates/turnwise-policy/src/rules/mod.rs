//! The rules: each looks at the facts of a turn and says whether the attempt should stop. One file each.
//!
//! A rule measures and compares; whether its word counts (live) or is only logged (shadow) is decided by the
//! controller.

mod repeat;

use std::fmt;

use serde::{Deserialize, Serialize};
use turnwise_core::TurnFacts;

pub use repeat::Repeat;

/// A rule of a policy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    /// What it looks at.
    pub kind: RuleKind,
    /// Whether its verdicts are only logged.
    pub shadow: bool,
}

/// What a rule looks at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleKind {
    /// The same action with the same observation again.
    Repeat(Repeat),
}

impl RuleKind {
    /// The rule's name, as in the file, the database and `stopped` endings.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Repeat(_) => "repeat",
        }
    }

    pub(crate) fn watcher(&self) -> Box<dyn Watcher> {
        match self {
            Self::Repeat(repeat) => Box::new(repeat.watcher()),
        }
    }
}

/// What a rule found on a turn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Finding {
    /// Whether the attempt should stop.
    pub(crate) stop: bool,
    /// What was measured.
    pub(crate) score: f64,
    /// What it was held against.
    pub(crate) threshold: f64,
}

/// A rule at work in one attempt. It is shown every turn, in order.
pub(crate) trait Watcher: fmt::Debug + Send {
    fn look(&mut self, facts: &TurnFacts) -> Finding;
}
