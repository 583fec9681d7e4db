//! A trajectory and its turns as JSON in the plain shape: one key for each fact, and none for what is not known.
//!
//! It is the shape of `turnwise import turns`, and what the other formats' spare places hold (see [`crate::spare`]).

use serde_json::{Map, Value, json};
use turnwise_core::{Action, Finish, Message, Role, ToolCall};

use crate::{
    endings,
    fields::Fields,
    moment,
    trajectory::{Extra, Trajectory, Turn, Work},
};

/// What [`of_trajectory`] may write.
pub(crate) const RUN_KEYS: [&str; 23] = [
    "set",
    "run",
    "agent",
    "model",
    "task",
    "policy",
    "seed",
    "limit",
    "turns",
    "resolved",
    "score",
    "exit",
    "ending",
    "error",
    "tokens_in",
    "tokens_out",
    "cost",
    "patch",
    "started_at",
    "ended_at",
    "wall_ms",
    "steps",
    "extra",
];

/// What [`of_turn`] may write, and the number of the step.
pub(crate) const STEP_KEYS: [&str; 28] = [
    "n",
    "kind",
    "act",
    "complaint",
    "obs",
    "think",
    "reply",
    "calls",
    "told",
    "rc",
    "tin",
    "tout",
    "cached",
    "prefill",
    "cost",
    "reward",
    "signals",
    "t",
    "model_ms",
    "tool_ms",
    "entropy",
    "logprob",
    "finish",
    "asks_more",
    "patch_lines",
    "patch_digest",
    "extra",
    "turnwise",
];

/// An object that is filled with what is known.
#[derive(Default)]
struct Facts(Map<String, Value>);

impl Facts {
    fn put(&mut self, key: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.0.insert(key.to_owned(), value.into());
        }
    }

    fn text(&mut self, key: &str, text: &str) {
        self.put(key, (!text.is_empty()).then_some(text));
    }

    fn extra(&mut self, extra: &Extra) {
        self.put("extra", (!extra.is_empty()).then(|| extra.clone()));
    }
}

/// What is known of a trajectory beside its turns.
pub(crate) fn of_trajectory(t: &Trajectory) -> Map<String, Value> {
    let mut facts = Facts::default();
    facts.put("set", t.suite.as_deref());
    facts.text("run", &t.name);
    facts.put("agent", t.agent.as_deref());
    facts.put("model", t.model.as_deref());
    facts.put("task", Some(&*t.task));
    facts.put("policy", t.policy.as_deref());
    facts.put("seed", t.seed);
    facts.put("limit", t.turn_limit);
    facts.put("turns", Some(t.turns.len()));
    facts.put("resolved", t.solved);
    facts.put("score", t.score);
    facts.put("exit", t.exit.as_deref());
    facts.put("ending", Some(t.ending.as_str()));
    facts.put("error", t.error.as_deref());
    facts.put("tokens_in", t.prompt_tokens);
    facts.put("tokens_out", t.decode_tokens);
    facts.put("cost", t.cost);
    facts.text("patch", &t.patch);
    facts.put("started_at", t.started_at);
    facts.put("ended_at", t.ended_at);
    facts.put("wall_ms", t.wall_ms);
    facts.extra(&t.extra);
    facts.0
}

/// Reads what [`of_trajectory`] writes; `None` where there is no task.
pub(crate) fn to_trajectory(mut f: Fields, turns: Vec<Turn>) -> Option<Trajectory> {
    let mut t = Trajectory { turns, ..Trajectory::of(f.word("task")?) };
    t.suite = f.text("set");
    t.name = f.word("run").unwrap_or_default();
    t.agent = f.text("agent");
    t.model = f.text("model");
    t.policy = f.text("policy");
    t.seed = f.count("seed");
    t.turn_limit = f.small("limit").filter(|limit| *limit > 0);
    let _counted_again = f.count("turns");
    t.solved = f.flag("resolved");
    t.score = f.number("score");
    t.exit = f.text("exit");
    let ending = f.text("ending").and_then(|word| word.parse().ok());
    t.error = f.text("error");
    t.prompt_tokens = f.count("tokens_in");
    t.decode_tokens = f.count("tokens_out");
    t.cost = f.number("cost");
    t.patch = f.text("patch").unwrap_or_default();
    t.started_at = f.integer("started_at");
    t.ended_at = f.integer("ended_at");
    t.wall_ms = f.count("wall_ms");
    t.extra = rest(f);
    t.ending = ending.unwrap_or_else(|| endings::ending_of(&t));
    Some(t)
}

/// What is known of a turn.
pub(crate) fn of_turn(turn: &Turn) -> Map<String, Value> {
    let mut facts = Facts::default();
    facts.put("kind", Some(turn.action.kind().as_str()));
    match &turn.action {
        Action::Shell(command) => facts.put("act", Some(&**command)),
        Action::Submit => {}
        Action::Invalid { complaint } => facts.text("complaint", complaint),
    }
    facts.text("obs", &turn.observation);
    facts.text("think", &turn.thought);
    facts.put("reply", (turn.reply != composed(turn)).then_some(&*turn.reply));
    facts.put("calls", (!turn.calls.is_empty()).then(|| calls(&turn.calls)));
    facts.put("told", (!turn.told.is_empty()).then(|| turn.told.iter().map(message).collect::<Vec<_>>()));
    facts.put("rc", turn.exit_code);
    facts.put("tin", turn.prompt_tokens);
    facts.put("tout", turn.decode_tokens);
    match turn.prompt_tokens.zip(turn.prefill_tokens).and_then(|(all, computed)| all.checked_sub(computed)) {
        Some(cached) => facts.put("cached", Some(cached)),
        None => facts.put("prefill", turn.prefill_tokens),
    }
    facts.put("cost", turn.cost);
    let reward = |name: &str| name == "reward";
    facts.put("reward", turn.signals.iter().find(|(name, _)| reward(name)).map(|(_, value)| *value));
    let others: Map<_, _> = turn
        .signals
        .iter()
        .filter(|(name, _)| !reward(name))
        .map(|(name, value)| (name.clone(), json!(value)))
        .collect();
    facts.put("signals", (!others.is_empty()).then_some(others));
    facts.put("t", turn.started_at.map(moment::to_seconds));
    facts.put("model_ms", turn.model_ms);
    facts.put("tool_ms", turn.tool_ms);
    facts.put("entropy", turn.entropy_mean);
    facts.put("logprob", turn.logprob_mean);
    facts.put("finish", (turn.finish != Finish::Stop).then(|| finish_word(turn.finish)));
    facts.put("asks_more", turn.asks_more.then_some(true));
    if let Some(Work { lines, digest }) = &turn.work {
        facts.put("patch_lines", Some(*lines));
        facts.put("patch_digest", Some(&**digest));
    }
    facts.extra(&turn.extra);
    facts.0
}

/// Reads what [`of_turn`] writes, and what strangers write of a turn.
pub(crate) fn to_turn(mut f: Fields) -> Turn {
    let kind = f.text("kind");
    let act = f.text("act");
    let complaint = f.text("complaint").unwrap_or_default();
    let mut turn = Turn::of(
        String::new(),
        match (kind.as_deref(), &act) {
            (Some("submit"), _) => Action::Submit,
            (Some("invalid"), _) | (_, None) => Action::Invalid { complaint },
            (_, Some(command)) => Action::Shell(command.clone()),
        },
    );
    turn.observation = f.text("obs").unwrap_or_default();
    turn.thought = f.text("think").unwrap_or_default();
    turn.calls =
        f.list("calls").map(|list| list.into_iter().filter_map(to_call).collect()).unwrap_or_default();
    turn.told =
        f.list("told").map(|list| list.into_iter().filter_map(to_message).collect()).unwrap_or_default();
    turn.reply = f.text("reply").unwrap_or_else(|| composed(&turn));
    turn.exit_code = f.integer("rc");
    turn.prompt_tokens = f.count("tin");
    turn.decode_tokens = f.count("tout");
    let cached = f.count("cached");
    let computed = turn.prompt_tokens.zip(cached).and_then(|(all, cached)| all.checked_sub(cached));
    turn.prefill_tokens = f.count("prefill").or(computed);
    turn.cost = f.number("cost");
    turn.signals = signals(&mut f);
    turn.started_at = f.number("t").and_then(moment::of_seconds);
    turn.model_ms = f.number("model_ms");
    turn.tool_ms = f.number("tool_ms");
    turn.entropy_mean = f.number("entropy");
    turn.logprob_mean = f.number("logprob");
    turn.finish = f.text("finish").and_then(|word| finish_of(&word)).unwrap_or(Finish::Stop);
    turn.asks_more = f.flag("asks_more").unwrap_or_default();
    let digest = f.text("patch_digest");
    turn.work = f.count("patch_lines").map(|lines| Work { lines, digest: digest.unwrap_or_default() });
    turn.extra = rest(f);
    turn
}

fn signals(f: &mut Fields) -> Vec<(String, f64)> {
    let mut signals: Vec<(String, f64)> = Vec::new();
    if let Some(others) = f.object("signals") {
        let numbers = others.left().into_iter().filter_map(|(name, value)| Some((name, value.as_f64()?)));
        signals.extend(numbers);
    }
    signals.extend(f.number("reward").map(|reward| ("reward".to_owned(), reward)));
    signals.sort_by(|a, b| a.0.cmp(&b.0));
    signals
}

/// The unknown keys, and those that were unknown before.
fn rest(mut f: Fields) -> Extra {
    let mut extra = f.object("extra").map(Fields::left).unwrap_or_default();
    extra.extend(f.left());
    extra
}

/// The reply of a record that keeps only thought and action.
fn composed(turn: &Turn) -> String {
    let command = match &turn.action {
        Action::Shell(command) => command.as_str(),
        Action::Submit | Action::Invalid { .. } => "",
    };
    match (turn.thought.as_str(), command) {
        (thought, "") => thought.to_owned(),
        ("", command) => command.to_owned(),
        (thought, command) => format!("{thought}\n\n{command}"),
    }
}

/// A message as an object.
pub(crate) fn message(message: &Message) -> Value {
    let mut facts = Facts::default();
    facts.put("role", Some(message.role.as_str()));
    facts.put("content", Some(&*message.content));
    facts.put("calls", (!message.tool_calls.is_empty()).then(|| calls(&message.tool_calls)));
    facts.put("call", message.tool_call_id.as_deref());
    Value::Object(facts.0)
}

fn to_message(value: Value) -> Option<Message> {
    let mut f = Fields::of(value)?;
    Some(Message {
        role: role(&f.text("role")?)?,
        content: f.text("content").unwrap_or_default(),
        tool_calls: f.list("calls").unwrap_or_default().into_iter().filter_map(to_call).collect(),
        tool_call_id: f.text("call"),
    })
}

/// A role by its name.
pub(crate) fn role(word: &str) -> Option<Role> {
    [Role::System, Role::User, Role::Assistant, Role::Tool].into_iter().find(|role| role.as_str() == word)
}

fn calls(calls: &[ToolCall]) -> Value {
    calls
        .iter()
        .map(|call| json!({ "id": call.id, "name": call.name, "arguments": call.arguments }))
        .collect()
}

fn to_call(value: Value) -> Option<ToolCall> {
    let mut f = Fields::of(value)?;
    Some(ToolCall { id: f.text("id")?, name: f.text("name")?, arguments: f.text("arguments")? })
}

fn finish_word(finish: Finish) -> &'static str {
    match finish {
        Finish::Stop => "stop",
        Finish::Length => "length",
        Finish::ContextFull => "context_full",
    }
}

/// How a reply ended, in the words of several tools.
pub(crate) fn finish_of(word: &str) -> Option<Finish> {
    match word {
        "stop" | "tool_calls" | "end_turn" | "tool_use" => Some(Finish::Stop),
        "length" | "max_tokens" => Some(Finish::Length),
        "context_full" | "model_length" => Some(Finish::ContextFull),
        _ => None,
    }
}
