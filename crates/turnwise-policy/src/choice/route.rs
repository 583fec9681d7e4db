//! What a listed route asks of a task.

use regex::Regex;
use serde::Serialize;
use turnwise_core::Task;

/// Tasks for which an arm is listed: those that meet every condition.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(super) struct Route {
    /// The arm, by its place.
    pub(super) arm: usize,
    /// The suite's name.
    pub(super) suite: Option<String>,
    /// A regular expression that the task's id matches somewhere.
    pub(super) task: Option<String>,
    /// Labels and their values.
    pub(super) labels: Vec<(String, String)>,
    /// The fewest characters of its statement.
    pub(super) statement_from: Option<u32>,
    /// The most characters of its statement.
    pub(super) statement_to: Option<u32>,
}

impl Route {
    /// Whether a task meets all of it.
    pub(super) fn takes(&self, task: &Task) -> bool {
        let length = task.statement.chars().count();
        self.suite.as_ref().is_none_or(|suite| *suite == task.suite)
            && self.task.as_ref().is_none_or(|pattern| {
                // It was compiled when it was read.
                Regex::new(pattern).is_ok_and(|pattern| pattern.is_match(&task.id))
            })
            && self.labels.iter().all(|(name, value)| task.label(name) == Some(value))
            && self.statement_from.is_none_or(|least| length >= least as usize)
            && self.statement_to.is_none_or(|most| length <= most as usize)
    }

    /// Whether it takes every task.
    pub(super) fn is_empty(&self) -> bool {
        Self { arm: 0, ..self.clone() } == Self::default()
    }

    /// Its conditions in words.
    pub(super) fn explain(&self) -> String {
        let suite = self.suite.as_ref().map(|suite| format!("the suite is `{suite}`"));
        let task = self.task.as_ref().map(|pattern| format!("the id matches `{pattern}`"));
        let labels = self.labels.iter().map(|(name, value)| format!("`{name}` is `{value}`"));
        let least = self.statement_from.map(|n| format!("the statement has at least {n} characters"));
        let most = self.statement_to.map(|n| format!("the statement has at most {n} characters"));
        let all = suite.into_iter().chain(task).chain(labels).chain(least).chain(most);
        all.collect::<Vec<_>>().join(" and ")
    }
}
