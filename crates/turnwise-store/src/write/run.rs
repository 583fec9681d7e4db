//! Runs and the sessions in which they were worked on.

use turnwise_core::{RunId, RunStart};

use super::Pen;

/// A run that goes on keeps its beginning and loses its end.
pub(super) fn started(pen: &mut Pen, start: RunStart) {
    let RunStart { run, fingerprint, config, model, protection, command, at } = start;
    pen.sql(
        "INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)
         ON CONFLICT (run_id) DO UPDATE SET ended_at = NULL;",
    );
    pen.bind(run.as_str()).bind(fingerprint).bind(config);
    pen.bind(model.name).bind(model.spec).bind(model.hash).bind(model.device.clone());
    pen.bind(model.context.and_then(|tokens| i64::try_from(tokens).ok())).bind(model.profile).bind(at);
    let facts: Vec<_> = protection.facts.into_iter().map(|(name, value)| [name, value]).collect();
    let protection = serde_json::json!({ "kind": protection.kind, "facts": facts }).to_string();
    pen.sql("INSERT OR REPLACE INTO sessions VALUES (?, ?, NULL, ?, ?, ?);");
    pen.bind(run.as_str()).bind(at).bind(command).bind(model.device).bind(protection);
}

pub(super) fn finished(pen: &mut Pen, run: &RunId, at: i64) {
    pen.sql("UPDATE runs SET ended_at = ? WHERE run_id = ?;").bind(at).bind(run.as_str());
    pen.sql("UPDATE sessions SET ended_at = ? WHERE run_id = ? AND ended_at IS NULL;");
    pen.bind(at).bind(run.as_str());
}
