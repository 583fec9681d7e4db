//! What the work at a cut was worth: the grade of its patch, where it was graded.

use std::collections::BTreeMap;

use turnwise_store::{GradeRow, LeanTrial, LeanTurn};

/// Whether a patch solves its task.
#[derive(Debug, Default)]
pub(super) struct Grades {
    /// By suite, task and the digest of the patch.
    solved: BTreeMap<String, BTreeMap<String, BTreeMap<String, bool>>>,
}

impl Grades {
    pub(super) fn of(rows: Vec<GradeRow>) -> Self {
        let mut grades = Self::default();
        for GradeRow { suite, task, patch, solved, .. } in rows {
            grades.solved.entry(suite).or_default().entry(task).or_default().insert(patch, solved);
        }
        grades
    }

    /// Whether the work after these turns of a trial solves the task; `None` where nobody knows.
    pub(super) fn after(&self, trial: &LeanTrial, turns: &[LeanTurn]) -> Option<bool> {
        match turns.last() {
            Some(turn) if turn.is_work_known => self.find(trial, &turn.facts.workspace.digest),
            Some(_) => None,
            None => self.without_work(trial),
        }
    }

    /// Whether the task is solved where the work was thrown away.
    pub(super) fn without_work(&self, trial: &LeanTrial) -> Option<bool> {
        self.find(trial, "")
    }

    fn find(&self, trial: &LeanTrial, patch: &str) -> Option<bool> {
        self.solved.get(&trial.suite)?.get(&trial.task)?.get(patch).copied()
    }
}
