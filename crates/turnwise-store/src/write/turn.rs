//! One turn: its texts, its numbers, and what was measured and said about it.

use serde_json::{Value, json};
use turnwise_core::{Action, Finish, Message, ToolCall, TurnRecord, Vote};

use super::{Batch, Bindings, Place, learned, trial_key};
use crate::{Spot, Unknown, json, text::Part, tokens};

/// Recording the same turn again replaces it.
pub(super) fn finished(batch: &mut Batch<'_>, turn: TurnRecord, unknown: Unknown) {
    let TurnRecord { trial, attempt, prompt, reply, thought, facts, votes, vote_us, verdict, .. } = turn;
    let kind = facts.action.kind();
    let thought = Part::of(&reply.text, thought);
    let action = Part::of(&reply.text, action_text(facts.action));
    let (thought_at, thought_chars, thought_text) = columns(batch, thought);
    let (action_at, action_chars, action_text) = columns(batch, action);
    let reply_text = batch.text(reply.text);
    let observation = batch.text(facts.observation);
    let place = Place { trial: trial_key(&trial), attempt, turn: facts.turn };
    let patch = batch.patch(place, &facts.workspace);
    let prompt = Value::Array(prompt.into_iter().map(|said| message(batch, said)).collect());
    let signals = numbers(&facts.signals);
    let times = vote_us.iter().copied().map(Some).chain(std::iter::repeat(None));
    let votes = Value::Array(votes.iter().zip(times).map(|(said, us)| vote(said, us)).collect());

    let mut row = Bindings::default();
    row.bind(place.trial).bind(attempt).bind(facts.turn);
    row.bind(prompt.to_string())
        .bind(reply_text)
        .bind(tokens::pack(&reply.tokens))
        .bind(finish_word(reply.finish));
    row.bind(thought_at).bind(thought_chars).bind(thought_text).bind(kind.as_str());
    row.bind(action_at).bind(action_chars).bind(action_text).bind(facts.asks_more);
    row.bind(observation).bind(facts.exit_code);
    row.bind(facts.workspace.patch_lines).bind(facts.workspace.digest);
    row.bind(reply.usage.prompt_tokens).bind(reply.usage.prefill_tokens);
    row.bind(reply.usage.decode_tokens);
    row.bind(reply.stats.entropy_mean).bind(reply.stats.logprob_mean);
    row.bind(signals.to_string()).bind(votes.to_string()).bind(verdict.as_str());
    row.bind(turn.model_ms).bind(turn.tool_ms).bind(facts.elapsed_ms).bind(turn.started_at);
    row.bind(match reply.tool_calls.as_slice() {
        [] => String::new(),
        made => calls(made).to_string(),
    });
    row.bind(facts.cost).bind(u32::from(unknown.0)).bind(patch);
    row.bind(reply.origin.map(|origin| origin.key.0.to_vec()));
    row.bind(reply.origin.is_some_and(|origin| origin.reused));
    row.bind(match reply.measured.as_slice() {
        [] => String::new(),
        measured => numbers(measured).to_string(),
    });
    batch.turn(row);
    if let Some(kept) = &reply.states {
        learned::states(batch, place, Spot::End, kept);
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

/// A message: its role and text, and the calls that it answers and makes if there are any.
fn message(batch: &mut Batch<'_>, message: Message) -> Value {
    let Message { role, content, tool_calls, tool_call_id } = message;
    let text = batch.text(content);
    match (tool_call_id, tool_calls.as_slice()) {
        (None, []) => json!([role.as_str(), text]),
        (answers, made) => json!([role.as_str(), text, answers, calls(made)]),
    }
}

fn numbers(named: &[(String, f64)]) -> Value {
    named.iter().map(|(name, value)| json!([name, json::number(*value)])).collect()
}

fn calls(calls: &[ToolCall]) -> Value {
    calls.iter().map(|ToolCall { id, name, arguments }| json!([id, name, arguments])).collect()
}

/// What is kept of an action: the command, or what was wrong with the reply.
fn action_text(action: Action) -> String {
    match action {
        Action::Shell(command) => command,
        Action::Submit => action.text().to_owned(),
        Action::Invalid { complaint } => complaint,
    }
}

fn columns(batch: &mut Batch<'_>, part: Part) -> (Option<i64>, Option<i64>, Option<i64>) {
    match part {
        Part::Slice { at, chars } => (Some(at), Some(chars), None),
        Part::Text(body) => (None, None, Some(batch.text(body))),
    }
}

fn vote(Vote { rule, verdict, shadow, score, threshold, missing }: &Vote, us: Option<f64>) -> Value {
    json!([
        rule,
        verdict.as_str(),
        u8::from(*shadow),
        json::optional(*score),
        json::optional(*threshold),
        json::optional(us),
        missing
    ])
}
