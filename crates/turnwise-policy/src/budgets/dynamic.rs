//! A low start and one announced extension (Gao & Peng, arXiv 2510.16786; papers.md A1).

use serde::{Deserialize, Serialize};
use turnwise_toml::Table;

use super::{Limited, Source, TurnCount, turn_count};
use crate::{Extension, PolicyError, TurnBudget, signals::names};

/// A low start and one announced extension.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Dynamic {
    /// The limit at the start.
    start: TurnCount,
    /// The limit after the extension.
    extend_to: TurnCount,
    grant: Grant,
}

/// When the extension of a dynamic budget is granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grant {
    /// When the turns are used up.
    Always,
    /// When the turns are used up and the work holds no change yet.
    NoPatch,
    /// When the model has asked for more turns at any time since the start and two or fewer are left, so
    /// that it hears of the extension before it would have to hand in its work.
    Asked,
    /// When the turns are used up and the attempt is getting somewhere: what the last three turns are credited with (the signal
    /// `attribution`) is above 0 in sum, or, where none of them has one, the work changed within them (papers.md A3).
    Progress,
}

const GRANTS: [(&str, Grant); 4] = [
    ("always", Grant::Always),
    ("no_patch", Grant::NoPatch),
    ("asked", Grant::Asked),
    ("progress", Grant::Progress),
];

impl Dynamic {
    pub(super) fn read(table: &mut Table) -> Result<Self, PolicyError> {
        Ok(Self {
            start: turn_count(table, "start")?,
            extend_to: turn_count(table, "extend_to")?,
            grant: table.word("grant", &GRANTS)?.unwrap_or(Grant::Always),
        })
    }

    pub(super) fn needs(&self) -> Vec<String> {
        match self.grant {
            Grant::Progress => vec![names::NO_CHANGE.to_owned(), names::ATTRIBUTION.to_owned()],
            Grant::Always | Grant::NoPatch | Grant::Asked => Vec::new(),
        }
    }
}

impl Limited for Dynamic {
    fn origin(&self) -> (String, Option<String>) {
        (self.start.to_string(), Some(self.extend_to.to_string()))
    }

    fn needs_baseline(&self) -> bool {
        self.start.is_relative() || self.extend_to.is_relative()
    }

    fn resolve(&self, source: &Source<'_>) -> Result<TurnBudget, PolicyError> {
        let extension = Extension { to: self.extend_to.resolve(source)?, grant: self.grant };
        Ok(TurnBudget { extension: Some(extension), ..TurnBudget::of(self.start.resolve(source)?) })
    }

    fn explain(&self) -> Vec<String> {
        let when = match self.grant {
            Grant::Always => "When they are used up",
            Grant::NoPatch => "When they are used up and the work holds no change yet",
            Grant::Asked => "When the model has asked for more and two or fewer are left",
            Grant::Progress => "When they are used up and the attempt is getting somewhere",
        };
        vec![
            format!("An attempt starts with {}.", self.start.in_words()),
            format!(
                "{when}, the limit is raised once, to {}, and the model is told.",
                self.extend_to.in_words()
            ),
        ]
    }
}
