//! What requests mean.

use serde_json::json;
use turnwise_core::{Tool, ToolCall};

use super::*;

fn understand(request: serde_json::Value) -> Result<Wanted, String> {
    let request: ChatRequest = serde_json::from_value(request).map_err(|error| error.to_string())?;
    request.understand("m").map_err(|refusal| refusal.body()["error"]["message"].as_str().unwrap().to_owned())
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
        "logprobs": true, "top_logprobs": 5,
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
        logprobs: Some(5),
    };
    assert_eq!(wanted, Ok(expected));
    let plain = understand(json!({ "messages": [{ "role": "user", "content": "u" }] })).unwrap();
    assert_eq!((plain.style, plain.logprobs), (Style::PLAIN, None));
    let off = understand(json!({
        "messages": [{ "role": "user", "content": "u" }], "top_k": -1, "top_logprobs": 0, "n": 1, "logit_bias": {},
        "presence_penalty": 0, "frequency_penalty": 0.0, "response_format": { "type": "text" }, "stop": null,
    }));
    assert_eq!((off.as_ref().unwrap().logprobs, off.unwrap().sampling), (None, plain.sampling.clone()));
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
        (json!({ "messages": said, "n": 0 }), "`n` is not 1"),
        (json!({ "messages": said, "max_tokens": 0 }), "`max_tokens` is 0"),
        (
            json!({ "messages": said, "repetition_penalty": 0.5 }),
            "`repetition_penalty` is not within 1 and 100",
        ),
        (json!({ "messages": said, "presence_penalty": 0.1 }), "`presence_penalty` is not known"),
        (json!({ "messages": said, "logit_bias": { "1": 5 } }), "`logit_bias`"),
        (json!({ "messages": said, "response_format": { "type": "json_object" } }), "`response_format`"),
        (json!({ "messages": said, "top_logprobs": 2 }), "needs `logprobs`"),
        (
            json!({ "messages": said, "logprobs": true, "top_logprobs": 21 }),
            "`top_logprobs` is not within 0 and 20",
        ),
        (json!({ "messages": said, "seed": -1 }), "invalid value: integer `-1`"),
    ] {
        let error = understand(request).unwrap_err();
        assert!(error.contains(says), "{error}");
    }
}
