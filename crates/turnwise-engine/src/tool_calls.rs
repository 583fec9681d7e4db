//! Calls of tools in the text of a reply: JSON between `<tool_call>` and `</tool_call>`, as Hermes and Qwen models
//! write them. What is only thought of is no call.
//!
//! Does not check that there is such a tool or that its arguments fit: a call that is no JSON is still a call, so that
//! the model can be told what is wrong with it.

use serde_json::Value;
use turnwise_core::{Reply, ToolCall};

const OPEN: &str = "<tool_call>";
const CLOSE: &str = "</tool_call>";
const THINK: (&str, &str) = ("<think>", "</think>");

/// The calls in a reply's text, and the text before the first of them.
///
/// The ids follow from the number of the reply and the place in it: nine letters and digits, which is what the most
/// demanding templates want.
pub(crate) fn in_text(text: &str, reply: u64) -> (&str, Vec<ToolCall>) {
    let begin = behind_thinking(text);
    let Some(at) = text[begin..].find(OPEN) else { return (text, Vec::new()) };
    let said = text[..begin + at].trim_end_matches('\n');
    // What stands before the first mark is no call, and the last call may lack its end.
    let bodies = text[begin + at..]
        .split(OPEN)
        .skip(1)
        .map(|call| call.split_once(CLOSE).map_or(call, |(body, _)| body));
    let calls =
        bodies.zip(1_u64..).map(|(body, number)| call(body.trim(), format!("c{reply:04}{number:04}")));
    (said, calls.collect())
}

/// What a reply says beside its calls: its text up to the first of them. Without calls, that is all of it.
pub fn text_beside_calls(reply: &Reply) -> &str {
    match reply.tool_calls.is_empty() {
        true => &reply.text,
        false => in_text(&reply.text, 0).0,
    }
}

/// What a reply that is still being written certainly says beside its calls, if it may call tools: its text up to where
/// a call begins or may be beginning. The text of the whole reply by [`text_beside_calls`] begins with it.
pub fn certainly_beside_calls(text: &str) -> &str {
    let begin = behind_thinking(text);
    let rest = &text[begin..];
    let certain = rest.find(OPEN).unwrap_or_else(|| {
        let begun = (1..OPEN.len()).rev().find(|&length| rest.ends_with(&OPEN[..length]));
        rest.len() - begun.unwrap_or(0)
    });
    text[..begin + certain].trim_end_matches('\n')
}

/// Where the thinking ends, as far as it is known.
fn behind_thinking(text: &str) -> usize {
    match text.rfind(THINK.1) {
        Some(at) => at + THINK.1.len(),
        None if text.trim_start().starts_with(THINK.0) => text.len(),
        None => 0,
    }
}

fn call(body: &str, id: String) -> ToolCall {
    let json: Value = serde_json::from_str(body).unwrap_or(Value::Null);
    match (json["name"].as_str(), json.get("arguments").or(json.get("parameters"))) {
        (Some(name), arguments) => {
            let arguments = match arguments {
                Some(Value::String(text)) => text.clone(),
                Some(value) => value.to_string(),
                None => "{}".to_owned(),
            };
            ToolCall { id, name: name.to_owned(), arguments }
        }
        (None, _) => ToolCall { id, name: String::new(), arguments: body.to_owned() },
    }
}

#[cfg(test)]
mod tests {
    use super::{certainly_beside_calls, in_text};

    #[test]
    fn calls_are_found_in_the_text() {
        let ls = "{\"name\": \"bash\", \"arguments\": {\"command\": \"ls\"}}";
        let call = |body: &str| format!("<tool_call>\n{body}\n</tool_call>");
        let bash = ("bash", "{\"command\":\"ls\"}");
        let table = [
            ("nothing".to_owned(), "nothing", vec![]),
            (format!("I look.\n{}", call(ls)), "I look.", vec![bash]),
            (format!("{}\n{}", call(ls), call(ls)), "", vec![bash, bash]),
            (format!("so\n<tool_call>{ls}"), "so", vec![bash]),
            (call("{\"name\": \"x\", \"parameters\": \"{}\"}"), "", vec![("x", "{}")]),
            (call("{\"name\": \"x\"}"), "", vec![("x", "{}")]),
            (call("ls -la"), "", vec![("", "ls -la")]),
            (format!("<think>{}</think>\nno", call(ls)), "", vec![]),
            (format!("<think>{}", call(ls)), "", vec![]),
            (format!("<think>hm</think>\n\n{}", call(ls)), "<think>hm</think>", vec![bash]),
            (format!("hm</think>{}", call(ls)), "hm</think>", vec![bash]),
        ];
        for (text, said, calls) in table {
            let found = in_text(&text, 7);
            let got: Vec<_> =
                found.1.iter().map(|call| (call.name.as_str(), call.arguments.as_str())).collect();
            assert_eq!(got, calls, "{text}");
            let beside = if calls.is_empty() { text.as_str() } else { said };
            assert_eq!(found.0, beside, "{text}");
            for (end, _) in text.char_indices() {
                assert!(beside.starts_with(certainly_beside_calls(&text[..end])), "{text} up to {end}");
            }
        }
        let two = format!("{}{}", call(ls), call(ls));
        let ids: Vec<_> = in_text(&two, 12).1.into_iter().map(|call| call.id).collect();
        assert_eq!(ids, ["c00120001", "c00120002"]);
    }
}
