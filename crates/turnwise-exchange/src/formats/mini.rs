//! mini-swe-agent's `.traj.json`, versions 1 and 1.1: the messages as they were said, each with an `extra`.
//!
//! The raw replies of providers are kept as they are, with what was understood of them. A trace back is kept as the
//! error's text.

use serde_json::{Map, Value, json};
use turnwise_core::{Action, Ending, Message, Role, ToolCall};

use super::{
    Draft, Words, object_at,
    talk::{Said, Talk, said},
    text_of,
};
use crate::{
    Trajectory, Turn,
    endings::{ending_of, hand_in, word},
    fields::Fields,
    moment,
    source::Fault,
    spare, step,
};

/// The format.
pub(crate) const MINI: Words = Words { write, read, place };

/// What the last command is where only the handing in is known.
const HAND_IN: &str = "echo COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT";
/// How it says why it ended.
const EXITS: [(Ending, &str); 5] = [
    (Ending::Submitted, "Submitted"),
    (Ending::TurnLimit, "LimitsExceeded"),
    (Ending::TimeLimit, "TimeExceeded"),
    (Ending::FormatErrors, "RepeatedFormatError"),
    (Ending::Interrupted, "UserInterruption"),
];
/// How a command stands in a reply, in versions 2 and 1.
const FENCES: [(&str, &str); 3] =
    [("```mswea_bash_command", "```"), ("<mswea_bash_command>", "</mswea_bash_command>"), ("```bash", "```")];

fn place(doc: &mut Value, turn: Option<usize>) -> Option<&mut Map<String, Value>> {
    match turn {
        None => object_at(doc, &["info"]),
        Some(index) => object_at(doc.get_mut("messages")?.get_mut(index)?, &["extra"]),
    }
}

fn write(t: &Trajectory) -> Draft {
    let (mut messages, mut turns) = (Vec::new(), Vec::new());
    for part in said(t) {
        messages.push(match part {
            Said::Told(message) => told(message),
            Said::Reply(turn) => {
                turns.push(messages.len());
                reply(turn)
            }
            Said::Observed(turn, message) => observed(turn, message),
        });
    }
    let exit = word(t, &EXITS);
    messages.push(json!({
        "role": "exit", "content": t.patch, "extra": { "exit_status": exit, "submission": t.patch },
    }));
    let doc = json!({
        "info": {
            "model_stats": { "instance_cost": t.cost.unwrap_or_default(), "api_calls": t.turns.len() },
            "config": {
                "agent": { "step_limit": t.turn_limit.unwrap_or_default() },
                "model": { "model_name": t.model },
            },
            "mini_version": t.agent.as_deref().and_then(|agent| agent.strip_prefix("mini-swe-agent ")).unwrap_or("2"),
            "exit_status": exit,
            "submission": t.patch,
        },
        "messages": messages,
        "trajectory_format": "mini-swe-agent-1.1",
        "instance_id": t.task,
    });
    Draft { doc, turns }
}

fn told(message: &Message) -> Value {
    let mut object = json!({ "role": message.role.as_str(), "content": message.content });
    if let Some(call) = &message.tool_call_id {
        object["tool_call_id"] = json!(call);
    }
    if message.role == Role::Assistant {
        // Said to the model, not by it: an example, or its own report.
        object["extra"] = json!({ spare::KEY: { "told": true } });
    }
    object
}

fn reply(turn: &Turn) -> Value {
    let mut extra = Map::new();
    let call = |index: usize| turn.calls.get(index).map(|call| call.id.clone());
    let command = match &turn.action {
        Action::Shell(command) => Some(command.as_str()),
        Action::Submit => Some(HAND_IN),
        Action::Invalid { .. } => None,
    };
    let actions: Vec<Value> =
        command.iter().map(|command| json!({ "command": command, "tool_call_id": call(0) })).collect();
    extra.insert("actions".to_owned(), json!(actions));
    extra.insert("cost".to_owned(), json!(turn.cost.unwrap_or_default()));
    if let Some(at) = turn.started_at {
        extra.insert("timestamp".to_owned(), json!(moment::to_seconds(at)));
    }
    if let (Some(prompt), Some(decode)) = (turn.prompt_tokens, turn.decode_tokens) {
        let mut usage = json!({ "prompt_tokens": prompt, "completion_tokens": decode });
        if let Some(cached) = turn.prefill_tokens.and_then(|computed| prompt.checked_sub(computed)) {
            usage["prompt_tokens_details"] = json!({ "cached_tokens": cached });
        }
        extra.insert("usage".to_owned(), usage);
    }
    let mut object = json!({ "role": "assistant", "content": turn.reply });
    if !turn.calls.is_empty() {
        object["tool_calls"] = turn.calls.iter().map(call_object).collect();
    }
    object["extra"] = Value::Object(extra);
    object
}

/// A call as OpenAI's protocol has it.
pub(super) fn call_object(call: &ToolCall) -> Value {
    json!({ "id": call.id, "type": "function", "function": { "name": call.name, "arguments": call.arguments } })
}

fn observed(turn: &Turn, message: Option<&Message>) -> Value {
    let mut object = message.map_or_else(|| json!({ "role": "user", "content": turn.observation }), told);
    object["extra"] = json!({ "raw_output": turn.observation, "returncode": turn.exit_code });
    object
}

fn read(doc: Value, stem: &str) -> Result<Vec<Trajectory>, Fault> {
    let mut f = Fields::of(doc).ok_or(Fault::Lacks { what: "an object" })?;
    let messages = f.list("messages").ok_or(Fault::Lacks { what: "a list `messages`" })?;
    let mut info = f.object("info").ok_or(Fault::Lacks { what: "an object `info`" })?;
    let mut t = Trajectory::of(f.text("instance_id").unwrap_or_else(|| stem.to_owned()));
    t.agent = Some(match info.word("mini_version") {
        Some(version) => format!("mini-swe-agent {version}"),
        None => "mini-swe-agent".to_owned(),
    });
    configuration(&mut info, &mut t);
    t.exit = info.text("exit_status").filter(|word| !word.is_empty());
    t.patch = info.text("submission").unwrap_or_default();
    t.error = info.text("exception_str").or_else(|| info.text("traceback"));
    if let Some(mut stats) = info.object("model_stats") {
        t.cost = stats.number("instance_cost");
        let _counted_again = stats.count("api_calls");
        info.put_back("model_stats", stats);
    }
    let ours = info.object(spare::KEY);
    let mut talk = Talk::default();
    for message in messages {
        let message = Fields::of(message).ok_or(Fault::Lacks { what: "an object for each message" })?;
        hear(&mut talk, message);
    }
    t.turns = talk.turns;
    t.ending = ending_of(&t);
    f.put_back("info", info);
    let _known = f.text("trajectory_format");
    t.extra = f.left();
    hand_in(&mut t);
    spare::fill_turns(&mut t);
    Ok(vec![spare::to_trajectory(t, ours)])
}

/// The model and the limit; the rest of the configuration is kept.
fn configuration(info: &mut Fields, t: &mut Trajectory) {
    let config = info.get("config");
    t.model = config["model"]["model_name"].as_str().map(str::to_owned);
    let limit = config["agent"]["step_limit"].as_u64();
    t.turn_limit = limit.and_then(|limit| u32::try_from(limit).ok()).filter(|limit| *limit > 0);
    let known = json!({
        "agent": { "step_limit": t.turn_limit.unwrap_or_default() }, "model": { "model_name": t.model },
    });
    if *config == known {
        let _nothing_else = info.any("config");
    }
}

fn hear(talk: &mut Talk, mut message: Fields) {
    let mut extra = message.object("extra").unwrap_or_default();
    let is_example = extra.get(spare::KEY)["told"] == json!(true);
    let word = message.text("role");
    let kind = message.get("type").as_str().unwrap_or_default().to_owned();
    if word.as_deref() == Some("exit") {
        return;
    }
    if !is_example && (word.as_deref() == Some("assistant") || message.get("object") == "response") {
        return talk.reply(read_reply(message, extra));
    }
    if extra.get("interrupt_type") == "FormatError" {
        // A reply without an action is not among the messages; what the model wrote is told with the complaint.
        let content = text_of(message.get("content"));
        let complaint = Action::Invalid { complaint: content.clone() };
        let reply = extra.text("model_response").unwrap_or_default();
        talk.reply(Turn { cost: extra.number("cost"), extra: extra.left(), ..Turn::of(reply, complaint) });
        return talk.tell(Message::new(Role::User, content));
    }
    let answers = kind == "function_call_output" || word.as_deref() == Some("tool");
    let content = match kind.as_str() {
        "function_call_output" => text_of(message.get("output")),
        _ => text_of(message.get("content")),
    };
    let raw = extra.text("raw_output");
    if answers || raw.is_some() || (word.as_deref() == Some("user") && talk.expects_observation()) {
        let code = extra.integer("returncode");
        let at = extra.number("timestamp");
        if let Some(turn) = talk.observe(raw.as_deref().unwrap_or(&content)) {
            turn.exit_code = code.or(turn.exit_code);
            turn.tool_ms =
                at.zip(turn.started_at).and_then(|(at, from)| Some((moment::of_seconds(at)? - from) as f64));
            let kept = extra.left();
            if kept.values().any(|value| !value.is_null()) {
                turn.extra.insert("observed".to_owned(), Value::Object(kept));
            }
        }
    }
    let role = if answers { Role::Tool } else { word.as_deref().and_then(step::role).unwrap_or(Role::User) };
    let call = message.text("tool_call_id").or_else(|| message.text("call_id"));
    talk.tell(Message { tool_call_id: call, ..Message::new(role, content) });
}

fn read_reply(mut message: Fields, mut extra: Fields) -> Turn {
    let (reply, calls) = match message.list("output") {
        Some(items) => responses(&items),
        None => {
            let calls = message.list("tool_calls").unwrap_or_default();
            let content = message.any("content").unwrap_or_default();
            (text_of(&content), calls.iter().filter_map(read_call).collect())
        }
    };
    let commands: Option<Vec<String>> = extra.list("actions").map(|actions| {
        actions.iter().filter_map(|action| Some(action["command"].as_str()?.to_owned())).collect()
    });
    let fenced = in_fence(&reply);
    let commands =
        commands.unwrap_or_else(|| fenced.iter().map(|(_, command)| (*command).to_owned()).collect());
    let thought = fenced.map_or(reply.as_str(), |(before, _)| before).to_owned();
    let action = match commands.as_slice() {
        [] => Action::Invalid { complaint: String::new() },
        commands => Action::Shell(commands.join("\n")),
    };
    let mut turn = Turn { thought, calls, ..Turn::of(reply, action) };
    turn.cost = extra.number("cost");
    turn.started_at = extra.number("timestamp").and_then(moment::of_seconds);
    match extra.object("usage") {
        Some(usage) => tokens(&Value::Object(usage.left()), &mut turn),
        None => tokens(&extra.get("response")["usage"], &mut turn),
    }
    let finish = extra.get("response")["choices"][0]["finish_reason"].as_str();
    turn.finish = finish.and_then(step::finish_of).unwrap_or(turn.finish);
    turn.extra = extra.left();
    let _known = (message.text("role"), message.text("object"));
    turn.extra.extend(message.left());
    turn
}

/// The tokens as providers count them, in the two protocols of OpenAI.
pub(super) fn tokens(usage: &Value, turn: &mut Turn) {
    let first = |keys: [&str; 2]| keys.iter().find_map(|key| usage[*key].as_u64());
    turn.prompt_tokens = first(["prompt_tokens", "input_tokens"]);
    turn.decode_tokens = first(["completion_tokens", "output_tokens"]);
    let cached = ["prompt_tokens_details", "input_tokens_details"]
        .iter()
        .find_map(|key| usage[*key]["cached_tokens"].as_u64());
    turn.prefill_tokens = turn.prompt_tokens.zip(cached).and_then(|(all, cached)| all.checked_sub(cached));
}

/// A call of OpenAI's protocol.
pub(super) fn read_call(call: &Value) -> Option<ToolCall> {
    let arguments = &call["function"]["arguments"];
    let arguments = arguments.as_str().map_or_else(|| arguments.to_string(), str::to_owned);
    let name = call["function"]["name"].as_str()?.to_owned();
    Some(ToolCall { id: call["id"].as_str().unwrap_or_default().to_owned(), name, arguments })
}

/// A reply of the Responses protocol: its texts and calls.
fn responses(items: &[Value]) -> (String, Vec<ToolCall>) {
    let mut texts = Vec::new();
    let mut calls = Vec::new();
    for item in items {
        match item["type"].as_str() {
            Some("message") => texts.push(text_of(&item["content"])),
            Some("function_call") => calls.push(ToolCall {
                id: item["call_id"].as_str().unwrap_or_default().to_owned(),
                name: item["name"].as_str().unwrap_or_default().to_owned(),
                arguments: item["arguments"].as_str().unwrap_or_default().to_owned(),
            }),
            _ => {}
        }
    }
    (texts.join("\n"), calls)
}

/// The text before a reply's fence, and the command in it.
fn in_fence(reply: &str) -> Option<(&str, &str)> {
    FENCES.iter().find_map(|(open, close)| {
        let (before, rest) = reply.split_once(open)?;
        let (command, _) = rest.split_once(close)?;
        Some((before.trim(), command.trim()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_without_an_action_is_in_the_complaint() {
        let doc = json!({
            "info": { "exit_status": "RepeatedFormatError", "submission": "" }, "instance_id": "k",
            "messages": [
                { "role": "system", "content": "s" }, { "role": "user", "content": "u" },
                { "role": "user", "content": "exactly one", "extra": {
                    "interrupt_type": "FormatError", "model_response": "no fence" } },
                { "role": "exit", "content": "", "extra": {} },
            ],
        });
        let t = &read(doc, "").unwrap()[0];
        assert_eq!(t.ending, Ending::FormatErrors);
        assert_eq!(t.turns[0].reply, "no fence");
        assert_eq!(t.turns[0].told.len(), 2);
        assert_eq!(t.turns[0].action, Action::Invalid { complaint: "exactly one".to_owned() });
    }

    #[test]
    fn version_1_has_fences_and_the_responses_protocol_items() {
        let doc = json!({
            "info": { "exit_status": "Submitted", "submission": "diff" },
            "messages": [
                { "role": "user", "content": "u" },
                { "role": "assistant", "content": "Look.\n```bash\nls -l\n```" },
                { "role": "user", "content": "<returncode>0</returncode>" },
                { "object": "response", "output": [
                    { "type": "message", "content": [{ "type": "output_text", "text": "Now." }] },
                    { "type": "function_call", "call_id": "c1", "name": "bash", "arguments": "{}" } ],
                  "extra": { "actions": [{ "command": "pwd", "tool_call_id": "c1" }],
                             "response": { "usage": { "input_tokens": 9, "output_tokens": 2 } } } },
                { "type": "function_call_output", "call_id": "c1", "output": "/", "extra": { "returncode": 0 } },
            ],
        });
        let t = &read(doc, "stem").unwrap()[0];
        assert_eq!((t.task.as_str(), t.patch.as_str(), t.turns.len()), ("stem", "diff", 2));
        let [first, second] = &t.turns[..] else { panic!() };
        assert_eq!((first.thought.as_str(), first.action.text()), ("Look.", "ls -l"));
        assert_eq!(first.observation, "<returncode>0</returncode>");
        assert_eq!((second.reply.as_str(), second.action.text()), ("Now.", "pwd"));
        assert_eq!((second.observation.as_str(), second.exit_code), ("/", Some(0)));
        assert_eq!(
            (second.prompt_tokens, second.decode_tokens, second.prefill_tokens),
            (Some(9), Some(2), None)
        );
        assert_eq!(second.calls[0].id, "c1");
    }
}
