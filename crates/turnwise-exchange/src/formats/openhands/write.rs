//! A trajectory as a line of `output.jsonl`, with events of version 1.

use serde_json::{Value, json};
use turnwise_core::{Action, Message, Role};

use super::super::{
    Draft,
    talk::{Said, said},
};
use crate::{Trajectory, Turn, moment};

pub(super) fn write(t: &Trajectory) -> Draft {
    let mut events: Vec<Value> = Vec::new();
    let mut usages = Vec::new();
    let (mut reply, mut action) = (0, Value::Null);
    for part in said(t) {
        let id = format!("e{}", events.len());
        let mut event = match part {
            Said::Told(message) => told(message),
            Said::Reply(turn) => {
                reply += 1;
                action = acted(turn, reply);
                usages.extend(usage(turn, reply));
                action["id"] = json!(id);
                action.clone()
            }
            Said::Observed(turn, _) => observed(turn, &action),
        };
        event["id"] = json!(id);
        if event["timestamp"].is_null() {
            event["timestamp"] = json!(moment::write(t.started_at.unwrap_or_default()));
        }
        events.push(event);
    }
    let told_first =
        t.turns.first().and_then(|turn| turn.told.iter().rfind(|message| message.role == Role::User));
    let doc = json!({
        "instance_id": t.task, "attempt": 1, "test_result": { "git_patch": t.patch },
        "instruction": told_first.map_or("", |message| &message.content),
        "metadata": {
            "agent": t.agent, "llm": { "model": t.model }, "max_iterations": t.turn_limit, "dataset": t.suite,
        },
        "history": events,
        "metrics": {
            "accumulated_cost": t.cost, "token_usages": usages,
            "accumulated_token_usage": { "prompt_tokens": t.prompt_tokens, "completion_tokens": t.decode_tokens },
        },
        "error": t.error,
    });
    Draft { doc, turns: (0..t.turns.len()).collect() }
}

fn text_parts(text: &str) -> Value {
    json!([{ "type": "text", "text": text }])
}

fn told(message: &Message) -> Value {
    let content = text_parts(&message.content);
    match message.role {
        Role::System => {
            json!({ "kind": "SystemPromptEvent", "source": "agent", "system_prompt": content[0], "tools": [] })
        }
        Role::User | Role::Assistant | Role::Tool => json!({
            "kind": "MessageEvent", "source": "user",
            "llm_message": { "role": message.role.as_str(), "content": content },
        }),
    }
}

fn acted(turn: &Turn, reply: usize) -> Value {
    let response = format!("r{reply}");
    let date = turn.started_at.map(moment::write);
    let (name, arguments, done) = match &turn.action {
        Action::Invalid { .. } => {
            return json!({
                "kind": "MessageEvent", "source": "agent", "llm_response_id": response, "timestamp": date,
                "llm_message": { "role": "assistant", "content": text_parts(&turn.reply) },
            });
        }
        Action::Submit => {
            ("finish", json!({ "message": "" }), json!({ "kind": "FinishAction", "message": "" }))
        }
        Action::Shell(command) => (
            "terminal",
            json!({ "command": command }),
            json!({ "kind": "TerminalAction", "command": command }),
        ),
    };
    let call = match turn.calls.first() {
        Some(call) => {
            json!({ "id": call.id, "name": call.name, "arguments": call.arguments, "origin": "completion" })
        }
        None => json!({
            "id": format!("call_{reply}"), "name": name, "arguments": arguments.to_string(), "origin": "completion",
        }),
    };
    json!({
        "kind": "ActionEvent", "source": "agent", "timestamp": date, "thought": text_parts(&turn.reply),
        "action": done, "tool_name": call["name"], "tool_call_id": call["id"], "tool_call": call,
        "llm_response_id": response,
    })
}

fn observed(turn: &Turn, action: &Value) -> Value {
    json!({
        "kind": "ObservationEvent", "source": "environment", "action_id": action["id"],
        "tool_name": action["tool_name"], "tool_call_id": action["tool_call_id"],
        "observation": {
            "kind": "TerminalObservation", "content": text_parts(&turn.observation),
            "is_error": turn.exit_code.is_some_and(|code| code != 0), "command": turn.action.text(),
            "exit_code": turn.exit_code,
        },
    })
}

fn usage(turn: &Turn, reply: usize) -> Option<Value> {
    let (prompt, decode) = turn.prompt_tokens.zip(turn.decode_tokens)?;
    let mut usage =
        json!({ "prompt_tokens": prompt, "completion_tokens": decode, "response_id": format!("r{reply}") });
    if let Some(cached) = turn.prefill_tokens.and_then(|computed| prompt.checked_sub(computed)) {
        usage["cache_read_tokens"] = json!(cached);
    }
    Some(usage)
}
