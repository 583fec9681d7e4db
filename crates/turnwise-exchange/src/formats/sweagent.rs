//! SWE-agent's `.traj`: a list of steps with thought, action and observation, and the conversation beside it.
//!
//! What of `history` and of each step's `query` repeats the steps is not kept: it is most of such a file.

use serde_json::{Map, Value, json};
use turnwise_core::{Action, Ending, Message, Role};

use super::{Draft, Words, object_at, text_of};
use crate::{
    Trajectory, Turn,
    endings::{ending_of, hand_in, word},
    fields::Fields,
    source::Fault,
    spare, step,
};

/// The format.
pub(crate) const SWEAGENT: Words = Words { write, read, place };

/// How it says why it ended.
const EXITS: [(Ending, &str); 4] = [
    (Ending::CostLimit, "exit_cost"),
    (Ending::TimeLimit, "exit_total_execution_time"),
    (Ending::ContextFull, "exit_context"),
    (Ending::FormatErrors, "exit_format"),
];

fn place(doc: &mut Value, turn: Option<usize>) -> Option<&mut Map<String, Value>> {
    match turn {
        None => object_at(doc, &["info"]),
        Some(index) => object_at(doc.get_mut("trajectory")?.get_mut(index)?, &["extra_info"]),
    }
}

fn write(t: &Trajectory) -> Draft {
    let mut history = Vec::new();
    let mut steps = Vec::new();
    for (index, turn) in t.turns.iter().enumerate() {
        let told = turn.told.iter().map(|message| spoken(message.role.as_str(), &message.content));
        history.extend(told);
        if let Some(last) =
            t.turns[..index].last().filter(|last| turn.told.is_empty() && !last.observation.is_empty())
        {
            history.push(spoken("user", &last.observation));
        }
        let action = match &turn.action {
            Action::Shell(command) => command,
            Action::Submit => "submit",
            Action::Invalid { .. } => "",
        };
        let mut said = spoken("assistant", &turn.reply);
        said["thought"] = json!(turn.thought);
        said["action"] = json!(action);
        history.push(said);
        steps.push(json!({
            "action": action, "observation": turn.observation, "response": turn.reply, "thought": turn.thought,
            "execution_time": turn.tool_ms.unwrap_or_default() / 1e3, "state": {}, "query": [], "extra_info": {},
        }));
    }
    let exit = word(t, &EXITS);
    let agent =
        json!({ "model": { "name": t.model, "per_instance_call_limit": t.turn_limit.unwrap_or_default() } });
    let doc = json!({
        "environment": "main",
        "trajectory": steps,
        "history": history,
        "info": {
            "exit_status": exit,
            "submission": t.patch,
            "model_stats": {
                "instance_cost": t.cost.unwrap_or_default(), "tokens_sent": t.prompt_tokens.unwrap_or_default(),
                "tokens_received": t.decode_tokens.unwrap_or_default(), "api_calls": t.turns.len(),
            },
        },
        "replay_config": json!({ "agent": agent }).to_string(),
    });
    Draft { doc, turns: (0..t.turns.len()).collect() }
}

fn spoken(role: &str, content: &str) -> Value {
    let kind = match role {
        "system" => "system_prompt",
        "assistant" => "action",
        _ => "observation",
    };
    json!({ "role": role, "content": content, "agent": "main", "message_type": kind })
}

fn read(doc: Value, stem: &str) -> Result<Vec<Trajectory>, Fault> {
    let mut f = Fields::of(doc).ok_or(Fault::Lacks { what: "an object" })?;
    // A retried task has its attempts one after the other, each as a file of its own would be.
    if let Some(attempts) = f.list("attempts").filter(|attempts| attempts.len() > 1) {
        let mut read = Vec::with_capacity(attempts.len());
        for (seed, attempt) in (0..).zip(attempts) {
            let fields = Fields::of(attempt).ok_or(Fault::Lacks { what: "an object for each attempt" })?;
            read.push(Trajectory { seed: Some(seed), ..read_one(fields, stem)? });
        }
        return Ok(read);
    }
    Ok(vec![read_one(f, stem)?])
}

fn read_one(mut f: Fields, stem: &str) -> Result<Trajectory, Fault> {
    let steps = f.list("trajectory").ok_or(Fault::Lacks { what: "a list `trajectory`" })?;
    let mut info = f.object("info").unwrap_or_default();
    let mut t = Trajectory::of(stem);
    if f.get("environment") == "main" {
        let _says_nothing = f.text("environment");
    }
    t.agent = Some(match info.word("swe_agent_version") {
        Some(version) => format!("SWE-agent {version}"),
        None => "SWE-agent".to_owned(),
    });
    configuration(&mut f, &mut t);
    t.exit = info.text("exit_status");
    t.patch = info.text("submission").unwrap_or_default();
    if let Some(mut stats) = info.object("model_stats") {
        t.cost = stats.number("instance_cost");
        t.prompt_tokens = stats.count("tokens_sent");
        t.decode_tokens = stats.count("tokens_received");
        let _counted_again = stats.count("api_calls");
        info.put_back("model_stats", stats);
    }
    let ours = info.object(spare::KEY);
    let mut told = opening(f.list("history"));
    for step in steps {
        let fields = Fields::of(step).ok_or(Fault::Lacks { what: "an object for each step" })?;
        let turn = read_step(fields, std::mem::take(&mut told));
        told.push(Message::new(Role::User, turn.observation.clone()));
        t.turns.push(turn);
    }
    t.ending = ending_of(&t);
    hand_in(&mut t);
    spare::fill_turns(&mut t);
    f.put_back("info", info);
    t.extra = f.left();
    Ok(spare::to_trajectory(t, ours))
}

/// The model and the limit of calls; the rest of the configuration is kept.
fn configuration(f: &mut Fields, t: &mut Trajectory) {
    let Some(text) = f.get("replay_config").as_str() else { return };
    let Ok(config) = serde_json::from_str::<Value>(text) else { return };
    let model = &config["agent"]["model"];
    t.model = model["name"].as_str().map(str::to_owned);
    let limit = model["per_instance_call_limit"].as_u64();
    t.turn_limit = limit.and_then(|limit| u32::try_from(limit).ok()).filter(|limit| *limit > 0);
    let known = json!({ "name": t.model, "per_instance_call_limit": t.turn_limit.unwrap_or_default() });
    if config == json!({ "agent": { "model": known } }) {
        let _nothing_else = f.any("replay_config");
    }
}

/// What the model was told before its first reply, demonstrations included.
fn opening(history: Option<Vec<Value>>) -> Vec<Message> {
    let said = history.unwrap_or_default();
    let is_reply = |message: &Value| message["role"] == "assistant" && message["is_demo"] != json!(true);
    let before = said.iter().take_while(|message| !is_reply(message));
    before
        .filter_map(|message| {
            Some(Message::new(step::role(message["role"].as_str()?)?, text_of(&message["content"])))
        })
        .collect()
}

fn read_step(mut f: Fields, told: Vec<Message>) -> Turn {
    let command = f.text("action").unwrap_or_default();
    let action = match command.as_str() {
        "" => Action::Invalid { complaint: String::new() },
        _ => Action::Shell(command),
    };
    let mut turn = Turn { told, ..Turn::of(f.text("response").unwrap_or_default(), action) };
    turn.observation = f.text("observation").unwrap_or_default();
    turn.thought = f.text("thought").unwrap_or_default();
    turn.tool_ms = f.number("execution_time").map(|seconds| seconds * 1e3);
    let _repeated = (f.list("query"), f.list("messages"));
    let mut kept = f.object("extra_info").unwrap_or_default();
    let ours = kept.any(spare::KEY);
    f.put_back("extra_info", kept);
    let state = f.object("state").unwrap_or_default();
    f.put_back("state", state);
    turn.extra = f.left();
    turn.extra.extend(ours.map(|ours| (spare::KEY.to_owned(), ours)));
    turn
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_and_totals_are_read_and_the_repeated_history_is_not_kept() {
        let doc = json!({
            "environment": "swe_main",
            "trajectory": [
                { "action": "ls\n", "observation": "a.py", "response": "I look.", "thought": "look",
                  "execution_time": 0.25, "state": { "working_dir": "/r" }, "query": [{ "role": "system" }] },
                { "action": "submit", "observation": "", "response": "Done.", "thought": "done",
                  "state": "{\"open_file\": \"n/a\"}" },
            ],
            "history": [
                { "role": "system", "content": "s", "agent": "main" },
                { "role": "assistant", "content": "example", "is_demo": true },
                { "role": "user", "content": [{ "type": "text", "text": "task" }] },
                { "role": "assistant", "content": "I look." },
            ],
            "info": { "exit_status": "submitted", "submission": "diff", "edited_files30": "",
                      "model_stats": { "instance_cost": 0.5, "tokens_sent": 900, "tokens_received": 30, "api_calls": 2 } },
            "replay_config": "{\"agent\": {\"model\": {\"name\": \"m\", \"per_instance_call_limit\": 50}}}",
        });
        let t = &read(doc, "repo__1").unwrap()[0];
        assert_eq!((t.task.as_str(), t.model.as_deref(), t.turn_limit), ("repo__1", Some("m"), Some(50)));
        assert_eq!((t.prompt_tokens, t.decode_tokens, t.cost), (Some(900), Some(30), Some(0.5)));
        let [first, last] = &t.turns[..] else { panic!() };
        assert_eq!(
            first.told.iter().map(|m| m.content.as_str()).collect::<Vec<_>>(),
            ["s", "example", "task"]
        );
        assert_eq!((first.tool_ms, first.prompt_tokens), (Some(250.0), None));
        assert_eq!(first.extra["state"]["working_dir"], "/r");
        assert_eq!(last.action, Action::Submit);
        assert_eq!(last.extra["state"], "{\"open_file\": \"n/a\"}");
        assert!(t.extra["info"].get("edited_files30").is_some() && !t.extra.contains_key("history"));
    }
}
