//! A limit known from the start (Gao & Peng, arXiv 2510.16786; papers.md A1).

use serde::Serialize;
use turnwise_toml::Table;

use super::{Limited, Source, TurnCount, turn_count};
use crate::{PolicyError, TurnBudget};

/// A limit known from the start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Fixed {
    limit: TurnCount,
}

impl Fixed {
    pub(super) fn read(table: &mut Table) -> Result<Self, PolicyError> {
        Ok(Self { limit: turn_count(table, "limit")? })
    }
}

impl Limited for Fixed {
    fn origin(&self) -> (String, Option<String>) {
        (self.limit.to_string(), None)
    }

    fn needs_baseline(&self) -> bool {
        self.limit.is_relative()
    }

    fn resolve(&self, source: &Source<'_>) -> Result<TurnBudget, PolicyError> {
        Ok(TurnBudget::of(self.limit.resolve(source)?))
    }

    fn explain(&self) -> Vec<String> {
        vec![format!("An attempt has {}.", self.limit.in_words())]
    }
}
