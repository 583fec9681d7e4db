//! OpenAI's chat format for fine-tuning: what was said and nothing else, one conversation a line. Written only.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use turnwise_core::{Message, Role};

use super::{
    mini::call_object,
    talk::{Said, said},
};
use crate::{Trajectory, Turn};

/// Writes a conversation. A call that nobody answered, as the last one may be, is left out: the format refuses it.
pub(crate) fn write(t: &Trajectory) -> Value {
    let answered: BTreeSet<&str> = t
        .turns
        .iter()
        .flat_map(|turn| &turn.told)
        .filter_map(|message| message.tool_call_id.as_deref())
        .collect();
    let mut messages = Vec::new();
    for part in said(t) {
        messages.push(match part {
            Said::Told(message) | Said::Observed(_, Some(message)) => told(message),
            Said::Observed(turn, None) => json!({ "role": "user", "content": turn.observation }),
            Said::Reply(turn) => reply(turn, &answered),
        });
    }
    let names: BTreeSet<&str> = t
        .turns
        .iter()
        .flat_map(|turn| &turn.calls)
        .filter(|call| answered.contains(call.id.as_str()))
        .map(|call| call.name.as_str())
        .collect();
    let mut doc = json!({ "messages": messages });
    if !names.is_empty() {
        doc["tools"] = names.into_iter().map(tool).collect();
    }
    doc
}

fn told(message: &Message) -> Value {
    match (message.role, &message.tool_call_id) {
        (Role::Tool, Some(call)) => {
            json!({ "role": "tool", "content": message.content, "tool_call_id": call })
        }
        (Role::Tool, None) => json!({ "role": "user", "content": message.content }),
        // An example is not what is to be learnt.
        (Role::Assistant, _) => json!({ "role": "assistant", "content": message.content, "weight": 0 }),
        (role, _) => json!({ "role": role.as_str(), "content": message.content }),
    }
}

fn reply(turn: &Turn, answered: &BTreeSet<&str>) -> Value {
    let calls: Vec<Value> =
        turn.calls.iter().filter(|call| answered.contains(call.id.as_str())).map(call_object).collect();
    match calls.is_empty() {
        true => json!({ "role": "assistant", "content": turn.reply }),
        false => json!({ "role": "assistant", "content": turn.reply, "tool_calls": calls }),
    }
}

/// A tool of which only the name is known.
fn tool(name: &str) -> Value {
    json!({ "type": "function", "function": { "name": name, "parameters": { "type": "object", "properties": {} } } })
}

#[cfg(test)]
mod tests {
    use turnwise_core::{Action, ToolCall};

    use super::*;

    #[test]
    fn a_call_that_nobody_answered_is_left_out() {
        let call =
            |id: &str| ToolCall { id: id.to_owned(), name: "bash".to_owned(), arguments: "{}".to_owned() };
        let act = || Action::Shell("ls".to_owned());
        let first = Turn {
            told: vec![Message::new(Role::User, "task")],
            calls: vec![call("a")],
            ..Turn::of("x", act())
        };
        let last =
            Turn { told: vec![Message::answer("a", "seen")], calls: vec![call("b")], ..Turn::of("y", act()) };
        let doc = write(&Trajectory { turns: vec![first, last], ..Trajectory::of("k") });
        assert_eq!(doc["messages"][1]["tool_calls"][0]["id"], "a");
        assert_eq!(doc["messages"][2], json!({ "role": "tool", "content": "seen", "tool_call_id": "a" }));
        assert_eq!(doc["messages"][3], json!({ "role": "assistant", "content": "y" }));
        assert_eq!(doc["tools"][0]["function"]["name"], "bash");
    }
}
