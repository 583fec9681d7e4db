//! Histories of both versions.

use super::*;

#[test]
fn events_of_version_0_are_read_in_pairs_too() {
    let events = [
        json!({ "id": 0, "source": "user", "action": "message", "args": { "content": "Fix it." } }),
        json!({ "id": 1, "source": "agent", "action": "run", "args": { "command": "ls", "thought": "look" }, "timestamp": "2025-01-01T00:00:00.5" }),
        json!({ "id": 2, "source": "agent", "observation": "run", "content": "a.py", "extras": { "metadata": { "exit_code": 0 } }, "cause": 1 }),
        json!({ "id": 3, "source": "environment", "observation": "agent_state_changed", "content": "" }),
        json!({ "id": 4, "source": "agent", "action": "finish", "args": { "thought": "done" } }),
    ];
    let line = |history: Value| {
        json!({
            "instance_id": "k", "test_result": { "git_patch": "diff" }, "history": history,
            "metadata": { "agent_class": "CodeActAgent", "llm_config": { "model": "m" }, "max_iterations": 30 },
            "metrics": { "accumulated_cost": 0.25 }, "error": null,
        })
    };
    let flat = read(line(json!(events)), "").unwrap().remove(0);
    assert_eq!((flat.turn_limit, flat.model.as_deref(), flat.cost), (Some(30), Some("m"), Some(0.25)));
    let [first, last] = &flat.turns[..] else { panic!() };
    assert_eq!((first.action.text(), first.observation.as_str(), first.exit_code), ("ls", "a.py", Some(0)));
    assert_eq!((&last.action, last.reply.as_str()), (&Action::Submit, "done"));
    assert_eq!(flat.extra["history"][0]["observation"], "agent_state_changed");
    let paired = read(line(json!([[events[0]], [events[1], events[2]], [events[4]]])), "").unwrap().remove(0);
    assert_eq!(paired.turns, flat.turns);
}

#[test]
fn actions_of_one_reply_are_one_turn() {
    let action = |call: &str, command: &str| {
        json!({
            "kind": "ActionEvent", "source": "agent", "id": call, "thought": [{ "type": "text", "text": "both" }],
            "action": { "kind": "TerminalAction", "command": command }, "tool_name": "terminal", "tool_call_id": call,
            "tool_call": { "id": call, "name": "terminal", "arguments": "{}" }, "llm_response_id": "r1",
        })
    };
    let seen = |call: &str, text: &str| {
        json!({
            "kind": "ObservationEvent", "source": "environment", "tool_call_id": call,
            "observation": { "kind": "TerminalObservation", "content": [{ "type": "text", "text": text }], "exit_code": 1 },
        })
    };
    let line = json!({
        "instance_id": "k", "error": "Agent reached maximum iteration. Current iteration: 1", "metadata": {},
        "history": [action("a", "ls"), action("b", "pwd"), seen("a", "x"), seen("b", "y"), { "kind": "PauseEvent" }],
        "metrics": { "token_usages": [{ "response_id": "r1", "prompt_tokens": 9, "completion_tokens": 2, "cache_read_tokens": 4 }] },
    });
    let t = read(line, "").unwrap().remove(0);
    assert_eq!((t.turns.len(), t.ending), (1, turnwise_core::Ending::TurnLimit));
    let turn = &t.turns[0];
    assert_eq!((turn.action.text(), turn.observation.as_str(), turn.calls.len()), ("ls\npwd", "x\ny", 2));
    assert_eq!((turn.prompt_tokens, turn.prefill_tokens), (Some(9), Some(5)));
    assert_eq!(t.extra["history"][0]["kind"], "PauseEvent");
}
