//! Trials, their policies, labels, attempts and grades.

use turnwise_core::{AttemptEnd, AttemptStart, Grade, TrialEnd, TrialStart};

use super::{Pen, trial_key};
use crate::text;

/// A trial that goes on after an interruption keeps its turns and loses its end.
pub(super) fn started(pen: &mut Pen, start: TrialStart) {
    let TrialStart { run, trial, key, policy: resolved, turn_limit, labels, at } = start;
    let id = trial_key(&trial);
    let policy = text::key(&format!("{}\0{resolved}", key.policy));
    pen.sql("INSERT OR IGNORE INTO policies VALUES (?, ?, ?);").bind(policy).bind(key.policy).bind(resolved);
    pen.sql(
        "INSERT INTO trials (id, trial_id, run_id, suite, task, policy, seed, turn_limit, started_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (trial_id) DO UPDATE SET ending = NULL, stop_rule = NULL, solved = NULL, score = NULL,
           patch = NULL, wall_ms = NULL, ended_at = NULL;",
    );
    pen.bind(id).bind(trial.as_str()).bind(run.as_str()).bind(key.suite).bind(key.task).bind(policy);
    pen.bind(key.seed.cast_signed()).bind(turn_limit).bind(at);
    for (seq, (label, value)) in (0_i64..).zip(labels) {
        pen.sql("INSERT OR REPLACE INTO labels VALUES (?, ?, ?, ?);")
            .bind(id)
            .bind(seq)
            .bind(label)
            .bind(value);
    }
}

pub(super) fn attempt_started(pen: &mut Pen, start: AttemptStart) {
    let AttemptStart { trial, attempt, seed, prompt_hash, at } = start;
    pen.sql(
        "INSERT INTO attempts (trial, attempt, seed, prompt_hash, started_at) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (trial, attempt) DO UPDATE SET ending = NULL, stop_rule = NULL, error = NULL, ended_at = NULL;",
    );
    pen.bind(trial_key(&trial)).bind(attempt).bind(seed.cast_signed()).bind(prompt_hash).bind(at);
}

pub(super) fn attempt_finished(pen: &mut Pen, end: AttemptEnd) {
    let AttemptEnd { trial, attempt, ending, stop_rule, error, turn_limit, extensions, reminders, at } = end;
    pen.sql(
        "UPDATE attempts SET ending = ?, stop_rule = ?, error = ?, turn_limit = ?, extensions = ?, reminders = ?,
           ended_at = ? WHERE trial = ? AND attempt = ?;",
    );
    pen.bind(ending.as_str()).bind(stop_rule).bind(error).bind(turn_limit).bind(extensions).bind(reminders);
    pen.bind(at).bind(trial_key(&trial)).bind(attempt);
}

pub(super) fn finished(pen: &mut Pen, end: TrialEnd) {
    let TrialEnd { trial, ending, stop_rule, grade, patch, wall_ms, at } = end;
    let id = trial_key(&trial);
    let patch = pen.text(patch);
    pen.sql(
        "UPDATE trials SET ending = ?, stop_rule = ?, solved = ?, score = ?, patch = ?, wall_ms = ?, ended_at = ?
         WHERE id = ?;",
    );
    pen.bind(ending.as_str()).bind(stop_rule);
    pen.bind(grade.as_ref().map(Grade::solved)).bind(grade.as_ref().map(Grade::score));
    pen.bind(patch).bind(wall_ms.cast_signed()).bind(at).bind(id);
    for (seq, test) in (0_i64..).zip(grade.into_iter().flat_map(|grade| grade.tests)) {
        pen.sql("INSERT OR REPLACE INTO tests VALUES (?, ?, ?, ?, ?);");
        pen.bind(id).bind(seq).bind(test.id).bind(test.was_failing).bind(test.passed);
    }
}
