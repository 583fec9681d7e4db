//! A sample as Inspect writes it.

use super::*;

#[test]
fn a_sample_has_its_costs_in_its_events_and_its_long_texts_apart() {
    let header = json!({ "eval": { "task": "swe", "model": "openai/m", "solver": "react", "config": { "turn_limit": 9 } } });
    let sample = json!({
        "id": 7, "epoch": 2, "input": "Fix it.", "target": "",
        "messages": [
            { "id": "a", "role": "user", "content": "attachment://h1" },
            { "id": "b", "role": "assistant", "content": [{ "type": "reasoning", "reasoning": "hm" }, { "type": "text", "text": "I look." }],
              "tool_calls": [{ "id": "c", "function": "bash", "arguments": { "cmd": "ls" }, "type": "function" }] },
            { "id": "d", "role": "tool", "content": "", "tool_call_id": "c", "error": { "type": "timeout", "message": "timed out" } },
            { "id": "e", "role": "assistant", "content": "Done." },
        ],
        "attachments": { "h1": "a very long text" },
        "events": [
            { "event": "model", "timestamp": "2026-01-01T00:00:00+00:00", "input": ["…"], "output": { "time": 1.5, "usage":
              { "input_tokens": 5, "output_tokens": 2, "input_tokens_cache_read": 4 }, "choices": [{ "message": { "id": "b" }, "stop_reason": "max_tokens" }] } },
            { "event": "info", "source": "probe", "data": 1 },
        ],
        "scores": { "match": { "value": "P", "explanation": "half" } },
    });
    let t = read_sample(sample, &header).unwrap();
    assert_eq!(
        (t.task.as_str(), t.seed, t.suite.as_deref(), t.turn_limit),
        ("7", Some(2), Some("swe"), Some(9))
    );
    assert_eq!((t.solved, t.score, t.ending), (Some(false), Some(0.5), Ending::Submitted));
    let [first, last] = &t.turns[..] else { panic!() };
    assert_eq!(first.told[0].content, "a very long text");
    assert_eq!(
        (first.thought.as_str(), first.action.text(), first.observation.as_str()),
        ("hm", "ls", "timed out")
    );
    assert_eq!((first.prompt_tokens, first.prefill_tokens, first.decode_tokens), (Some(9), Some(5), Some(2)));
    assert_eq!((first.finish, first.model_ms), (turnwise_core::Finish::Length, Some(1500.0)));
    assert_eq!((&last.action, last.prompt_tokens), (&Action::Submit, None));
    assert_eq!(t.extra["kept"]["events"][0]["source"], "probe");
    assert_eq!(t.extra["scores"]["match"]["explanation"], "half");
}
