//! The length of solved trials times a tolerance, as ActiveVLN's `min(n_expert * tol, n_max)` (arXiv
//! 2509.12618; papers.md A4). The reference is the median (nearest rank) of the solved trials of the task, or
//! where it has none of the suite.

use serde::Serialize;
use turnwise_toml::Table;

use super::{Limited, Source, times};
use crate::{PolicyError, TurnBudget, rules::Keys};

/// A tolerance times the length of solved trials.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Reference {
    tolerance: f64,
    /// No attempt gets more turns.
    most: u32,
}

impl Reference {
    pub(super) fn read(table: &mut Table) -> Result<Self, PolicyError> {
        let tolerance = table.real("tolerance", (0.1, 100.0), Some(2.0))?;
        Ok(Self { tolerance, most: table.count("most", (1, u32::MAX), Some(120))? })
    }

    fn limit(&self, turns: &[u32]) -> Option<u32> {
        let median = turns.get(turns.len().div_ceil(2).checked_sub(1)?)?;
        Some(times(*median, self.tolerance).min(self.most))
    }
}

impl Limited for Reference {
    fn origin(&self) -> (String, Option<String>) {
        (format!("{} x the length of solved trials", self.tolerance), None)
    }

    fn needs_baseline(&self) -> bool {
        true
    }

    fn resolve(&self, source: &Source<'_>) -> Result<TurnBudget, PolicyError> {
        let all = self.limit(&source.baseline.solved());
        let all = all.ok_or_else(|| source.nothing_solved("its limit"))?;
        let tasks = source.baseline.solved_by_task().into_iter();
        let tasks = tasks.filter_map(|(task, turns)| Some((task.to_owned(), self.limit(&turns)?)));
        Ok(TurnBudget { tasks: tasks.collect(), ..TurnBudget::of(all) })
    }

    fn explain(&self) -> Vec<String> {
        vec![format!(
            "An attempt has {} times as many turns as the median of the task's solved unlimited trials (of the suite's, where \
             it has none), at most {}.",
            self.tolerance, self.most
        )]
    }
}
