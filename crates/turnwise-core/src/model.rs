//! The contract of a model: it opens conversations, and a conversation gives replies.

use crate::{BoxFuture, Message, Origin, Said, SharedWatcher, Source, States, Task, Tool, ToolCall};

/// How replies are drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Sampling {
    /// 0 is greedy.
    pub temperature: f64,
    /// Only the `k` likeliest tokens; 0 is off.
    pub top_k: usize,
    /// Only the likeliest tokens that hold this much probability; 1 is off.
    pub top_p: f64,
    /// Only tokens at least this share as likely as the likeliest (Nguyen et al. 2024); 0 is off.
    pub min_p: f64,
    /// What the logits of tokens that occurred already are divided by, or multiplied with where they are negative
    /// (Keskar et al. 2019); 1 is off.
    pub repetition_penalty: f64,
    /// The longest reply, in tokens.
    pub max_tokens: usize,
}

impl Sampling {
    /// The likeliest token each time.
    pub fn greedy(max_tokens: usize) -> Self {
        Self { temperature: 0.0, top_k: 0, top_p: 1.0, min_p: 0.0, repetition_penalty: 1.0, max_tokens }
    }
}

/// What a conversation is opened with.
#[derive(Clone, Debug)]
pub struct SessionSpec<'a> {
    /// The task, for models that know its solution (`gold`) or have it recorded (`scripted`).
    pub task: &'a Task,
    /// How replies are drawn.
    pub sampling: Sampling,
    /// The seed of the sampling.
    pub seed: u64,
    /// How it is spoken.
    pub style: &'a Style,
}

/// How a conversation is spoken, beyond what is said in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Style {
    /// The tools that the model may call; none where commands are written as text.
    pub tools: Vec<Tool>,
    /// A reply ends as soon as one of these has been written. A model in the process keeps it in the reply's
    /// text; an endpoint may cut it off.
    pub stop: Vec<String>,
    /// Whether the model is to think before it answers, for chat templates that have a switch for it
    /// (`enable_thinking`); `None` leaves the template's own default.
    pub enable_thinking: Option<bool>,
    /// How the model's earlier replies stand in its prompt.
    pub earlier: Earlier,
}

/// How the model's earlier replies stand in its prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Earlier {
    /// As they were written, thinking included: what was computed for them is never computed again.
    AsWritten,
    /// As the chat template puts them, which may drop their thinking: then a turn computes its predecessor again.
    ByTemplate,
}

impl Style {
    /// Text only: no tools, no stop strings, the template's own default of thinking, replies as written.
    pub const PLAIN: Self =
        Self { tools: Vec::new(), stop: Vec::new(), enable_thinking: None, earlier: Earlier::AsWritten };
}

/// What is recorded about a model, so that a run can be repeated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelInfo {
    /// The short name used in tables.
    pub name: String,
    /// The full specification as the user gave it.
    pub spec: String,
    /// A hash over the files that decide its replies (weights, tokenizer, chat template), in hex; for a model
    /// without files its name.
    pub hash: String,
    /// Where it runs: `cpu`, `cuda:0`, `remote`, `none`.
    pub device: String,
    /// The longest conversation, in tokens; `None` if there is no limit.
    pub context: Option<usize>,
    /// The prompt style it was made for: a profile's name.
    pub profile: String,
}

/// Why a reply ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finish {
    /// The model ended its turn.
    Stop,
    /// It reached `max_tokens`.
    Length,
    /// The conversation no longer fits the context. The reply may be cut or empty.
    ContextFull,
}

/// What a reply cost, in tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// What the model was shown.
    pub prompt_tokens: u64,
    /// What of that had to be computed, the rest being cached.
    pub prefill_tokens: u64,
    /// What it wrote.
    pub decode_tokens: u64,
}

/// Means over the tokens of a reply.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct TokenStats {
    /// Mean entropy of the next-token distribution, in nats.
    pub entropy_mean: Option<f64>,
    /// Mean log-probability of the chosen tokens, in nats.
    pub logprob_mean: Option<f64>,
}

/// One reply.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// The text, thinking included, without the end-of-turn token. A model in the process leaves the text
    /// of its tool calls in it; an endpoint gives them beside it.
    pub text: String,
    /// The tools it calls; empty unless the conversation has tools.
    pub tool_calls: Vec<ToolCall>,
    /// The tokens of the text where the model has them; what [`Conversation::restore`] takes.
    pub tokens: Vec<u32>,
    /// Why it ended.
    pub finish: Finish,
    /// What it cost.
    pub usage: Usage,
    /// What was measured on its tokens.
    pub stats: TokenStats,
    /// What its watcher measured on it ([`Watcher::measures`](crate::Watcher::measures)), by name.
    pub measured: Vec<(String, f64)>,
    /// The hidden states at its end, where its watcher kept them ([`Watcher::states`](crate::Watcher::states)).
    pub states: Option<States>,
    /// Where it comes from; `None` where nobody keeps account of that.
    pub origin: Option<Origin>,
}

impl Reply {
    /// A reply of which nothing is known but its text: it ended by itself and cost nothing.
    pub fn saying(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            tool_calls: Vec::new(),
            tokens: Vec::new(),
            finish: Finish::Stop,
            usage: Usage::default(),
            stats: TokenStats::default(),
            measured: Vec::new(),
            states: None,
            origin: None,
        }
    }
}

/// A failure of the model as a part of the harness: never shown to the model, never a failed trial.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// The model's worker is gone.
    #[error("model `{model}` stopped answering; run the same command again to continue")]
    Gone {
        /// The model's name.
        model: String,
    },
    /// It failed to compute or fetch a reply.
    #[error("model `{model}` failed to reply")]
    Failed {
        /// The model's name.
        model: String,
        /// Why.
        #[source]
        source: Source,
    },
}

/// A model. Cheap to share; conversations are independent of one another.
pub trait Model: Send + Sync {
    /// What is recorded about it.
    fn info(&self) -> &ModelInfo;

    /// The text of the profile that it brings, where it brings one of its own: then [`ModelInfo::profile`] is
    /// only that one's name.
    fn own_profile(&self) -> Option<&str> {
        None
    }

    /// How many layers it has whose states can be watched; `None` where none can.
    fn layers(&self) -> Option<usize> {
        None
    }

    /// Opens a conversation with nothing said yet.
    ///
    /// # Errors
    /// When the model cannot serve.
    fn open(&self, spec: SessionSpec<'_>) -> Result<Box<dyn Conversation>, ModelError>;
}

/// A reply that is known beforehand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recital<'a> {
    /// These tokens and nothing behind them.
    Part(&'a [u32]),
    /// These tokens and the one that ends the turn.
    Turn(&'a [u32]),
}

impl<'a> Recital<'a> {
    /// The tokens, without the one that ends the turn.
    pub fn tokens(self) -> &'a [u32] {
        match self {
            Self::Part(tokens) | Self::Turn(tokens) => tokens,
        }
    }
}

/// A conversation. It grows, unless everything is said anew; dropping it frees what it holds and abandons a reply under
/// way.
pub trait Conversation: Send {
    /// Adds a message that the model will see before its next reply.
    fn push(&mut self, message: Message);

    /// Gives the next reply and adds it to the conversation.
    fn reply(&mut self) -> BoxFuture<'_, Result<Reply, ModelError>>;

    /// Adds a reply that was recorded earlier, as if it had just been given: how an interrupted trial
    /// goes on. Its tokens may be empty when the record has none.
    fn restore(&mut self, reply: &Reply);

    /// Says everything anew: what was said before is forgotten, and `said` takes its place. What both begin with is not
    /// computed again. The replies given so far still count: the next one is drawn as the one after them, so it is a
    /// function of `said`, the seed and their number.
    fn rebuild(&mut self, said: &[Said]);

    /// Lets somebody watch every token of the replies from now on, or nobody. `false` where the model cannot show
    /// what the watcher wants to see; then nobody watches.
    fn watch(&mut self, _watcher: Option<SharedWatcher>) -> bool {
        false
    }

    /// The next reply is this one, as if it had been drawn: whoever watches sees each of its tokens with what the model
    /// thought of it. A watcher may end such a reply and not write in it. `false` where the model cannot, or not
    /// these tokens; then nothing has changed.
    fn recite(&mut self, _recital: Recital<'_>) -> bool {
        false
    }

    /// The next reply begins with these tokens and, behind them, with this text, as if the model had written both, and it goes on by
    /// itself: what it would have answered, had it stopped thinking there. `false` where the model cannot, or not these; then
    /// nothing has changed.
    fn begin_with(&mut self, _tokens: &[u32], _text: &str) -> bool {
        false
    }

    /// A conversation in which the same has been said and which goes its own way from here, drawing with
    /// `seed`: a second attempt, or a question that the first shall not see. `None` where the model cannot.
    fn fork(&self, _seed: u64) -> Option<Box<dyn Conversation>> {
        None
    }
}
