//! Replies in pieces, whole, with and without counts, and what is none.

use serde_json::json;
use turnwise_core::{Finish, Reply, Usage};

use super::{super::RemoteError, Answer};

fn whole(json: serde_json::Value) -> Reply {
    let mut answer = Answer::default();
    answer.take_whole(json.to_string().as_bytes()).unwrap();
    answer.into_reply()
}

fn error(event: &str) -> RemoteError {
    Answer::default().take_event(event).unwrap_err().at("u", event.as_bytes())
}

#[test]
fn pieces_make_the_same_reply_as_the_whole() {
    let usage = json!({ "prompt_tokens": 9, "completion_tokens": 2, "prompt_tokens_details": { "cached_tokens": 5 } });
    let logprob = |text: &str, logprob: f64| json!({ "token": text, "logprob": logprob, "top_logprobs": [] });
    let expected = whole(json!({
        "choices": [{
            "message": { "role": "assistant", "content": "ls -l" }, "finish_reason": "length",
            "logprobs": { "content": [logprob("ls", -0.5), logprob(" -l", -1.5)] },
        }],
        "usage": usage,
    }));
    let mut answer = Answer::default();
    for event in [
        json!({ "choices": [{ "delta": { "role": "assistant", "content": null } }] }),
        json!({ "choices": [{ "delta": { "content": "ls" }, "logprobs": { "content": [logprob("ls", -0.5)] } }] }),
        json!({ "choices": [{ "delta": { "content": " -l" }, "logprobs": { "content": [logprob(" -l", -1.5)] } }] }),
        json!({ "choices": [{ "delta": {}, "finish_reason": "length", "logprobs": null }] }),
        json!({ "choices": [], "usage": usage }),
    ] {
        assert!(!answer.is_over());
        answer.take_event(&event.to_string()).unwrap();
    }
    answer.take_event("[DONE]").unwrap();
    assert!(answer.is_over() && answer.may_end_here());
    let reply = answer.into_reply();
    assert_eq!(reply, expected);
    assert_eq!((&*reply.text, reply.finish), ("ls -l", Finish::Length));
    assert_eq!(reply.usage, Usage { prompt_tokens: 9, prefill_tokens: 4, decode_tokens: 2 });
    assert_eq!((reply.stats.logprob_mean, reply.stats.entropy_mean), (Some(-1.0), None));
}

#[test]
fn entropy_is_bounded_from_below_by_what_is_listed() {
    let half = 0.5_f64.ln();
    let of = |tops: &[f64]| {
        let tops: Vec<_> = tops.iter().map(|logprob| json!({ "logprob": logprob })).collect();
        let token = json!({ "logprob": half, "top_logprobs": tops });
        let reply = whole(json!({ "choices": [{ "message": {}, "logprobs": { "content": [token] } }] }));
        reply.stats.entropy_mean.unwrap()
    };
    // Two halves are all there is.
    assert!((of(&[half, half]) - 2.0_f64.ln()).abs() < 1e-9);
    // A half and two quarters have 1.5 bits; the quarters taken as one leave 1.
    let quarter = 0.25_f64.ln();
    assert!((of(&[half]) - 2.0_f64.ln()).abs() < 1e-9);
    assert!((of(&[half, quarter, quarter]) - 1.5 * 2.0_f64.ln()).abs() < 1e-9);
}

#[test]
fn thinking_that_came_apart_is_put_in_front() {
    for name in ["reasoning_content", "reasoning"] {
        let reply = whole(json!({ "choices": [{ "message": { "content": "ls", name: "hm" } }] }));
        assert_eq!(reply.text, "<think>hm</think>\nls");
    }
}

#[test]
fn what_is_not_counted_is_zero_but_for_tokens_that_were_listed() {
    let listed = json!({ "content": [{ "logprob": -1.0 }, { "logprob": null }, { "logprob": -3.0 }] });
    let reply = whole(json!({ "choices": [{ "message": { "content": "ls" }, "logprobs": listed }] }));
    assert_eq!(reply.usage, Usage { prompt_tokens: 0, prefill_tokens: 0, decode_tokens: 2 });
    assert_eq!(reply.stats.logprob_mean, Some(-2.0));
    let reply = whole(json!({ "choices": [{ "message": { "content": "ls" } }] }));
    assert_eq!((reply.usage, reply.stats.logprob_mean), (Usage::default(), None));
}

#[test]
fn what_turnwise_says_of_its_own_model_counts() {
    let told = json!({ "entropy_mean": 0.25, "logprob_mean": -0.5 });
    let reply = whole(json!({ "choices": [{ "message": { "content": "ls" } }], "turnwise": told }));
    assert_eq!((reply.stats.entropy_mean, reply.stats.logprob_mean), (Some(0.25), Some(-0.5)));
}

#[test]
fn faults_are_told_apart() {
    assert!(matches!(error("{\"choices\": [{\"del"), RemoteError::Malformed { .. }));
    assert!(matches!(error("<html>"), RemoteError::Malformed { began, .. } if began == "<html>"));
    let broken = error(r#"{"error": {"message": "out of memory", "code": 500}}"#);
    assert!(matches!(broken, RemoteError::Broken { said, .. } if said == "out of memory"));
    let full = error(r#"{"error": {"message": "too long", "code": "context_length_exceeded"}}"#);
    assert!(matches!(full, RemoteError::Refused(refusal) if refusal.is_context_full()));
    assert!(Answer::default().take_whole(b"{\"object\": \"list\"}").is_err());
}
