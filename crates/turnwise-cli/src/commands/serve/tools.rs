//! Tools and calls of them, as the protocol writes them down.

use serde::Deserialize;
use serde_json::{Value, json};
use turnwise_core::{Tool, ToolCall};

/// A tool that is offered.
#[derive(Debug, Deserialize)]
pub(super) struct WireTool {
    function: OfferedFunction,
}

#[derive(Debug, Deserialize)]
struct OfferedFunction {
    name: String,
    description: Option<String>,
    parameters: Option<Value>,
}

/// A call in the history.
#[derive(Debug, Deserialize)]
pub(super) struct WireCall {
    #[serde(default)]
    id: String,
    function: CalledFunction,
}

#[derive(Debug, Deserialize)]
struct CalledFunction {
    name: String,
    arguments: Option<Value>,
}

impl From<WireTool> for Tool {
    fn from(WireTool { function }: WireTool) -> Self {
        // A function without parameters takes an empty object.
        let parameters = function.parameters.filter(|schema| !schema.is_null());
        let parameters = parameters.unwrap_or_else(|| json!({ "type": "object", "properties": {} }));
        let description = function.description.unwrap_or_default();
        Self { name: function.name, description, parameters: parameters.to_string() }
    }
}

impl From<WireCall> for ToolCall {
    fn from(WireCall { id, function }: WireCall) -> Self {
        let arguments = match function.arguments {
            None | Some(Value::Null) => "{}".to_owned(),
            Some(Value::String(text)) => text,
            Some(value) => value.to_string(),
        };
        Self { id, name: function.name, arguments }
    }
}

/// A call in a reply.
pub(super) fn call(call: &ToolCall) -> Value {
    let function = json!({ "name": call.name, "arguments": call.arguments });
    json!({ "id": call.id, "type": "function", "function": function })
}

/// The calls of a reply as a piece of a stream has them: numbered.
pub(super) fn numbered(calls: &[ToolCall]) -> Vec<Value> {
    let numbered = |(index, made): (usize, &ToolCall)| {
        let mut piece = call(made);
        piece["index"] = json!(index);
        piece
    };
    calls.iter().enumerate().map(numbered).collect()
}
