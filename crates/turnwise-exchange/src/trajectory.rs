//! A trajectory in our own words: what a file says of one attempt at one task.

use serde_json::{Map, Value};
use turnwise_core::{Action, Ending, Finish, Message, ToolCall};

/// What a reader did not understand, by its keys.
pub type Extra = Map<String, Value>;

/// One attempt at one task, as a file tells it.
#[derive(Clone, Debug, PartialEq)]
pub struct Trajectory {
    /// What the file calls it; empty where it has no name.
    pub name: String,
    /// The suite, data set or eval.
    pub suite: Option<String>,
    /// The task's id.
    pub task: String,
    /// The agent or harness that ran it, with its version.
    pub agent: Option<String>,
    /// The model's name.
    pub model: Option<String>,
    /// The policy it was run under, where a file of ours says so.
    pub policy: Option<String>,
    /// Its seed, or the number of the repeat.
    pub seed: Option<u64>,
    /// The limit of turns.
    pub turn_limit: Option<u32>,
    /// Why it ended, in the file's own word.
    pub exit: Option<String>,
    /// Why it ended, in ours.
    pub ending: Ending,
    /// The harness's failure in words.
    pub error: Option<String>,
    /// Whether it solved the task.
    pub solved: Option<bool>,
    /// How well, in [0, 1].
    pub score: Option<f64>,
    /// The work as a unified diff; empty where there is none.
    pub patch: String,
    /// What the model was shown in all, in tokens, where the file says so.
    pub prompt_tokens: Option<u64>,
    /// What it wrote in all.
    pub decode_tokens: Option<u64>,
    /// What it cost in all, in dollars.
    pub cost: Option<f64>,
    /// When it began, in milliseconds since the epoch.
    pub started_at: Option<i64>,
    /// When it ended.
    pub ended_at: Option<i64>,
    /// How long it took, in milliseconds.
    pub wall_ms: Option<u64>,
    /// Its turns, in order.
    pub turns: Vec<Turn>,
    /// The rest.
    pub extra: Extra,
}

/// One reply, the action in it and what came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Turn {
    /// What the model was told since its last reply.
    pub told: Vec<Message>,
    /// Its reply.
    pub reply: String,
    /// The tools that it called.
    pub calls: Vec<ToolCall>,
    /// Why the reply ended.
    pub finish: Finish,
    /// What it thought.
    pub thought: String,
    /// What it did.
    pub action: Action,
    /// Whether it asked for more turns.
    pub asks_more: bool,
    /// What came of it.
    pub observation: String,
    /// The command's exit status.
    pub exit_code: Option<i32>,
    /// The state of the work afterwards.
    pub work: Option<Work>,
    /// What the model was shown, in tokens.
    pub prompt_tokens: Option<u64>,
    /// What of that had to be computed.
    pub prefill_tokens: Option<u64>,
    /// What it wrote.
    pub decode_tokens: Option<u64>,
    /// What the reply cost, in dollars.
    pub cost: Option<f64>,
    /// Mean entropy of its tokens, in nats.
    pub entropy_mean: Option<f64>,
    /// Mean log-probability of its tokens, in nats.
    pub logprob_mean: Option<f64>,
    /// Named numbers that were measured, sorted by name; each is finite.
    pub signals: Vec<(String, f64)>,
    /// How long the model took, in milliseconds.
    pub model_ms: Option<f64>,
    /// How long the action took, in milliseconds.
    pub tool_ms: Option<f64>,
    /// When it began, in milliseconds since the epoch.
    pub started_at: Option<i64>,
    /// The rest.
    pub extra: Extra,
}

/// The state of the work after an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Work {
    /// Added plus removed lines.
    pub lines: u64,
    /// A hash of the patch.
    pub digest: String,
}

impl Trajectory {
    /// A trajectory of which nothing is known but its task.
    pub fn of(task: impl Into<String>) -> Self {
        Self {
            name: String::new(),
            suite: None,
            task: task.into(),
            agent: None,
            model: None,
            policy: None,
            seed: None,
            turn_limit: None,
            exit: None,
            ending: Ending::Submitted,
            error: None,
            solved: None,
            score: None,
            patch: String::new(),
            prompt_tokens: None,
            decode_tokens: None,
            cost: None,
            started_at: None,
            ended_at: None,
            wall_ms: None,
            turns: Vec::new(),
            extra: Extra::new(),
        }
    }
}

impl Turn {
    /// A turn of which nothing is known but its reply and action.
    pub fn of(reply: impl Into<String>, action: Action) -> Self {
        Self {
            told: Vec::new(),
            reply: reply.into(),
            calls: Vec::new(),
            finish: Finish::Stop,
            thought: String::new(),
            action,
            asks_more: false,
            observation: String::new(),
            exit_code: None,
            work: None,
            prompt_tokens: None,
            prefill_tokens: None,
            decode_tokens: None,
            cost: None,
            entropy_mean: None,
            logprob_mean: None,
            signals: Vec::new(),
            model_ms: None,
            tool_ms: None,
            started_at: None,
            extra: Extra::new(),
        }
    }
}
