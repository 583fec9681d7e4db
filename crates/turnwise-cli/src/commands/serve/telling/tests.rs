//! What replies look like.

use serde_json::json;
use turnwise_core::{Likely, TokenStats, ToolCall};

use super::*;

fn reply(text: &str) -> Reply {
    let usage = Usage { prompt_tokens: 9, prefill_tokens: 4, decode_tokens: 2 };
    let stats = TokenStats { entropy_mean: Some(0.5), logprob_mean: Some(-0.25) };
    Reply { tokens: vec![1], finish: Finish::Length, usage, stats, ..Reply::saying(text) }
}

fn call() -> ToolCall {
    ToolCall { id: "1".into(), name: "bash".into(), arguments: "{}".into() }
}

#[test]
fn a_reply_is_told_up_to_the_first_stop_and_with_its_calls_beside_it() {
    let cut = |stops: &[&str]| {
        let stops: Vec<String> = stops.iter().map(|stop| (*stop).to_owned()).collect();
        let written = "ab cd ef\n<tool_call>{\"name\": \"bash\"}</tool_call>";
        let reply = told(&Reply { tool_calls: vec![call()], ..reply(written) }, &stops);
        (reply.text, reply.finish, reply.tool_calls.len())
    };
    assert_eq!(cut(&["ef", "cd"]), ("ab ".into(), Finish::Stop, 0));
    assert_eq!(cut(&["</tool_call>"]), ("ab cd ef".into(), Finish::Length, 1));
    assert_eq!(told(&reply("<tool_call>"), &[]), reply("<tool_call>"));
}

#[test]
fn pieces_and_whole_tell_the_same() {
    let heading = Heading { id: "1".into(), created: 7, model: "m".into() };
    let whole = heading.whole(&reply("ls"), None);
    assert_eq!(whole["choices"][0]["message"]["content"], "ls");
    assert_eq!(
        (&whole["choices"][0]["finish_reason"], &whole["choices"][0]["logprobs"]),
        (&json!("length"), &json!(null))
    );
    assert_eq!(whole["usage"]["total_tokens"], 11);
    assert_eq!(whole["usage"]["prompt_tokens_details"]["cached_tokens"], 5);
    assert_eq!(heading.text("ls", None)["choices"][0]["delta"], json!({ "content": "ls" }));
    let pieces = heading.end(&reply("ls"), true);
    assert_eq!(pieces[0]["choices"][0]["finish_reason"], "length");
    assert_eq!((&pieces[0]["turnwise"], &pieces[1]["usage"]), (&whole["turnwise"], &whole["usage"]));
    assert_eq!(heading.end(&reply("ls"), false).len(), 1);

    let calling = Reply { tool_calls: vec![call()], finish: Finish::Stop, ..reply("ls") };
    let whole = &heading.whole(&calling, None)["choices"][0];
    assert_eq!(whole["finish_reason"], "tool_calls");
    let mut numbered = whole["message"]["tool_calls"][0].clone();
    assert_eq!(
        numbered,
        json!({ "id": "1", "type": "function", "function": { "name": "bash", "arguments": "{}" } })
    );
    numbered["index"] = json!(0);
    assert_eq!(heading.end(&calling, false)[0]["choices"][0]["delta"]["tool_calls"], json!([numbered]));
}

#[test]
fn tokens_are_told_with_their_bytes_where_they_are_known() {
    let heading = Heading { id: "1".into(), created: 7, model: "m".into() };
    let likely = Likely { token: 3, text: "\u{fffd}".into(), logprob: -2.0 };
    let token = Token { text: "ä".into(), adds: "ä".into(), logprob: -0.5, likeliest: vec![likely] };
    let expected = json!({
        "content": [{
            "token": "ä", "logprob": -0.5, "bytes": [195, 164],
            "top_logprobs": [{ "token": "\u{fffd}", "logprob": -2.0, "bytes": null }],
        }],
        "refusal": null,
    });
    assert_eq!(
        heading.whole(&reply("ä"), Some(std::slice::from_ref(&token)))["choices"][0]["logprobs"],
        expected
    );
    assert_eq!(heading.text("ä", Some(&[token]))["choices"][0]["logprobs"], expected);
}
