//! Calls of tools as they come in, whole or in pieces. Pure.

use serde::Deserialize;
use serde_json::Value;
use turnwise_core::ToolCall;

/// The calls of a reply, as far as they have come.
#[derive(Debug, Default)]
pub(super) struct Calls {
    /// Each with the number that its pieces have.
    begun: Vec<(Option<u64>, ToolCall)>,
}

/// A call, or a piece of one.
#[derive(Debug, Deserialize)]
pub(super) struct WireCall {
    index: Option<u64>,
    id: Option<String>,
    function: Option<WireFunction>,
}

#[derive(Debug, Default, Deserialize)]
struct WireFunction {
    name: Option<String>,
    /// JSON as text; some servers send the value itself.
    arguments: Option<Value>,
}

impl Calls {
    /// Takes what a piece of the reply brings.
    pub(super) fn take(&mut self, pieces: Vec<WireCall>) {
        for WireCall { index, id, function } in pieces {
            let id = id.unwrap_or_default();
            let WireFunction { name, arguments } = function.unwrap_or_default();
            let call = self.belonging_to(index, &id);
            // Some servers repeat id and name with every piece.
            if call.id.is_empty() {
                call.id = id;
            }
            if call.name.is_empty() {
                call.name = name.unwrap_or_default();
            }
            match arguments {
                None | Some(Value::Null) => {}
                Some(Value::String(text)) => call.arguments.push_str(&text),
                Some(value) => call.arguments.push_str(&value.to_string()),
            }
        }
    }

    /// The call that a piece belongs to. Without a number, a piece with a new id begins a call, and one without any id
    /// goes on with the last.
    fn belonging_to(&mut self, index: Option<u64>, id: &str) -> &mut ToolCall {
        let known = match index {
            Some(_) => self.begun.iter().position(|(other, _)| *other == index),
            None if id.is_empty() => self.begun.len().checked_sub(1),
            None => self.begun.iter().position(|(_, call)| call.id == id),
        };
        let at = known.unwrap_or_else(|| {
            let call = ToolCall { id: String::new(), name: String::new(), arguments: String::new() };
            self.begun.push((index, call));
            self.begun.len() - 1
        });
        &mut self.begun[at].1
    }

    /// The calls, in the order in which they began. One without arguments has none to give.
    pub(super) fn into_calls(self) -> Vec<ToolCall> {
        let whole = |(_, mut call): (Option<u64>, ToolCall)| {
            if call.arguments.is_empty() {
                "{}".clone_into(&mut call.arguments);
            }
            call
        };
        self.begun.into_iter().map(whole).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn folded(pieces: &[Value]) -> Vec<(String, String, String)> {
        let mut calls = Calls::default();
        for piece in pieces {
            calls.take(serde_json::from_value(piece.clone()).unwrap());
        }
        calls.into_calls().into_iter().map(|call| (call.id, call.name, call.arguments)).collect()
    }

    fn expected(calls: [(&str, &str, &str); 2]) -> Vec<(String, String, String)> {
        calls.map(|(id, name, arguments)| (id.to_owned(), name.to_owned(), arguments.to_owned())).to_vec()
    }

    #[test]
    fn pieces_make_the_same_calls_as_the_whole() {
        let two = expected([("a", "bash", "{\"command\":\"ls\"}"), ("b", "submit", "{}")]);
        let whole = json!([
            { "id": "a", "type": "function", "function": { "name": "bash", "arguments": "{\"command\":\"ls\"}" } },
            { "id": "b", "function": { "name": "submit" } },
        ]);
        assert_eq!(folded(&[whole]), two);
        let by_number = [
            json!([{ "index": 0, "id": "a", "function": { "name": "bash", "arguments": "" } }]),
            json!([{ "index": 0, "function": { "arguments": "{\"command\"" } }]),
            json!([{ "index": 1, "id": "b", "function": { "name": "submit", "arguments": null } }]),
            json!([{ "index": 0, "id": "a", "function": { "name": "bash", "arguments": ":\"ls\"}" } }]),
        ];
        assert_eq!(folded(&by_number), two);
        let by_id = [
            json!([{ "id": "a", "function": { "name": "bash", "arguments": { "command": "ls" } } }]),
            json!([{ "id": "b", "function": { "name": "sub" } }, { "function": { "name": "mit", "arguments": "{}" } }]),
        ];
        assert_eq!(folded(&by_id)[0], two[0]);
        assert_eq!(folded(&by_id)[1].2, "{}");
        assert_eq!(folded(&[]), []);
    }
}
