//! Messages and tools as the values that chat templates read: the shape that `apply_chat_template` of Hugging Face
//! transformers gives them.

use serde_json::{Value as Json, json};
use turnwise_core::{Message, Tool};

/// How the arguments of a call are given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arguments {
    /// As the value that the JSON stands for, as most templates want them.
    Value,
    /// As JSON text, as OpenAI's interface has them and some templates want them.
    Text,
}

/// The messages. A tool's answer also has the name of the tool, which some templates ask for.
pub(super) fn messages(messages: &[Message], form: Arguments) -> Vec<Json> {
    let calls = || messages.iter().flat_map(|message| &message.tool_calls);
    let value = |message: &Message| {
        let mut value = json!({ "role": message.role.as_str(), "content": message.content });
        if !message.tool_calls.is_empty() {
            value["tool_calls"] = message
                .tool_calls
                .iter()
                .map(|call| {
                    let given = match form {
                        Arguments::Value => arguments(&call.arguments),
                        Arguments::Text => Json::from(call.arguments.as_str()),
                    };
                    let function = json!({ "name": call.name, "arguments": given });
                    json!({ "type": "function", "id": call.id, "function": function })
                })
                .collect();
        }
        if let Some(id) = &message.tool_call_id {
            value["tool_call_id"] = json!(id);
            if let Some(call) = calls().find(|call| call.id == *id) {
                value["name"] = json!(call.name);
            }
        }
        value
    };
    messages.iter().map(value).collect()
}

/// The tools as OpenAI's schema lists them; nothing where there are none.
pub(crate) fn tools(tools: &[Tool]) -> Json {
    let value = |tool: &Tool| {
        let parameters = arguments(&tool.parameters);
        let function =
            json!({ "name": tool.name, "description": tool.description, "parameters": parameters });
        json!({ "type": "function", "function": function })
    };
    match tools {
        [] => Json::Null,
        tools => tools.iter().map(value).collect(),
    }
}

/// JSON as the value it stands for; what is no JSON stays a text.
fn arguments(text: &str) -> Json {
    serde_json::from_str(text).unwrap_or_else(|_| Json::from(text))
}
