//! Calls of one tool with the argument `command`: `bash`, mini-swe-agent's default format, or on the web `browser`.

use serde_json::Value;
use turnwise_core::{Command, Reply, ToolCall};

use super::{
    Fault, Marks, Understood, Wants,
    edit::{self, EDIT},
    thinking::joined,
};

/// The name of the tool.
pub(crate) const BASH: &str = "bash";

/// Its name where the task is on the web.
pub(crate) const BROWSER: &str = "browser";

/// What begins a call in the text of a model in the process, which leaves its calls in it.
const CALL: &str = "<tool_call>";

/// Takes a reply apart. Every call must be in order, otherwise none is made.
pub(super) fn parse(
    reply: &Reply,
    thinking: Option<&Marks>,
    (more, edits): (Option<&str>, bool),
) -> Understood {
    let (thinking, rest) = thinking.map_or(("", Some(reply.text.as_str())), |marks| marks.split(&reply.text));
    let thought = joined(thinking, before_calls(rest.unwrap_or_default()));
    let asks_more = more.is_some_and(|more| thought.contains(more));
    let wants = match commands(&reply.tool_calls, edits) {
        Ok(commands) => Wants::Commands(commands),
        Err(error) => {
            let has_tool_calls = !reply.tool_calls.is_empty();
            Wants::Nothing(Fault { error, actions: Vec::new(), has_tool_calls })
        }
    };
    Understood { thought, asks_more, wants }
}

/// What stands in a text before the first call.
pub(super) fn before_calls(text: &str) -> &str {
    text.split_once(CALL).map_or(text, |(said, _)| said)
}

fn commands(calls: &[ToolCall], edits: bool) -> Result<Vec<Command>, String> {
    if calls.is_empty() {
        let none = "No tool calls found in the response. Every response MUST include at least one tool call.";
        return Err(none.to_owned());
    }
    calls
        .iter()
        .map(|call| Ok(Command { text: command(call, edits)?, call: Some(call.id.clone()) }))
        .collect()
}

/// The command of a call; the sentences about what is wrong with it stand together as in the protocol.
fn command(call: &ToolCall, edits: bool) -> Result<String, String> {
    let mut wrong = String::new();
    let arguments: Value = serde_json::from_str(&call.arguments).unwrap_or_else(|error| {
        wrong = format!("Error parsing tool call arguments: {error}.");
        Value::Null
    });
    if edits && call.name == EDIT {
        return if wrong.is_empty() { edit::command(&arguments) } else { Err(wrong) };
    }
    if call.name != BASH && call.name != BROWSER {
        wrong = format!("{wrong}Unknown tool '{}'.", call.name);
    }
    match arguments.get("command").and_then(Value::as_str) {
        Some(command) if wrong.is_empty() => Ok(command.to_owned()),
        Some(_) => Err(wrong),
        None => Err(wrong + "Missing 'command' argument in bash tool call."),
    }
}
