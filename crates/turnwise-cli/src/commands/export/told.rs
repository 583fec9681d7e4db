//! A recorded trial as trajectories: one for each of its attempts.

use serde_json::{Map, Value};
use turnwise_core::{Ending, TurnRecord};
use turnwise_exchange::{Extra, Trajectory, Turn, Work};
use turnwise_store::{AttemptRow, Imported, TrialRow, Unknown};

/// What is recorded of a trial beside its row and its turns.
pub(super) struct Facts {
    pub(super) labels: Vec<(String, String)>,
    pub(super) patch: String,
    pub(super) imported: Imported,
    pub(super) attempts: Vec<AttemptRow>,
}

/// The trajectories. Only the last attempt has the outcome: it is the one that was graded.
pub(super) fn trajectories(trial: &TrialRow, facts: &Facts, turns: Vec<TurnRecord>) -> Vec<Trajectory> {
    let mut of_attempt: Vec<Trajectory> =
        facts.attempts.iter().map(|attempt| trajectory(trial, facts, attempt)).collect();
    for record in turns {
        let index = facts.attempts.iter().position(|attempt| attempt.attempt == record.attempt);
        if let Some(t) = index.and_then(|index| of_attempt.get_mut(index)) {
            t.turns.push(turn(record, &facts.imported));
        }
    }
    let outcome = facts.attempts.last().map(|attempt| attempt.attempt);
    for (attempt, t) in facts.attempts.iter().zip(&mut of_attempt) {
        if Some(attempt.attempt) != outcome {
            t.name = format!("{}.{}", t.name, attempt.attempt);
            (t.solved, t.score, t.wall_ms) = (None, None, None);
            (t.prompt_tokens, t.decode_tokens, t.cost) = (None, None, None);
            t.patch.clear();
        }
    }
    of_attempt
}

fn trajectory(trial: &TrialRow, facts: &Facts, attempt: &AttemptRow) -> Trajectory {
    let label =
        |name: &str| facts.labels.iter().find(|(label, _)| label == name).map(|(_, value)| value.clone());
    let word = attempt.ending.as_deref().or(trial.ending.as_deref());
    let exit = label("exit");
    Trajectory {
        name: label("run").unwrap_or_else(|| trial.trial_id.clone()),
        suite: Some(trial.suite.clone()),
        agent: Some(label("agent").unwrap_or_else(|| "turnwise".to_owned())),
        model: Some(trial.model.clone()),
        policy: Some(trial.policy.clone()),
        seed: Some(trial.seed.cast_unsigned()),
        turn_limit: attempt.turn_limit.and_then(|limit| u32::try_from(limit).ok()),
        exit,
        ending: word.and_then(|word| word.parse().ok()).unwrap_or(Ending::InfraError),
        error: attempt.error.clone(),
        solved: trial.solved,
        score: trial.score,
        patch: facts.patch.clone(),
        prompt_tokens: trial.prompt_tokens.map(i64::unsigned_abs),
        decode_tokens: trial.decode_tokens.map(i64::unsigned_abs),
        cost: trial.cost,
        started_at: trial.started_at,
        ended_at: trial.ended_at,
        wall_ms: trial.wall_ms.map(i64::unsigned_abs),
        extra: extra(&facts.imported, None),
        ..Trajectory::of(&*trial.task)
    }
}

fn turn(record: TurnRecord, imported: &Imported) -> Turn {
    let place = (record.attempt, record.facts.turn);
    let unknown = imported.unknown.get(&place).copied().unwrap_or_default();
    let facts = record.facts;
    let (work, usage) = (facts.workspace, record.reply.usage);
    Turn {
        told: record.prompt,
        calls: record.reply.tool_calls,
        finish: record.reply.finish,
        thought: record.thought,
        asks_more: facts.asks_more,
        observation: facts.observation,
        exit_code: facts.exit_code,
        work: known(unknown, Unknown::WORKSPACE, Work { lines: work.patch_lines, digest: work.digest }),
        prompt_tokens: known(unknown, Unknown::PROMPT_TOKENS, usage.prompt_tokens),
        prefill_tokens: known(unknown, Unknown::PREFILL_TOKENS, usage.prefill_tokens),
        decode_tokens: known(unknown, Unknown::DECODE_TOKENS, usage.decode_tokens),
        cost: facts.cost,
        entropy_mean: record.reply.stats.entropy_mean,
        logprob_mean: record.reply.stats.logprob_mean,
        signals: facts.signals.into_iter().filter(|(_, value)| value.is_finite()).collect(),
        model_ms: known(unknown, Unknown::MODEL_MS, record.model_ms),
        tool_ms: known(unknown, Unknown::TOOL_MS, record.tool_ms),
        started_at: known(unknown, Unknown::STARTED_AT, record.started_at),
        extra: extra(imported, Some(place)),
        ..Turn::of(record.reply.text, facts.action)
    }
}

fn known<T>(unknown: Unknown, what: Unknown, value: T) -> Option<T> {
    (!unknown.has(what)).then_some(value)
}

/// The keys that nobody understood, of a turn or of the whole.
fn extra(imported: &Imported, turn: Option<(u32, u32)>) -> Extra {
    let bodies = imported.extras.iter().filter(|extra| extra.turn == turn);
    let maps = bodies.filter_map(|extra| serde_json::from_str::<Map<String, Value>>(&extra.body).ok());
    maps.flatten().collect()
}
