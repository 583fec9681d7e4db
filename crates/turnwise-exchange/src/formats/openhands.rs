//! OpenHands' `output.jsonl`: one instance a line with the events of its agent, of version 1 (`ActionEvent`,
//! `ObservationEvent`), of version 0 (`action`, `observation`), or as pairs of those.
//!
//! Its events forbid unknown keys; what is ours stands beside the history.

mod write;

use serde_json::{Map, Value, json};
use turnwise_core::{Action, Message, Role, ToolCall};

use super::{Words, atif::command, mini::read_call, object_at, talk::Talk, text_of};
use crate::{
    Trajectory, Turn,
    endings::{ending_of, hand_in_by_words},
    fields::Fields,
    moment,
    source::Fault,
    spare, step,
};

/// The format.
pub(crate) const OPENHANDS: Words = Words { write: write::write, read, place };

/// Where the spare places of the turns are.
const TURNS: &str = "turnwise_turns";

fn place(doc: &mut Value, turn: Option<usize>) -> Option<&mut Map<String, Value>> {
    match turn {
        None => doc.as_object_mut(),
        Some(index) => object_at(doc, &[TURNS, &index.to_string()]),
    }
}

fn read(doc: Value, _stem: &str) -> Result<Vec<Trajectory>, Fault> {
    let mut f = Fields::of(doc).ok_or(Fault::Lacks { what: "an object" })?;
    let mut t = Trajectory::of(f.word("instance_id").ok_or(Fault::Lacks { what: "an `instance_id`" })?);
    let history = f.list("history").ok_or(Fault::Lacks { what: "a list `history`" })?;
    t.patch = f.get("test_result")["git_patch"].as_str().unwrap_or_default().to_owned();
    let attempt = f.count("attempt").filter(|attempt| *attempt > 1);
    t.seed = attempt.map(|attempt| attempt - 1);
    t.error = f.text("error");
    configuration(&mut f, &mut t);
    let metrics = f.any("metrics").unwrap_or_default();
    let total = &metrics["accumulated_token_usage"];
    t.cost = metrics["accumulated_cost"].as_f64();
    t.prompt_tokens = total["prompt_tokens"].as_u64();
    t.decode_tokens = total["completion_tokens"].as_u64();
    let ours = f.object(spare::KEY);
    let mut spares = f.object(TURNS).unwrap_or_default();
    let mut reader =
        Reading { usages: &metrics["token_usages"], talk: Talk::default(), response: None, kept: Vec::new() };
    let events =
        history.into_iter().flat_map(|event| if let Value::Array(pair) = event { pair } else { vec![event] });
    events.filter_map(Fields::of).for_each(|event| reader.hear(event));
    let Reading { talk, kept, .. } = reader;
    t.turns = talk.turns;
    t.exit = exit_of(t.error.as_deref());
    t.ending = ending_of(&t);
    let _repeated = f.any("instruction");
    if *f.get("test_result") == json!({ "git_patch": t.patch }) {
        let _nothing_else = f.any("test_result");
    }
    t.extra = f.left();
    if !kept.is_empty() {
        t.extra.insert("history".to_owned(), Value::Array(kept));
    }
    hand_in_by_words(&mut t);
    for (index, turn) in t.turns.iter_mut().enumerate() {
        let lost = spares.object(&index.to_string()).and_then(|mut spare| spare.any(spare::KEY));
        turn.extra.extend(lost.map(|lost| (spare::KEY.to_owned(), lost)));
    }
    spare::fill_turns(&mut t);
    Ok(vec![spare::to_trajectory(t, ours)])
}

/// What an error says about limits: OpenHands has no other word for them.
fn exit_of(error: Option<&str>) -> Option<String> {
    let error = error?;
    let known = [
        ("maximum iteration", "MaxIterationsReached"),
        ("MaxIterationsReached", "MaxIterationsReached"),
        ("AgentStuckInLoop", "stuck"),
        ("maximum budget", "MaxBudgetReached"),
        ("ContextWindowExceeded", "context"),
    ];
    known.iter().find(|(part, _)| error.contains(part)).map(|(_, word)| (*word).to_owned())
}

/// The agent, model, limit and data set; all is kept but for what we write ourselves.
fn configuration(f: &mut Fields, t: &mut Trajectory) {
    let metadata = f.get("metadata");
    let text = |value: &Value| value.as_str().map(str::to_owned);
    t.agent = text(&metadata["agent"])
        .or_else(|| text(&metadata["agent_class"]).map(|class| format!("OpenHands {class}")));
    t.model = text(&metadata["llm"]["model"]).or_else(|| text(&metadata["llm_config"]["model"]));
    t.turn_limit = metadata["max_iterations"].as_u64().and_then(|limit| u32::try_from(limit).ok());
    t.suite = text(&metadata["dataset"]);
    let known = json!({
        "agent": t.agent, "llm": { "model": t.model }, "max_iterations": t.turn_limit, "dataset": t.suite,
    });
    if *metadata == known {
        let _nothing_else = f.any("metadata");
    }
}

/// A history while it is read.
struct Reading<'a> {
    usages: &'a Value,
    talk: Talk,
    /// The reply that the last action came from; several actions of one reply are one turn.
    response: Option<String>,
    /// Events that are neither said nor done.
    kept: Vec<Value>,
}

impl Reading<'_> {
    fn hear(&mut self, mut event: Fields) {
        match event.get("kind").as_str() {
            Some("ActionEvent") => {
                let call = event.object("tool_call").map(|mut call| ToolCall {
                    id: call.text("id").unwrap_or_default(),
                    name: call.text("name").unwrap_or_default(),
                    arguments: call
                        .any("arguments")
                        .map(|a| a.as_str().map_or(a.to_string(), str::to_owned))
                        .unwrap_or_default(),
                });
                let done = event.any("action").unwrap_or_default();
                let finished =
                    done["kind"] == "FinishAction" || call.as_ref().is_some_and(|call| call.name == "finish");
                let command = done["command"].as_str().map(str::to_owned);
                let thought = text_of(&event.any("thought").unwrap_or_default());
                let reasoning = event.text("reasoning_content").unwrap_or_default();
                self.act(event, Acted { finished, command, call, reply: thought, thought: reasoning });
            }
            Some("ObservationEvent") => {
                let seen = event.get("observation");
                let text = text_of(&seen["content"]);
                let text = if text.is_empty() {
                    seen["output"].as_str().unwrap_or_default().to_owned()
                } else {
                    text
                };
                let code = [&seen["exit_code"], &seen["metadata"]["exit_code"]]
                    .iter()
                    .find_map(|code| code.as_i64());
                self.observe(&text, code, event.text("tool_call_id"));
            }
            Some("AgentErrorEvent" | "UserRejectObservation") => {
                let text = event.text("error").or_else(|| event.text("rejection_reason")).unwrap_or_default();
                self.observe(&text, None, event.text("tool_call_id"));
            }
            Some("SystemPromptEvent") => {
                let text = event.get("system_prompt")["text"].as_str().unwrap_or_default().to_owned();
                self.talk.tell(Message::new(Role::System, text));
            }
            Some("MessageEvent") => {
                let message = event.any("llm_message").unwrap_or_default();
                let text = text_of(&message["content"]);
                match event.get("source").as_str() {
                    Some("agent") => {
                        self.act(
                            event,
                            Acted {
                                finished: false,
                                command: None,
                                call: None,
                                reply: text,
                                thought: String::new(),
                            },
                        );
                    }
                    _ => self.talk.tell(Message::new(
                        message["role"].as_str().and_then(step::role).unwrap_or(Role::User),
                        text,
                    )),
                }
            }
            Some(_) => self.kept.push(Value::Object(event.left())),
            None => self.hear_old(event),
        }
    }

    /// An event of version 0.
    fn hear_old(&mut self, mut event: Fields) {
        let source = event.text("source").unwrap_or_default();
        if event.has("observation") {
            let code = event.get("extras")["metadata"]["exit_code"].as_i64();
            let code = code.or_else(|| event.get("extras")["exit_code"].as_i64());
            let is_answer =
                !matches!(event.get("observation").as_str(), Some("agent_state_changed" | "recall" | "null"));
            match is_answer {
                true => self.observe(&text_of(event.get("content")), code, None),
                false => self.kept.push(Value::Object(event.left())),
            }
            return;
        }
        let Some(kind) = event.text("action") else { return self.kept.push(Value::Object(event.left())) };
        let args = event.any("args").unwrap_or_default();
        let text = |key: &str| args[key].as_str().unwrap_or_default().to_owned();
        match (kind.as_str(), source.as_str()) {
            ("system", _) => self.talk.tell(Message::new(Role::System, text("content"))),
            ("message", "user") => self.talk.tell(Message::new(Role::User, text("content"))),
            ("change_agent_state" | "recall" | "null" | "condensation", _) => {
                event.put_back("args", Fields::of(args).unwrap_or_default());
                self.kept.push(Value::Object(event.left()));
            }
            _ => {
                let meta =
                    event.get("tool_call_metadata")["model_response"]["choices"][0]["message"]["tool_calls"]
                        [0]
                    .clone();
                let command = match kind.as_str() {
                    "run" | "run_ipython" => Some(
                        args["command"].as_str().or(args["code"].as_str()).unwrap_or_default().to_owned(),
                    ),
                    "message" | "finish" => None,
                    other => Some(format!("{other} {args}")),
                };
                let reply = if kind == "message" { text("content") } else { text("thought") };
                let finished = kind == "finish";
                let call = read_call(&meta);
                self.act(event, Acted { finished, command, call, thought: reply.clone(), reply });
            }
        }
    }

    fn observe(&mut self, text: &str, code: Option<i64>, call: Option<String>) {
        if let Some(turn) = self.talk.observe(text) {
            turn.exit_code = code.and_then(|code| i32::try_from(code).ok()).or(turn.exit_code);
        }
        self.talk.tell(Message { tool_call_id: call, ..Message::new(Role::Tool, text) });
    }

    fn act(&mut self, mut event: Fields, done: Acted) {
        let old = event.get("tool_call_metadata")["model_response"]["id"].as_str().map(str::to_owned);
        let response = event.text("llm_response_id").or(old);
        let line = match (&done.command, &done.call) {
            (Some(command), _) => Some(command.clone()),
            (None, Some(call)) => Some(command(call)),
            (None, None) => None,
        };
        if response.is_some()
            && response == self.response
            && let Some(turn) = self.talk.turns.last_mut()
        {
            if let (Action::Shell(lines), Some(line)) = (&mut turn.action, line) {
                lines.push('\n');
                lines.push_str(&line);
            }
            return turn.calls.extend(done.call);
        }
        let action = match line {
            _ if done.finished => Action::Submit,
            Some(line) => Action::Shell(line),
            None => Action::Invalid { complaint: String::new() },
        };
        let mut turn = Turn { thought: done.thought, ..Turn::of(done.reply, action) };
        turn.calls.extend(done.call);
        turn.started_at = event.text("timestamp").and_then(|date| moment::read(&date)).filter(|at| *at != 0);
        let of_response =
            |usage: &&Value| response.is_some() && usage["response_id"].as_str() == response.as_deref();
        if let Some(usage) = self.usages.as_array().into_iter().flatten().find(of_response) {
            turn.prompt_tokens = usage["prompt_tokens"].as_u64();
            turn.decode_tokens = usage["completion_tokens"].as_u64();
            let cached = usage["cache_read_tokens"].as_u64();
            turn.prefill_tokens =
                turn.prompt_tokens.zip(cached).and_then(|(all, cached)| all.checked_sub(cached));
        }
        let known = ["kind", "id", "source", "tool_name", "tool_call_id", "message", "cause"];
        turn.extra = event.left();
        turn.extra.retain(|key, _| !known.contains(&key.as_str()));
        self.response = response;
        self.talk.reply(turn);
    }
}

/// What the agent did in one event.
struct Acted {
    finished: bool,
    command: Option<String>,
    call: Option<ToolCall>,
    reply: String,
    thought: String,
}

#[cfg(test)]
mod tests;
