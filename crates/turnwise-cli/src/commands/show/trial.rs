//! One trial, turn by turn, as something to read.

use serde_json::{Value, json};
use turnwise_core::{ActionKind, TrialId, TurnRecord, VerdictKind};
use turnwise_store::{Reader, TrialRow};

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
    let mut turns = reader.turns(&TrialId::new(&trial.trial_id)).await?;
    if let Some(turn) = turn {
        turns.retain(|record| record.facts.turn == turn);
        if turns.is_empty() {
            let message = format!("trial `{}` has {} turns, and no turn {turn}", trial.trial_id, trial.turns);
            return Err(Failure::Nothing { message });
        }
    }
    if printer.json() {
        let turns: Vec<Value> = turns.iter().map(as_json).collect();
        return printer.json_data(&json!({ "trial": trial, "turns": turns }));
    }
    if turn.is_none() {
        printer.data(&headline(trial));
    }
    for record in &turns {
        let prompt = if turn.is_some() { prompt(record) } else { first_prompt(record) };
        printer.data(&format!("\n{}{prompt}{}", turn_line(record), body(record)));
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

fn outcome(trial: &TrialRow) -> String {
    let ending = trial.ending.as_deref().unwrap_or("under way");
    let rule = trial.stop_rule.as_ref().map(|rule| format!(" by `{rule}`")).unwrap_or_default();
    let grade = match (trial.solved, trial.score) {
        (Some(true), _) => "solved".to_owned(),
        (_, Some(score)) => format!("not solved, {:.0} % of the hidden tests pass", score * 100.0),
        (_, None) => "not graded".to_owned(),
    };
    let cost = trial.cost.map(|cost| format!(", cost {}", money(cost))).unwrap_or_default();
    format!("{ending}{rule} after {} turns: {grade}{cost}", trial.turns)
}

fn turn_line(record: &TurnRecord) -> String {
    let attempt = if record.attempt > 1 { format!("attempt {}, ", record.attempt) } else { String::new() };
    let usage = record.facts.usage;
    let entropy =
        record.reply.stats.entropy_mean.map(|nats| format!(", entropy {nats:.2}")).unwrap_or_default();
    let cost = record.facts.cost.map(|cost| format!(", cost {}", money(cost))).unwrap_or_default();
    format!(
        "── {attempt}turn {} · {} + {} tokens{entropy}{cost} · {:.0} + {:.0} ms\n",
        record.facts.turn, usage.prompt_tokens, usage.decode_tokens, record.model_ms, record.tool_ms
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

fn as_json(record: &TurnRecord) -> Value {
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
        "patch_lines": facts.workspace.patch_lines, "prompt_tokens": facts.usage.prompt_tokens,
        "prefill_tokens": facts.usage.prefill_tokens, "decode_tokens": facts.usage.decode_tokens, "cost": facts.cost,
        "entropy_mean": record.reply.stats.entropy_mean, "logprob_mean": record.reply.stats.logprob_mean,
        "verdict": record.verdict.as_str(), "votes": votes, "model_ms": record.model_ms, "tool_ms": record.tool_ms,
    })
}
