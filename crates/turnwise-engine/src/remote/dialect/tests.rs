//! What a request holds, and what refusals teach.

use turnwise_core::Tool;

use super::*;

fn refusal(status: u16, said: &str) -> Refusal {
    Refusal::new("u", status, json!({ "error": { "message": said } }).to_string().as_bytes(), None)
}

fn body_in(dialect: Dialect, sampling: &Sampling, style: &Style) -> Value {
    let messages = [
        Message::new(Role::User, "a"),
        Message::new(Role::Tool, "b"),
        Message::calling("c", vec![ToolCall { id: "i".into(), name: "bash".into(), arguments: "{}".into() }]),
        Message::answer("i", "d"),
    ];
    let shown = if style.tools.is_empty() { &messages[..2] } else { &messages };
    dialect.request("m", &Wanted { messages: shown, sampling, style, seed: 3, knows_tool_role: false })
}

fn body(dialect: Dialect, sampling: &Sampling) -> Value {
    body_in(dialect, sampling, &Style::PLAIN)
}

#[test]
fn a_request_holds_what_is_wanted_and_nothing_that_is_off() {
    let greedy = body(Dialect::default(), &Sampling::greedy(9)).to_string();
    let expected = r#"{"model":"m","messages":[{"role":"user","content":"a"},{"role":"user","content":"b"}],"stream":true,"stream_options":{"include_usage":true},"max_tokens":9,"temperature":0.0,"seed":3,"logprobs":true,"top_logprobs":5}"#;
    assert_eq!(greedy, expected);
    let drawn = Sampling {
        temperature: 0.7,
        top_k: 20,
        top_p: 0.5,
        min_p: 0.05,
        repetition_penalty: 1.1,
        max_tokens: 9,
    };
    let drawn = body(Dialect::default(), &drawn);
    assert_eq!((&drawn["top_k"], &drawn["top_p"]), (&json!(20), &json!(0.5)));
    assert_eq!((&drawn["min_p"], &drawn["repetition_penalty"]), (&json!(0.05), &json!(1.1)));
}

#[test]
fn a_request_offers_tools_and_tells_of_their_calls() {
    let parameters = r#"{"type":"object"}"#.to_owned();
    let tool = Tool { name: "bash".into(), description: "runs".into(), parameters };
    let style =
        Style { tools: vec![tool], stop: vec!["x".into()], enable_thinking: Some(false), ..Style::PLAIN };
    let body = body_in(Dialect::default(), &Sampling::greedy(9), &style);
    let function = json!({ "name": "bash", "description": "runs", "parameters": { "type": "object" } });
    assert_eq!(body["tools"], json!([{ "type": "function", "function": function }]));
    assert_eq!(
        (&body["stop"], &body["chat_template_kwargs"]),
        (&json!(["x"]), &json!({ "enable_thinking": false }))
    );
    let call = json!({ "id": "i", "type": "function", "function": { "name": "bash", "arguments": "{}" } });
    let said = json!([
        { "role": "user", "content": "a" }, { "role": "user", "content": "b" },
        { "role": "assistant", "content": "c", "tool_calls": [call] },
        { "role": "tool", "content": "d", "tool_call_id": "i" },
    ]);
    assert_eq!(body["messages"], said);
}

#[test]
fn refusals_teach_the_dialect_once() {
    let learn = |dialect: Dialect, said: &str| dialect.after(&refusal(400, said));
    let modern = learn(
        Dialect::default(),
        "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
    )
    .unwrap();
    assert_eq!(body(modern, &Sampling::greedy(9))["max_completion_tokens"], 9);
    assert_eq!(learn(modern, "use max_completion_tokens"), None);
    let refused = [
        "logprobs are not supported",
        "unknown field stream_options",
        "`seed` is unknown",
        "unrecognized request argument: min_p",
        "repetition_penalty: extra inputs are not permitted",
        "chat_template_kwargs: extra inputs are not permitted",
        "'stop' is not supported with this model",
    ];
    let plain = refused.into_iter().fold(modern, |dialect, said| learn(dialect, said).unwrap());
    let sampling = Sampling { min_p: 0.1, repetition_penalty: 1.1, ..Sampling::greedy(9) };
    let style = Style { stop: vec!["x".into()], enable_thinking: Some(true), ..Style::PLAIN };
    let plain = body_in(plain, &sampling, &style);
    let kept: Vec<&String> = plain.as_object().unwrap().keys().collect();
    assert_eq!(kept, ["model", "messages", "stream", "max_completion_tokens", "temperature"]);
    assert_eq!(Dialect::default().after(&refusal(400, "temperature must be 1")), None);
    assert_eq!(Dialect::default().after(&refusal(400, "stop asking")), None);
    assert_eq!(Dialect::default().after(&refusal(500, "seed")), None);
}
