//! One turn: its texts, its numbers, and what was measured and said about it.

use turnwise_core::{Action, Finish, Message, TrialId, TurnRecord, Vote};

use super::{Pen, trial_key};
use crate::text::Part;

/// The turn's place: trial, attempt, turn.
type Place = (i64, u32, u32);

/// Recording the same turn again replaces it.
pub(super) fn finished(pen: &mut Pen, turn: TurnRecord) {
    let TurnRecord { trial, attempt, prompt, reply, thought, facts, votes, verdict, .. } = turn;
    let place = place(&trial, attempt, facts.turn);
    let kind = facts.action.kind();
    let thought = Part::of(&reply.text, thought);
    let action = Part::of(&reply.text, action_text(facts.action));
    let (thought_at, thought_chars, thought_text) = columns(pen, thought);
    let (action_at, action_chars, action_text) = columns(pen, action);
    let reply_text = pen.text(reply.text);
    let observation = pen.text(facts.observation);
    let prompt: Vec<_> =
        prompt.into_iter().map(|Message { role, content }| (role, pen.text(content))).collect();

    pen.sql(
        "INSERT OR REPLACE INTO turns VALUES
         (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);",
    );
    bind_place(pen, place);
    pen.bind(reply_text).bind(finish_word(reply.finish));
    pen.bind(thought_at).bind(thought_chars).bind(thought_text).bind(kind.as_str());
    pen.bind(action_at).bind(action_chars).bind(action_text).bind(facts.asks_more);
    pen.bind(observation).bind(facts.exit_code);
    pen.bind(facts.workspace.patch_lines.cast_signed()).bind(facts.workspace.digest);
    pen.bind(reply.usage.prompt_tokens.cast_signed()).bind(reply.usage.prefill_tokens.cast_signed());
    pen.bind(reply.usage.decode_tokens.cast_signed());
    pen.bind(reply.stats.entropy_mean).bind(reply.stats.logprob_mean).bind(verdict.as_str());
    pen.bind(turn.model_ms).bind(turn.tool_ms).bind(facts.elapsed_ms.cast_signed()).bind(turn.started_at);

    if !reply.tokens.is_empty() {
        pen.sql("INSERT INTO tokens VALUES (?, ?, ?, ?);");
        bind_place(pen, place);
        pen.bind(crate::tokens::pack(&reply.tokens));
    }
    rows(pen, "messages", 6, prompt.len());
    for (seq, (role, body)) in (0_i64..).zip(prompt) {
        bind_place(pen, place);
        pen.bind(seq).bind(role.as_str()).bind(body);
    }
    rows(pen, "signals", 6, facts.signals.len());
    for (seq, (signal, value)) in (0_i64..).zip(facts.signals) {
        bind_place(pen, place);
        pen.bind(seq).bind(signal).bind(value);
    }
    rows(pen, "verdicts", 9, votes.len());
    for (seq, Vote { rule, verdict, shadow, score, threshold }) in (0_i64..).zip(votes) {
        bind_place(pen, place);
        pen.bind(seq).bind(rule).bind(verdict.as_str()).bind(shadow).bind(score).bind(threshold);
    }
}

/// The word for how a reply ended.
pub(crate) fn finish_word(finish: Finish) -> &'static str {
    match finish {
        Finish::Stop => "stop",
        Finish::Length => "length",
        Finish::ContextFull => "context_full",
    }
}

/// What is kept of an action: the command, or what was wrong with the reply.
fn action_text(action: Action) -> String {
    match action {
        Action::Shell(command) => command,
        Action::Submit => action.text().to_owned(),
        Action::Invalid { complaint } => complaint,
    }
}

fn columns(pen: &mut Pen, part: Part) -> (Option<i64>, Option<i64>, Option<i64>) {
    match part {
        Part::Slice { at, chars } => (Some(at), Some(chars), None),
        Part::Text(body) => (None, None, Some(pen.text(body))),
    }
}

/// Begins an insert of `count` rows, if any.
fn rows(pen: &mut Pen, table: &str, width: usize, count: usize) {
    if count == 0 {
        return;
    }
    let row = format!("({}?)", "?, ".repeat(width - 1));
    let values = vec![row; count].join(", ");
    pen.sql("INSERT INTO ").sql(table).sql(" VALUES ").sql(&values).sql(";");
}

fn place(trial: &TrialId, attempt: u32, turn: u32) -> Place {
    (trial_key(trial), attempt, turn)
}

fn bind_place(pen: &mut Pen, (trial, attempt, turn): Place) {
    pen.bind(trial).bind(attempt).bind(turn);
}
