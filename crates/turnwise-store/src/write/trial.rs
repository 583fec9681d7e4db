//! Trials, their policies, labels, attempts and grades.

use turnwise_core::{AttemptEnd, AttemptStart, Grade, TrialEnd, TrialStart};

use super::{Batch, trial_key};
use crate::text;

/// A trial that goes on after an interruption keeps its turns and loses its end.
pub(super) fn started(batch: &mut Batch<'_>, start: TrialStart) {
    let TrialStart { run, trial, key, policy: resolved, turn_limit, labels, at } = start;
    let id = trial_key(&trial);
    let policy = text::key(&format!("{}\0{resolved}", key.policy));
    batch
        .sql("INSERT OR IGNORE INTO policies VALUES (?, ?, ?);")
        .bind(policy)
        .bind(key.policy)
        .bind(resolved);
    let row = batch.sql(
        "INSERT INTO trials (id, trial_id, run_id, suite, task, policy, seed, turn_limit, started_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (trial_id) DO UPDATE SET ending = NULL, stop_rule = NULL, solved = NULL, score = NULL,
           patch = NULL, wall_ms = NULL, ended_at = NULL, counted = NULL;",
    );
    row.bind(id)
        .bind(trial.as_str().to_owned())
        .bind(run.as_str().to_owned())
        .bind(key.suite)
        .bind(key.task)
        .bind(policy);
    row.bind(key.seed).bind(turn_limit).bind(at);
    for (seq, (label, value)) in (0_i64..).zip(labels) {
        batch
            .sql("INSERT OR REPLACE INTO labels VALUES (?, ?, ?, ?);")
            .bind(id)
            .bind(seq)
            .bind(label)
            .bind(value);
    }
}

pub(super) fn attempt_started(batch: &mut Batch<'_>, start: AttemptStart) {
    let AttemptStart { trial, attempt, place, behind, seed, prompt_hash, at } = start;
    batch.works.forget(trial_key(&trial), attempt);
    let row = batch.sql(
        "INSERT INTO attempts (trial, attempt, seed, prompt_hash, started_at, place, from_attempt, from_turn)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (trial, attempt) DO UPDATE SET ending = NULL, stop_rule = NULL, error = NULL, ended_at = NULL;",
    );
    row.bind(trial_key(&trial)).bind(attempt).bind(seed).bind(prompt_hash).bind(at).bind(place);
    row.bind(behind.map(|turn| turn.attempt)).bind(behind.map(|turn| turn.turn));
}

pub(super) fn attempt_finished(batch: &mut Batch<'_>, end: AttemptEnd) {
    let AttemptEnd { trial, attempt, ending, stop_rule, error, turn_limit, extensions, reminders, at } = end;
    batch.works.forget(trial_key(&trial), attempt);
    let row = batch.sql(
        "UPDATE attempts SET ending = ?, stop_rule = ?, error = ?, turn_limit = ?, extensions = ?, reminders = ?,
           ended_at = ? WHERE trial = ? AND attempt = ?;",
    );
    row.bind(ending.as_str()).bind(stop_rule).bind(error).bind(turn_limit).bind(extensions).bind(reminders);
    row.bind(at).bind(trial_key(&trial)).bind(attempt);
}

pub(super) fn finished(batch: &mut Batch<'_>, end: TrialEnd) {
    let TrialEnd { trial, attempt, ending, stop_rule, grade, patch, wall_ms, at } = end;
    let id = trial_key(&trial);
    let patch = batch.text(patch);
    let row = batch.sql(
        "UPDATE trials SET ending = ?, stop_rule = ?, solved = ?, score = ?, patch = ?, wall_ms = ?, ended_at = ?,
           counted = ? WHERE id = ?;",
    );
    row.bind(ending.as_str()).bind(stop_rule);
    row.bind(grade.as_ref().map(Grade::solved)).bind(grade.as_ref().map(Grade::score));
    row.bind(patch).bind(wall_ms).bind(at).bind(attempt).bind(id);
    for (seq, test) in (0_i64..).zip(grade.into_iter().flat_map(|grade| grade.tests)) {
        let row = batch.sql("INSERT OR REPLACE INTO tests VALUES (?, ?, ?, ?, ?);");
        row.bind(id).bind(seq).bind(test.id).bind(test.was_failing).bind(test.passed);
    }
}
