//! What requests mean, and what replies look like.

use serde_json::json;
use turnwise_core::{TokenStats, Tool, ToolCall};

use super::*;

fn understand(request: serde_json::Value) -> Result<Wanted, String> {
    let request: ChatRequest = serde_json::from_value(request).map_err(|error| error.to_string())?;
    request.understand("m").map_err(|refusal| refusal.body()["error"]["message"].as_str().unwrap().to_owned())
}

fn reply(text: &str) -> Reply {
    let usage = Usage { prompt_tokens: 9, prefill_tokens: 4, decode_tokens: 2 };
    let stats = TokenStats { entropy_mean: Some(0.5), logprob_mean: Some(-0.25) };
    Reply { text: text.into(), tool_calls: Vec::new(), tokens: vec![1], finish: Finish::Length, usage, stats }
}

fn call() -> ToolCall {
    ToolCall { id: "1".into(), name: "bash".into(), arguments: "{}".into() }
}

#[test]
fn a_request_means_what_it_says() {
    let called = json!({ "id": "1", "type": "function", "function": { "name": "bash", "arguments": "{}" } });
    let offered = json!({ "name": "bash", "parameters": { "type": "object" } });
    let wanted = understand(json!({
        "tools": [{ "type": "function", "function": offered }], "tool_choice": "auto", "min_p": 0.1,
        "chat_template_kwargs": { "enable_thinking": false, "other": 1 }, "repetition_penalty": 1.2,
        "model": "m", "stream": true, "stream_options": { "include_usage": true }, "max_tokens": 5, "temperature": 0,
        "top_p": 0.5, "top_k": 7, "seed": 3, "stop": ["a", ""], "user": "me",
        "messages": [
            { "role": "developer", "content": "s" }, { "role": "user", "content": [{ "type": "text", "text": "u" }] },
            { "role": "assistant", "content": null, "tool_calls": [called] },
            { "role": "tool", "content": "t", "tool_call_id": "1" },
        ],
    }));
    let tool =
        Tool { name: "bash".into(), description: String::new(), parameters: "{\"type\":\"object\"}".into() };
    let expected = Wanted {
        messages: vec![
            Message::new(Role::System, "s"),
            Message::new(Role::User, "u"),
            Message::calling("", vec![call()]),
            Message::answer("1", "t"),
        ],
        sampling: Sampling {
            top_k: 7,
            top_p: 0.5,
            min_p: 0.1,
            repetition_penalty: 1.2,
            ..Sampling::greedy(5)
        },
        seed: 3,
        style: Style {
            tools: vec![tool],
            stop: vec!["a".into()],
            enable_thinking: Some(false),
            ..Style::PLAIN
        },
        stream: true,
        usage_in_stream: true,
    };
    assert_eq!(wanted, Ok(expected));
    let plain = understand(json!({ "messages": [{ "role": "user", "content": "u" }] })).unwrap();
    assert_eq!(plain.style, Style::PLAIN);
    assert_eq!(
        (plain.sampling.temperature, plain.sampling.max_tokens, plain.stream),
        (1.0, usize::MAX, false)
    );
}

#[test]
fn what_cannot_be_done_is_refused_by_name() {
    let said = json!([{ "role": "user", "content": "u" }]);
    let offered = json!({ "type": "function", "function": { "name": "bash" } });
    for (request, says) in [
        (json!({ "messages": [] }), "`messages` is empty"),
        (json!({ "messages": [{ "role": "robot", "content": "u" }] }), "`robot`"),
        (json!({ "messages": said, "model": "x" }), "`m` is served"),
        (json!({ "messages": said, "n": 2 }), "`n` is not 1"),
        (json!({ "messages": said, "tools": [{}] }), "missing field `function`"),
        (json!({ "messages": said, "tools": [offered], "tool_choice": "required" }), "`tool_choice`"),
        (json!({ "messages": said, "min_p": 2 }), "`min_p`"),
        (json!({ "messages": said, "top_p": 1.5 }), "`top_p` is not within 0 and 1"),
        (json!({ "messages": said, "temperature": -1 }), "`temperature`"),
        (json!({ "messages": "u" }), "expected a sequence"),
    ] {
        let error = understand(request).unwrap_err();
        assert!(error.contains(says), "{error}");
    }
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
    let whole = heading.whole(&reply("ls"));
    assert_eq!(whole["choices"][0]["message"]["content"], "ls");
    assert_eq!(whole["choices"][0]["finish_reason"], "length");
    assert_eq!(whole["usage"]["total_tokens"], 11);
    assert_eq!(whole["usage"]["prompt_tokens_details"]["cached_tokens"], 5);
    let pieces = heading.rest(&reply("ls"), true);
    assert_eq!(pieces[0]["choices"][0]["delta"]["content"], "ls");
    assert_eq!(pieces[1]["choices"][0]["finish_reason"], "length");
    assert_eq!((&pieces[1]["turnwise"], &pieces[2]["usage"]), (&whole["turnwise"], &whole["usage"]));
    assert_eq!(heading.rest(&reply("ls"), false).len(), 2);

    let calling = Reply { tool_calls: vec![call()], finish: Finish::Stop, ..reply("ls") };
    let whole = &heading.whole(&calling)["choices"][0];
    assert_eq!(whole["finish_reason"], "tool_calls");
    let mut numbered = whole["message"]["tool_calls"][0].clone();
    assert_eq!(
        numbered,
        json!({ "id": "1", "type": "function", "function": { "name": "bash", "arguments": "{}" } })
    );
    numbered["index"] = json!(0);
    assert_eq!(heading.rest(&calling, false)[1]["choices"][0]["delta"]["tool_calls"], json!([numbered]));
}
