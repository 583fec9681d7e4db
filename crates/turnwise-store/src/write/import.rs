//! An imported trial: what is written of any trial, and what only such trials have.

use super::{Batch, trial, trial_key, turn};
use crate::{Extra, ImportedTrial, ImportedWhole};

/// Recording the same trial again replaces it.
pub(super) fn trial(batch: &mut Batch<'_>, imported: ImportedTrial) {
    let ImportedTrial { start, attempt, turns, attempt_end, end, whole, extras } = imported;
    let id = trial_key(&start.trial);
    batch.delete_trial(&start.trial);
    trial::started(batch, start);
    trial::attempt_started(batch, attempt);
    for (record, unknown) in turns {
        turn::finished(batch, record, unknown);
    }
    trial::attempt_finished(batch, attempt_end);
    trial::finished(batch, end);
    let ImportedWhole { model, solved, score, wall_ms, prompt_tokens, decode_tokens, cost } = whole;
    let row = batch.sql(
        "UPDATE trials SET model = ?, solved = ?, score = ?, wall_ms = ?, prompt_tokens = ?, decode_tokens = ?, cost = ?
         WHERE id = ?;",
    );
    row.bind(model).bind(solved).bind(score).bind(wall_ms).bind(prompt_tokens).bind(decode_tokens);
    row.bind(cost).bind(id);
    for Extra { turn, body } in extras {
        let row = batch.sql("INSERT INTO extras VALUES (?, ?, ?, ?);");
        row.bind(id).bind(turn.map(|(attempt, _)| attempt)).bind(turn.map(|(_, turn)| turn)).bind(body);
    }
}
