//! Inspect's logs: a header about the eval and a sample for each task and epoch, in a zip (`.eval`) or one JSON object.
//!
//! A sample's messages are its conversation; what replies cost is in its `model` events. Events that repeat the
//! messages, and the pools of texts that they share, are not kept: they are most of such a file.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use turnwise_core::{Action, Ending, Message, Role, ToolCall};

use super::{
    Draft, Words,
    atif::command,
    object_at,
    talk::{Said, Talk, said},
    text_of,
};
use crate::{
    Trajectory, Turn,
    endings::{ending_of, hand_in_by_words},
    fields::Fields,
    moment,
    source::Fault,
    spare, step,
};

/// A sample.
pub(crate) const SAMPLE: Words = Words { write, read, place };

/// Events that say something that the messages do not.
const KEPT_EVENTS: [&str; 7] = ["info", "score", "error", "sample_limit", "approval", "input", "interrupt"];

fn place(doc: &mut Value, turn: Option<usize>) -> Option<&mut Map<String, Value>> {
    match turn {
        None => object_at(doc, &["metadata"]),
        Some(index) => object_at(doc.get_mut("messages")?.get_mut(index)?, &["metadata"]),
    }
}

fn write(t: &Trajectory) -> Draft {
    let (mut messages, mut turns, mut events): (Vec<Value>, Vec<usize>, Vec<Value>) = Default::default();
    let mut call = None;
    for part in said(t) {
        let id = format!("m{}", messages.len());
        messages.push(match part {
            Said::Told(message) => told(message, &id),
            Said::Reply(turn) => {
                turns.push(messages.len());
                let message = reply(turn, &id);
                call = message["tool_calls"][0]["id"].as_str().map(str::to_owned);
                events.extend(model_event(t, turn, &id, &message));
                message
            }
            Said::Observed(turn, None) => {
                json!({ "id": id, "role": "tool", "content": turn.observation, "tool_call_id": call })
            }
            Said::Observed(_, Some(message)) => told(message, &id),
        });
    }
    let input = t.turns.first().and_then(|turn| turn.told.iter().rfind(|message| message.role == Role::User));
    let mut doc = json!({
        "id": t.task, "epoch": 1, "input": input.map_or("", |message| &message.content), "target": "",
        "messages": messages, "output": { "model": t.model.as_deref().unwrap_or("unknown"), "choices": [] },
        "metadata": {}, "events": events,
    });
    if let Some(solved) = t.solved {
        doc["scores"] = json!({ "resolved": { "value": if solved { "C" } else { "I" } } });
    }
    if let Some(limit) = limit_of(t) {
        doc["limit"] = limit;
    }
    if t.ending == Ending::InfraError {
        let message = t.error.as_deref().unwrap_or("the harness failed");
        doc["error"] = json!({ "message": message, "traceback": "", "traceback_ansi": "" });
    }
    for (key, at) in [("started_at", t.started_at), ("completed_at", t.ended_at)] {
        if let Some(at) = at {
            doc[key] = json!(moment::write(at));
        }
    }
    if let Some(ms) = t.wall_ms {
        doc["total_time"] = json!(ms as f64 / 1e3);
    }
    Draft { doc, turns }
}

/// The limit that ended it, in Inspect's words.
fn limit_of(t: &Trajectory) -> Option<Value> {
    let kinds = [
        (Ending::TurnLimit, "turn"),
        (Ending::TokenLimit, "token"),
        (Ending::TimeLimit, "time"),
        (Ending::CostLimit, "cost"),
        (Ending::ContextFull, "context"),
        (Ending::Stopped, "custom"),
        (Ending::Interrupted, "operator"),
    ];
    let kind = kinds.iter().find(|(ending, _)| *ending == t.ending).map(|(_, kind)| kind)?;
    Some(json!({ "type": kind, "limit": t.turn_limit.unwrap_or_default() }))
}

fn told(message: &Message, id: &str) -> Value {
    let mut object = json!({ "id": id, "role": message.role.as_str(), "content": message.content });
    if let Some(call) = &message.tool_call_id {
        object["tool_call_id"] = json!(call);
    }
    if message.role == Role::Assistant {
        object["metadata"] = json!({ spare::KEY: { "told": true } });
    }
    object
}

fn reply(turn: &Turn, id: &str) -> Value {
    let mut calls: Vec<Value> = turn.calls.iter().map(call_object).collect();
    if let (Action::Shell(command), true) = (&turn.action, calls.is_empty()) {
        let arguments = json!({ "cmd": command });
        calls.push(json!({ "id": format!("call_{id}"), "function": "bash", "arguments": arguments, "type": "function" }));
    }
    let mut object = json!({ "id": id, "role": "assistant", "content": turn.reply, "source": "generate" });
    if !calls.is_empty() {
        object["tool_calls"] = json!(calls);
    }
    object
}

fn call_object(call: &ToolCall) -> Value {
    let arguments = serde_json::from_str::<Map<String, Value>>(&call.arguments)
        .unwrap_or_else(|_| Map::from_iter([("arguments".to_owned(), json!(call.arguments))]));
    json!({ "id": call.id, "function": call.name, "arguments": arguments, "type": "function" })
}

/// What the reply cost, where it is known.
fn model_event(t: &Trajectory, turn: &Turn, id: &str, message: &Value) -> Option<Value> {
    let (prompt, decode) = turn.prompt_tokens.zip(turn.decode_tokens)?;
    let mut usage = json!({
        "input_tokens": prompt, "output_tokens": decode, "total_tokens": prompt.saturating_add(decode),
    });
    if let Some(cached) = turn.prefill_tokens.and_then(|computed| prompt.checked_sub(computed)) {
        // Inspect's input tokens are those that were not read from a cache.
        usage["input_tokens"] = json!(prompt - cached);
        usage["input_tokens_cache_read"] = json!(cached);
    }
    let model = t.model.as_deref().unwrap_or("unknown");
    let choices = json!([{ "message": message, "stop_reason": "stop" }]);
    Some(json!({
        "event": "model", "uuid": id, "timestamp": moment::write(turn.started_at.unwrap_or_default()),
        "working_start": 0.0, "model": model, "input": [], "tools": [], "tool_choice": "auto", "config": {},
        "output": { "model": model, "choices": choices, "usage": usage },
    }))
}

fn read(sample: Value, _stem: &str) -> Result<Vec<Trajectory>, Fault> {
    read_sample(sample, &Value::Null).map(|t| vec![t])
}

/// A sample of the eval that a header is about.
pub(crate) fn read_sample(sample: Value, header: &Value) -> Result<Trajectory, Fault> {
    let mut f = Fields::of(sample).ok_or(Fault::Lacks { what: "an object for each sample" })?;
    let mut t = Trajectory::of(f.word("id").ok_or(Fault::Lacks { what: "an `id` of a sample" })?);
    let attachments = f.object("attachments").unwrap_or_default();
    let mut messages = f.list("messages").ok_or(Fault::Lacks { what: "a list `messages` of a sample" })?;
    messages.iter_mut().for_each(|message| attach(message, &attachments));
    t.seed = f.count("epoch");
    t.started_at = f.text("started_at").and_then(|date| moment::read(&date));
    t.ended_at = f.text("completed_at").and_then(|date| moment::read(&date));
    t.wall_ms = f.number("total_time").and_then(moment::of_seconds).and_then(|ms| u64::try_from(ms).ok());
    let mut metadata = f.object("metadata").unwrap_or_default();
    let ours = metadata.object(spare::KEY);
    f.put_back("metadata", metadata);
    if ours.is_none() {
        of_header(&mut t, header);
    }
    outcome(&mut f, &mut t);
    let replies = model_outputs(&mut f);
    let mut talk = Talk::default();
    for message in messages {
        let fields = Fields::of(message).ok_or(Fault::Lacks { what: "an object for each message" })?;
        hear(&mut talk, fields, &replies);
    }
    t.turns = talk.turns;
    t.ending = ending_of(&t);
    let _repeated = (f.any("events_data"), f.any("input"), f.any("output"));
    if f.get("target") == "" {
        let _empty = f.any("target");
    }
    t.extra = f.left();
    hand_in_by_words(&mut t);
    spare::fill_turns(&mut t);
    Ok(spare::to_trajectory(t, ours))
}

/// What the header says of each sample.
fn of_header(t: &mut Trajectory, header: &Value) {
    let eval = &header["eval"];
    let known = |value: &Value| value.as_str().filter(|word| *word != "unknown").map(str::to_owned);
    t.suite = known(&eval["task"]);
    t.model = known(&eval["model"]);
    t.agent = known(&eval["solver"])
        .or_else(|| eval["packages"]["inspect_ai"].as_str().map(|v| format!("inspect_ai {v}")));
    t.turn_limit = eval["config"]["turn_limit"].as_u64().and_then(|limit| u32::try_from(limit).ok());
}

/// Why it ended and how it was scored. The first scorer's value is the outcome; all of them are kept.
fn outcome(f: &mut Fields, t: &mut Trajectory) {
    t.exit = f.get("limit")["type"].as_str().map(str::to_owned);
    t.error = f.get("error")["message"].as_str().map(str::to_owned);
    let _taken = (f.object("limit"), f.object("error"));
    let first = f.get("scores").as_object().and_then(|scores| scores.values().next());
    let value = first.map_or(&Value::Null, |score| &score["value"]);
    (t.solved, t.score) = match value {
        Value::String(letter) => match letter.as_str() {
            "C" => (Some(true), None),
            "I" | "N" => (Some(false), None),
            "P" => (Some(false), Some(0.5)),
            _ => (None, None),
        },
        Value::Bool(right) => (Some(*right), None),
        Value::Number(number) => {
            let share = number.as_f64().filter(|share| (0.0..=1.0).contains(share));
            (share.map(|share| share >= 1.0), share)
        }
        Value::Null | Value::Array(_) | Value::Object(_) => (None, None),
    };
    if f.get("scores").as_object().is_some_and(|scores| scores.len() == 1 && scores.contains_key("resolved"))
    {
        let _ours = f.any("scores");
    }
}

/// What the model gave, by the ids of its messages; the other events that say something new are left.
fn model_outputs(f: &mut Fields) -> BTreeMap<String, Value> {
    let mut outputs = BTreeMap::new();
    let mut kept = Vec::new();
    for mut event in f.list("events").unwrap_or_default() {
        let kind = event["event"].as_str().unwrap_or_default();
        if kind == "model" {
            if let Some(id) = event["output"]["choices"][0]["message"]["id"].as_str().map(str::to_owned) {
                outputs.insert(id, event.take());
            }
        } else if KEPT_EVENTS.contains(&kind) {
            kept.push(event);
        }
    }
    if !kept.is_empty() {
        f.put_back("kept", Fields::from_map(Map::from_iter([("events".to_owned(), Value::Array(kept))])));
    }
    outputs
}

fn hear(talk: &mut Talk, mut message: Fields, outputs: &BTreeMap<String, Value>) {
    let content = text_of(message.get("content"));
    let role = message.text("role").as_deref().and_then(step::role).unwrap_or(Role::User);
    let is_example = message.get("metadata")[spare::KEY]["told"] == json!(true);
    match role {
        Role::Assistant if !is_example => talk.reply(read_reply(message, content, outputs)),
        Role::Tool => {
            let error = message.get("error")["message"].as_str().unwrap_or_default().to_owned();
            let seen = if content.is_empty() { error } else { content.clone() };
            let _turn = talk.observe(&seen);
            let call = message.text("tool_call_id");
            talk.tell(Message { tool_call_id: call, ..Message::new(Role::Tool, content) });
        }
        Role::System | Role::User | Role::Assistant => talk.tell(Message::new(role, content)),
    }
}

fn read_reply(mut message: Fields, content: String, outputs: &BTreeMap<String, Value>) -> Turn {
    let calls: Vec<ToolCall> =
        message.list("tool_calls").unwrap_or_default().iter().filter_map(read_call).collect();
    let commands: Vec<String> = calls.iter().map(command).collect();
    let action = match calls.as_slice() {
        [] => Action::Invalid { complaint: String::new() },
        [only] if only.name == "submit" => Action::Submit,
        _ => Action::Shell(commands.join("\n")),
    };
    let parts = message.get("content").as_array().into_iter().flatten();
    let thought: Vec<&str> = parts.filter_map(|part| part["reasoning"].as_str()).collect();
    let mut turn = Turn { thought: thought.join("\n"), calls, ..Turn::of(content, action) };
    let _read = message.any("content");
    let event = message.text("id").and_then(|id| outputs.get(&id)).unwrap_or(&Value::Null);
    let usage = &event["output"]["usage"];
    let cached = usage["input_tokens_cache_read"].as_u64();
    let written = usage["input_tokens_cache_write"].as_u64();
    let computed = usage["input_tokens"].as_u64().map(|tokens| tokens + written.unwrap_or_default());
    turn.prompt_tokens = computed.map(|tokens| tokens + cached.unwrap_or_default());
    turn.prefill_tokens = computed.filter(|_| cached.is_some());
    turn.decode_tokens = usage["output_tokens"].as_u64();
    turn.cost = usage["total_cost"].as_f64();
    turn.model_ms = event["output"]["time"].as_f64().map(|seconds| seconds * 1e3);
    turn.started_at = event["timestamp"].as_str().and_then(moment::read).filter(|at| *at != 0);
    let finish = event["output"]["choices"][0]["stop_reason"].as_str();
    turn.finish = finish.and_then(step::finish_of).unwrap_or(turn.finish);
    let mut metadata = message.object("metadata").unwrap_or_default();
    let ours = metadata.any(spare::KEY);
    message.put_back("metadata", metadata);
    let _known = message.text("source");
    turn.extra = message.left();
    turn.extra.extend(ours.map(|ours| (spare::KEY.to_owned(), ours)));
    turn
}

fn read_call(call: &Value) -> Option<ToolCall> {
    Some(ToolCall {
        id: call["id"].as_str()?.to_owned(),
        name: call["function"].as_str()?.to_owned(),
        arguments: call["arguments"].to_string(),
    })
}

/// Puts long texts, which a sample keeps apart, where they belong.
fn attach(value: &mut Value, attachments: &Fields) {
    match value {
        Value::String(text) => {
            if let Some(whole) =
                text.strip_prefix("attachment://").and_then(|id| attachments.get(id).as_str())
            {
                *text = whole.to_owned();
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| attach(item, attachments)),
        Value::Object(map) => map.values_mut().for_each(|item| attach(item, attachments)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The header of a log of these samples: all that Inspect asks for, and no results, which nobody computed.
pub(crate) fn header(trajectories: usize, first: Option<&Trajectory>) -> Value {
    let known = |value: Option<&String>| value.map_or("unknown", String::as_str).to_owned();
    let suite = known(first.and_then(|t| t.suite.as_ref()));
    let model = known(first.and_then(|t| t.model.as_ref()));
    let created = moment::write(first.and_then(|t| t.started_at).unwrap_or_default());
    json!({
        "version": 2, "status": "success",
        "eval": {
            "created": created, "task": suite, "dataset": { "name": suite, "samples": trajectories },
            "model": model, "config": {},
        },
        "plan": { "name": "plan", "steps": [], "config": {} },
        "stats": { "started_at": created, "completed_at": created, "model_usage": {} },
    })
}

#[cfg(test)]
mod tests;
