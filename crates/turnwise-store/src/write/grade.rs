//! What hidden tests say of a piece of work.

use super::Batch;
use crate::GradeRow;

/// Recording a grade again replaces it.
pub(super) fn graded(batch: &mut Batch<'_>, grade: GradeRow) {
    let GradeRow { run, suite, task, patch, task_digest, solved, score, ms, at } = grade;
    let row = batch.sql("INSERT OR REPLACE INTO grades VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?);");
    row.bind(run.as_str().to_owned()).bind(suite).bind(task).bind(patch).bind(task_digest);
    row.bind(solved).bind(score).bind(ms).bind(at);
}
