//! The Agent Trajectory Interchange Format (ATIF), versions 1.0 to 1.7: numbered steps of the system, the user and the
//! agent. Unknown keys are forbidden there; what is ours goes into `extra`.

use serde_json::{Map, Value, json};
use turnwise_core::{Action, Message, Role, ToolCall};

use super::{
    Draft, Words, object_at,
    talk::{Said, Talk, said},
    text_of,
};
use crate::{
    Trajectory, Turn,
    endings::{ending_of, hand_in_by_words},
    fields::Fields,
    moment,
    source::Fault,
    spare,
};

/// The format.
pub(crate) const ATIF: Words = Words { write, read, place };

fn place(doc: &mut Value, turn: Option<usize>) -> Option<&mut Map<String, Value>> {
    match turn {
        None => object_at(doc, &["extra"]),
        Some(index) => object_at(doc.get_mut("steps")?.get_mut(index)?, &["extra"]),
    }
}

fn write(t: &Trajectory) -> Draft {
    let (mut steps, mut turns): (Vec<Value>, _) = (Vec::new(), Vec::new());
    for part in said(t) {
        match part {
            // What came of an action stands in the agent's own step.
            Said::Observed(..) => {}
            Said::Told(message) => {
                let source = if message.role == Role::System { "system" } else { "user" };
                steps.push(
                    json!({ "step_id": steps.len() + 1, "source": source, "message": message.content }),
                );
            }
            Said::Reply(turn) => {
                turns.push(steps.len());
                steps.push(agent_step(turn, steps.len() + 1));
            }
        }
    }
    if steps.is_empty() {
        steps.push(json!({ "step_id": 1, "source": "user", "message": "" }));
    }
    let version = t.agent.as_deref().and_then(|agent| agent.rsplit_once(' '));
    let (name, version) = version.unwrap_or((t.agent.as_deref().unwrap_or("unknown"), "unknown"));
    let mut agent = json!({ "name": name, "version": version });
    if let Some(model) = &t.model {
        agent["model_name"] = json!(model);
    }
    let mut metrics = Map::from_iter([("total_steps".to_owned(), json!(steps.len()))]);
    let totals = [
        ("total_prompt_tokens", t.prompt_tokens.map(Value::from)),
        ("total_completion_tokens", t.decode_tokens.map(Value::from)),
        ("total_cost_usd", t.cost.map(Value::from)),
    ];
    metrics.extend(totals.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))));
    let doc = json!({
        "schema_version": "ATIF-v1.7", "session_id": t.name, "agent": agent, "steps": steps, "final_metrics": metrics,
    });
    Draft { doc, turns }
}

fn agent_step(turn: &Turn, number: usize) -> Value {
    let mut step = json!({ "step_id": number, "source": "agent", "message": turn.reply });
    if let Some(at) = turn.started_at {
        step["timestamp"] = json!(moment::write(at));
    }
    let mut calls: Vec<Value> = turn.calls.iter().map(call).collect();
    if let (Action::Shell(command), true) = (&turn.action, calls.is_empty()) {
        calls.push(json!({
            "tool_call_id": format!("call_{number}"), "function_name": "bash", "arguments": { "command": command },
        }));
    }
    if !calls.is_empty() {
        step["tool_calls"] = json!(calls);
    }
    if !turn.observation.is_empty() || turn.exit_code.is_some() {
        step["observation"] = json!({ "results": [{ "content": turn.observation }] });
    }
    let cached =
        turn.prompt_tokens.zip(turn.prefill_tokens).and_then(|(all, computed)| all.checked_sub(computed));
    let metrics = [
        ("prompt_tokens", turn.prompt_tokens.map(Value::from)),
        ("completion_tokens", turn.decode_tokens.map(Value::from)),
        ("cached_tokens", cached.map(Value::from)),
        ("cost_usd", turn.cost.map(Value::from)),
    ];
    let metrics: Map<_, _> =
        metrics.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect();
    if !metrics.is_empty() {
        step["metrics"] = Value::Object(metrics);
    }
    step
}

/// A call, whose arguments must be an object.
fn call(call: &ToolCall) -> Value {
    let arguments = serde_json::from_str::<Map<String, Value>>(&call.arguments)
        .unwrap_or_else(|_| Map::from_iter([("arguments".to_owned(), json!(call.arguments))]));
    json!({ "tool_call_id": call.id, "function_name": call.name, "arguments": arguments })
}

fn read(doc: Value, stem: &str) -> Result<Vec<Trajectory>, Fault> {
    let mut f = Fields::of(doc).ok_or(Fault::Lacks { what: "an object" })?;
    let version = f.text("schema_version").filter(|version| version.starts_with("ATIF-v1."));
    version.ok_or(Fault::Lacks { what: "a `schema_version` of ATIF 1" })?;
    let steps = f.list("steps").ok_or(Fault::Lacks { what: "a list `steps`" })?;
    let mut extra = f.object("extra").unwrap_or_default();
    let ours = extra.object(spare::KEY);
    // Of harbor's jobs the task is the folder; the session is the trial.
    let named = extra.text("instance_id").or_else(|| extra.text("task"));
    let session = f.text("session_id");
    let mut t = Trajectory::of(named.or_else(|| session.clone()).unwrap_or_else(|| stem.to_owned()));
    t.name = session.unwrap_or_default();
    let mut agent = f.object("agent").ok_or(Fault::Lacks { what: "an `agent`" })?;
    let (name, version) = (agent.text("name"), agent.text("version"));
    t.agent = match (name, version.filter(|version| version != "unknown")) {
        (Some(name), Some(version)) => Some(format!("{name} {version}")),
        (name, _) => name.filter(|name| name != "unknown"),
    };
    t.model = agent.text("model_name");
    f.put_back("agent", agent);
    if let Some(mut metrics) = f.object("final_metrics") {
        t.prompt_tokens = metrics.count("total_prompt_tokens");
        t.decode_tokens = metrics.count("total_completion_tokens");
        t.cost = metrics.number("total_cost_usd");
        let _counted_again = metrics.count("total_steps");
        f.put_back("final_metrics", metrics);
    }
    let mut talk = Talk::default();
    for step in steps {
        hear(&mut talk, Fields::of(step).ok_or(Fault::Lacks { what: "an object for each step" })?);
    }
    t.turns = talk.turns;
    let models: Vec<_> = t.turns.iter().filter_map(|turn| turn.extra.get("model_name")?.as_str()).collect();
    t.model = t.model.or_else(|| models.first().map(|model| (*model).to_owned()));
    f.put_back("extra", extra);
    t.extra = f.left();
    t.ending = ending_of(&t);
    hand_in_by_words(&mut t);
    spare::fill_turns(&mut t);
    Ok(vec![spare::to_trajectory(t, ours)])
}

fn hear(talk: &mut Talk, mut step: Fields) {
    let content = text_of(&step.any("message").unwrap_or_default());
    match step.text("source").as_deref() {
        Some("agent") => {
            let (turn, observed) = read_step(step, content);
            talk.reply(turn);
            for (text, call) in observed {
                let _turn = talk.observe(&text);
                talk.tell(Message { tool_call_id: call, ..Message::new(Role::Tool, text) });
            }
        }
        Some("system") => talk.tell(Message::new(Role::System, content)),
        _ => talk.tell(Message::new(Role::User, content)),
    }
}

/// A step of the agent, and what came of it: each text with the call that it answers.
fn read_step(mut step: Fields, reply: String) -> (Turn, Vec<(String, Option<String>)>) {
    let calls = step.list("tool_calls").unwrap_or_default();
    let calls: Vec<ToolCall> = calls.iter().filter_map(read_call).collect();
    let commands: Vec<String> = calls.iter().map(command).collect();
    let action = match commands.as_slice() {
        [] => Action::Invalid { complaint: String::new() },
        commands => Action::Shell(commands.join("\n")),
    };
    let thought = step.text("reasoning_content").unwrap_or_default();
    let mut turn = Turn { thought, calls, ..Turn::of(reply, action) };
    turn.started_at = step.text("timestamp").and_then(|date| moment::read(&date));
    if let Some(mut metrics) = step.object("metrics") {
        turn.prompt_tokens = metrics.count("prompt_tokens");
        turn.decode_tokens = metrics.count("completion_tokens");
        let cached = metrics.count("cached_tokens");
        turn.prefill_tokens =
            turn.prompt_tokens.zip(cached).and_then(|(all, cached)| all.checked_sub(cached));
        turn.cost = metrics.number("cost_usd");
        step.put_back("metrics", metrics);
    }
    let mut observed = Vec::new();
    if let Some(mut observation) = step.object("observation") {
        for result in observation.list("results").unwrap_or_default() {
            let code = [&result["extra"]["exit_code"], &result["extra"]["returncode"]];
            let code = code.iter().find_map(|code| code.as_i64()).and_then(|code| i32::try_from(code).ok());
            turn.exit_code = code.or(turn.exit_code);
            observed
                .push((text_of(&result["content"]), result["source_call_id"].as_str().map(str::to_owned)));
        }
        step.put_back("observation", observation);
    }
    let mut extra = step.object("extra").unwrap_or_default();
    let ours = extra.any(spare::KEY);
    step.put_back("extra", extra);
    let _number = step.count("step_id");
    turn.extra = step.left();
    turn.extra.extend(ours.map(|ours| (spare::KEY.to_owned(), ours)));
    (turn, observed)
}

fn read_call(call: &Value) -> Option<ToolCall> {
    Some(ToolCall {
        id: call["tool_call_id"].as_str()?.to_owned(),
        name: call["function_name"].as_str()?.to_owned(),
        arguments: call["arguments"].to_string(),
    })
}

/// What a call does: the command of a shell, or the call itself.
pub(super) fn command(call: &ToolCall) -> String {
    let arguments: Value = serde_json::from_str(&call.arguments).unwrap_or_default();
    let known = ["command", "cmd", "keystrokes"].iter().find_map(|key| arguments[*key].as_str());
    let only = arguments.as_object().is_some_and(|arguments| arguments.len() == 1);
    match known {
        Some(command) if only => command.to_owned(),
        _ => format!("{} {}", call.name, call.arguments),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn observations_stand_in_the_agents_step() {
        let doc = json!({
            "schema_version": "ATIF-v1.5", "session_id": "t1", "agent": { "name": "terminus", "version": "2" },
            "steps": [
                { "step_id": 1, "source": "user", "message": "Do it." },
                { "step_id": 2, "source": "agent", "message": "I look.", "timestamp": "2026-01-01T00:00:00Z",
                  "model_name": "m", "reasoning_content": "hm", "extra": { "mood": 1 },
                  "tool_calls": [{ "tool_call_id": "c", "function_name": "bash", "arguments": { "command": "ls" } }],
                  "observation": { "results": [{ "source_call_id": "c", "content": "a.py", "extra": { "exit_code": 0 } }] },
                  "metrics": { "prompt_tokens": 9, "completion_tokens": 2, "cached_tokens": 4, "logprobs": [-0.5] } },
                { "step_id": 3, "source": "agent", "message": "Done." },
            ],
        });
        let t = &read(doc, "").unwrap()[0];
        assert_eq!((t.agent.as_deref(), t.model.as_deref()), (Some("terminus 2"), Some("m")));
        let [first, last] = &t.turns[..] else { panic!() };
        assert_eq!(
            (first.action.text(), first.observation.as_str(), first.exit_code),
            ("ls", "a.py", Some(0))
        );
        assert_eq!((first.prompt_tokens, first.prefill_tokens), (Some(9), Some(5)));
        assert_eq!(first.extra["metrics"]["logprobs"][0], -0.5);
        assert_eq!((last.told.len(), last.prompt_tokens), (1, None));
        assert!(read(json!({ "schema_version": "ATIF-v2.0", "steps": [] }), "").is_err());
    }
}
