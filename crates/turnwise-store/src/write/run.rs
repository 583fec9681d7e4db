//! Runs and the sessions in which they were worked on.

use serde_json::json;
use turnwise_core::{RunId, RunStart};

use super::Batch;

/// A run that goes on keeps its beginning and loses its end.
pub(super) fn started(batch: &mut Batch<'_>, start: RunStart) {
    let RunStart { run, fingerprint, config, model, protection, command, at } = start;
    let run = run.as_str().to_owned();
    let context = model.context.and_then(|tokens| i64::try_from(tokens).ok());
    batch
        .sql(
            "INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)
             ON CONFLICT (run_id) DO UPDATE SET ended_at = NULL;",
        )
        .bind(run.clone())
        .bind(fingerprint)
        .bind(config)
        .bind(model.name)
        .bind(model.spec)
        .bind(model.hash)
        .bind(model.device.clone())
        .bind(context)
        .bind(model.profile)
        .bind(at);
    let protection = json!({ "kind": protection.kind, "facts": protection.facts }).to_string();
    batch
        .sql("INSERT OR REPLACE INTO sessions VALUES (?, ?, NULL, ?, ?, ?);")
        .bind(run)
        .bind(at)
        .bind(command)
        .bind(model.device)
        .bind(protection);
}

pub(super) fn finished(batch: &mut Batch<'_>, run: &RunId, at: i64) {
    let run = run.as_str().to_owned();
    batch.sql("UPDATE runs SET ended_at = ? WHERE run_id = ?;").bind(at).bind(run.clone());
    batch.sql("UPDATE sessions SET ended_at = ? WHERE run_id = ? AND ended_at IS NULL;").bind(at).bind(run);
}
