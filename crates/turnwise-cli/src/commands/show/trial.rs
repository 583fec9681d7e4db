//! One trial, turn by turn, as something to read.

use serde_json::{Value, json};
use turnwise_core::{ActionKind, TrialId, TurnRecord, VerdictKind};
use turnwise_store::{AttemptRow, Reader, TrialRow, Unknown};

use crate::{
    error::Failure,
    printer::{Printer, money},
};

/// Prints the trial, or one turn of it with its whole prompt.
pub(super) async fn show(
    reader: &Reader,
    trial: &TrialRow,
    turn: Option<u32>,
    printer: &Printer,
) -> Result<(), Failure> {
    let id = TrialId::new(&trial.trial_id);
    let mut turns = reader.turns(&id).await?;
    let unknown = reader.imported(&id).await?.unknown;
    let known = |record: &TurnRecord, what: Unknown| {
        !unknown.get(&(record.attempt, record.facts.turn)).is_some_and(|unknown| unknown.has(what))
    };
    if let Some(turn) = turn {
        turns.retain(|record| record.facts.turn == turn);
        if turns.is_empty() {
            let message = format!("trial `{}` has {} turns, and no turn {turn}", trial.trial_id, trial.turns);
            return Err(Failure::Nothing { message });
        }
    }
    if printer.json() {
        let turns: Vec<Value> =
            turns.iter().map(|record| as_json(record, |what| known(record, what))).collect();
        return printer.json_data(&json!({ "trial": trial, "turns": turns }));
    }
    if turn.is_none() {
        printer.data(&headline(trial));
    }
    let attempts = reader.attempts(&id).await?;
    let mut shown = None;
    for record in &turns {
        if attempts.len() > 1 && shown.replace(record.attempt) != Some(record.attempt) {
            let attempt = attempts.iter().find(|attempt| attempt.attempt == record.attempt);
            attempt.into_iter().for_each(|attempt| printer.data(&attempt_line(attempt, trial.counted)));
        }
        let prompt = if turn.is_some() { prompt(record) } else { first_prompt(record) };
        printer.data(&format!("\n{}{prompt}{}", turn_line(record, |what| known(record, what)), body(record)));
    }
    if turn.is_none() {
        printer.data(&format!("\n{}", outcome(trial)));
    }
    Ok(())
}

fn headline(trial: &TrialRow) -> String {
    let TrialRow { trial_id, task, policy, seed, model, .. } = trial;
    format!("trial {trial_id}: task {task}, policy {policy}, seed {seed}, model {model}")
}

/// Where an attempt begins, how it ended, and whether its work counts.
fn attempt_line(attempt: &AttemptRow, counted: Option<u32>) -> String {
    let behind =
        attempt.behind().map(|turn| format!(", behind turn {} of attempt {}", turn.turn, turn.attempt));
    let ending = attempt.ending.as_deref().unwrap_or("under way");
    let rule = attempt.stop_rule.as_ref().map(|rule| format!(" by `{rule}`")).unwrap_or_default();
    let counts = if counted == Some(attempt.attempt) { "; its work counts" } else { "" };
    format!("\n══ attempt {}{}: {ending}{rule}{counts}", attempt.attempt, behind.unwrap_or_default())
}

fn outcome(trial: &TrialRow) -> String {
    let ending = trial.ending.as_deref().unwrap_or("under way");
    let rule = trial.stop_rule.as_ref().map(|rule| format!(" by `{rule}`")).unwrap_or_default();
    let grade = match (trial.solved, trial.score) {
        (Some(true), _) => "solved".to_owned(),
        (Some(false), None) => "not solved".to_owned(),
        (_, Some(score)) => format!("not solved, {:.0} % of the hidden tests pass", score * 100.0),
        (_, None) => "not graded".to_owned(),
    };
    let cost = trial.cost.map(|cost| format!(", cost {}", money(cost))).unwrap_or_default();
    format!("{ending}{rule} after {} turns: {grade}{cost}", trial.turns)
}

fn turn_line(record: &TurnRecord, known: impl Fn(Unknown) -> bool) -> String {
    let usage = record.facts.usage;
    let entropy =
        record.reply.stats.entropy_mean.map(|nats| format!(", entropy {nats:.2}")).unwrap_or_default();
    let cost = record.facts.cost.map(|cost| format!(", cost {}", money(cost))).unwrap_or_default();
    let count = |what, count: u64| if known(what) { count.to_string() } else { "–".to_owned() };
    let ms = |what, ms: f64| if known(what) { format!("{ms:.0}") } else { "–".to_owned() };
    format!(
        "── turn {} · {} + {} tokens{entropy}{cost} · {} + {} ms\n",
        record.facts.turn,
        count(Unknown::PROMPT_TOKENS, usage.prompt_tokens),
        count(Unknown::DECODE_TOKENS, usage.decode_tokens),
        ms(Unknown::MODEL_MS, record.model_ms),
        ms(Unknown::TOOL_MS, record.tool_ms)
    )
}

/// The task, once.
fn first_prompt(record: &TurnRecord) -> String {
    if record.facts.turn == 1 { prompt(record) } else { String::new() }
}

fn prompt(record: &TurnRecord) -> String {
    record.prompt.iter().map(|message| format!("[{}] {}\n", message.role, message.content)).collect()
}

/// What the model thought, did and saw, and what was said about it.
fn body(record: &TurnRecord) -> String {
    let facts = &record.facts;
    let mut lines = Vec::new();
    if !record.thought.is_empty() {
        lines.push(format!("~ {}", record.thought.replace('\n', "\n~ ")));
    }
    lines.push(match facts.action.kind() {
        ActionKind::Shell | ActionKind::Submit => format!("$ {}", facts.action.text().replace('\n', "\n  ")),
        ActionKind::Invalid => format!("? {}", record.reply.text),
    });
    if !facts.observation.is_empty() {
        lines.push(facts.observation.clone());
    }
    if let Some(code) = facts.exit_code.filter(|code| *code != 0) {
        lines.push(format!("(exit {code})"));
    }
    if record.verdict != VerdictKind::Continue {
        let votes = record.votes.iter().filter(|vote| vote.verdict != VerdictKind::Continue);
        let by: Vec<String> = votes
            .map(|vote| {
                format!(
                    " · {} says {}{}",
                    vote.rule,
                    vote.verdict,
                    if vote.shadow { " (shadow)" } else { "" }
                )
            })
            .collect();
        lines.push(format!("→ {}{}", record.verdict, by.concat()));
    }
    lines.join("\n")
}

fn as_json(record: &TurnRecord, known: impl Fn(Unknown) -> bool) -> Value {
    let count = |what, count: u64| known(what).then_some(count);
    let ms = |what, ms: f64| known(what).then_some(ms);
    let facts = &record.facts;
    let prompt: Vec<Value> = record
        .prompt
        .iter()
        .map(|message| json!({ "role": message.role.as_str(), "content": message.content }))
        .collect();
    let votes: Vec<Value> = record
        .votes
        .iter()
        .map(|vote| {
            json!({
                "rule": vote.rule, "verdict": vote.verdict.as_str(), "shadow": vote.shadow,
                "score": vote.score, "threshold": vote.threshold, "missing": vote.missing,
            })
        })
        .collect();
    json!({
        "attempt": record.attempt, "turn": facts.turn, "prompt": prompt, "reply": record.reply.text,
        "thought": record.thought, "action_kind": facts.action.kind().as_str(), "action": facts.action.text(),
        "observation": facts.observation, "exit_code": facts.exit_code, "asks_more": facts.asks_more,
        "patch_lines": count(Unknown::WORKSPACE, facts.workspace.patch_lines),
        "prompt_tokens": count(Unknown::PROMPT_TOKENS, facts.usage.prompt_tokens),
        "prefill_tokens": count(Unknown::PREFILL_TOKENS, facts.usage.prefill_tokens),
        "decode_tokens": count(Unknown::DECODE_TOKENS, facts.usage.decode_tokens), "cost": facts.cost,
        "entropy_mean": record.reply.stats.entropy_mean, "logprob_mean": record.reply.stats.logprob_mean,
        "verdict": record.verdict.as_str(), "votes": votes, "model_ms": ms(Unknown::MODEL_MS, record.model_ms),
        "tool_ms": ms(Unknown::TOOL_MS, record.tool_ms),
    })
}
