//! The shortest solved trial of the same task times a slack: HAPO's history of best correct lengths (arXiv
//! 2505.11225; papers.md A18) as a budget, `min(cap, ceil(slack * best))`. Only solved trials tighten it.

use serde::Serialize;
use turnwise_toml::Table;

use super::{Limited, Source, TurnCount, times, turn_count};
use crate::{PolicyError, TurnBudget, rules::Keys};

/// A slack times the shortest solved trial of the task.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Best {
    slack: f64,
    /// For tasks that were never solved, and the most that any task gets.
    otherwise: TurnCount,
}

impl Best {
    pub(super) fn read(table: &mut Table) -> Result<Self, PolicyError> {
        let slack = table.real("slack", (1.0, 100.0), Some(1.5))?;
        Ok(Self { slack, otherwise: turn_count(table, "otherwise")? })
    }
}

impl Limited for Best {
    fn origin(&self) -> (String, Option<String>) {
        (format!("{} x the task's shortest solved trial, else {}", self.slack, self.otherwise), None)
    }

    fn needs_baseline(&self) -> bool {
        true
    }

    fn resolve(&self, source: &Source<'_>) -> Result<TurnBudget, PolicyError> {
        let most = self.otherwise.resolve(source)?;
        let tasks = source.baseline.solved_by_task().into_iter();
        let tasks = tasks.filter_map(|(task, turns)| {
            Some((task.to_owned(), times(*turns.first()?, self.slack).min(most)))
        });
        Ok(TurnBudget { tasks: tasks.collect(), ..TurnBudget::of(most) })
    }

    fn explain(&self) -> Vec<String> {
        vec![format!(
            "An attempt has {} times as many turns as the shortest solved unlimited trial of its task, and at most {}, which is \
             also what tasks get that were never solved.",
            self.slack,
            self.otherwise.in_words()
        )]
    }
}
