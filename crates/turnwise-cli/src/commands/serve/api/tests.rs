//! What requests mean, and what replies look like.

use serde_json::json;
use turnwise_core::TokenStats;

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

#[test]
fn a_request_means_what_it_says() {
    let wanted = understand(json!({
        "model": "m", "stream": true, "stream_options": { "include_usage": true }, "max_tokens": 5, "temperature": 0,
        "top_p": 0.5, "top_k": 7, "seed": 3, "stop": ["a", ""], "user": "me",
        "messages": [
            { "role": "developer", "content": "s" }, { "role": "user", "content": [{ "type": "text", "text": "u" }] },
            { "role": "assistant", "content": null }, { "role": "tool", "content": "t", "tool_call_id": "1" },
        ],
    }));
    let messages = [(Role::System, "s"), (Role::User, "u"), (Role::Assistant, ""), (Role::Tool, "t")];
    let expected = Wanted {
        messages: messages.map(|(role, text)| Message::new(role, text)).into(),
        sampling: Sampling { top_k: 7, top_p: 0.5, ..Sampling::greedy(5) },
        seed: 3,
        stops: vec!["a".into()],
        stream: true,
        usage_in_stream: true,
    };
    assert_eq!(wanted, Ok(expected));
    let plain = understand(json!({ "messages": [{ "role": "user", "content": "u" }] })).unwrap();
    assert_eq!(
        (plain.sampling.temperature, plain.sampling.max_tokens, plain.stream),
        (1.0, usize::MAX, false)
    );
}

#[test]
fn what_cannot_be_done_is_refused_by_name() {
    let said = json!([{ "role": "user", "content": "u" }]);
    for (request, says) in [
        (json!({ "messages": [] }), "`messages` is empty"),
        (json!({ "messages": [{ "role": "robot", "content": "u" }] }), "`robot`"),
        (json!({ "messages": said, "model": "x" }), "`m` is served"),
        (json!({ "messages": said, "n": 2 }), "`n` is not 1"),
        (json!({ "messages": said, "tools": [{}] }), "`tools`"),
        (json!({ "messages": said, "top_p": 1.5 }), "`top_p` is not within 0 and 1"),
        (json!({ "messages": said, "temperature": -1 }), "`temperature`"),
        (json!({ "messages": "u" }), "expected a sequence"),
    ] {
        let error = understand(request).unwrap_err();
        assert!(error.contains(says), "{error}");
    }
}

#[test]
fn a_reply_ends_before_the_first_stop() {
    let cut = |stops: &[&str]| {
        let stops: Vec<String> = stops.iter().map(|stop| (*stop).to_owned()).collect();
        let (reply, cut) = cut_at_stop(reply("ab cd ef"), &stops);
        (reply.text, reply.finish, cut)
    };
    assert_eq!(cut(&["ef", "cd"]), ("ab ".into(), Finish::Stop, true));
    assert_eq!(cut(&["x"]), ("ab cd ef".into(), Finish::Length, false));
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
}
