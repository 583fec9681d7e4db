//! One turn: what a policy may see of it, and what is recorded of it.

use crate::{Action, AttemptNo, Message, Reply, TrialId, TurnNo, Usage, VerdictKind, Vote, WorkspaceState};

/// What the rules of a policy may see of a turn: recorded facts only, so that a replay over stored turns
/// gives the same verdicts (law 1).
#[derive(Clone, Debug, PartialEq)]
pub struct TurnFacts {
    /// The turn's number, from 1.
    pub turn: TurnNo,
    /// The action.
    pub action: Action,
    /// What the environment answered; empty for a submission.
    pub observation: String,
    /// The command's exit status, if it had one.
    pub exit_code: Option<i32>,
    /// The state of the work after the action.
    pub workspace: WorkspaceState,
    /// Whether the reply asked for more turns.
    pub asks_more: bool,
    /// What the reply cost.
    pub usage: Usage,
    /// Model and tool time of this turn, in milliseconds, as recorded.
    pub elapsed_ms: u64,
    /// What the reply cost in money, as recorded; `None` where the model has no price.
    pub cost: Option<f64>,
    /// Named numbers measured on this turn, sorted by name.
    pub signals: Vec<(String, f64)>,
}

impl TurnFacts {
    /// The value of a signal.
    pub fn signal(&self, name: &str) -> Option<f64> {
        self.signals.iter().find(|(key, _)| key == name).map(|(_, value)| *value)
    }
}

/// Everything that is recorded of a turn.
#[derive(Clone, Debug, PartialEq)]
pub struct TurnRecord {
    /// The trial.
    pub trial: TrialId,
    /// The attempt.
    pub attempt: AttemptNo,
    /// What the model was told since its last reply (the whole prompt before turn 1).
    pub prompt: Vec<Message>,
    /// The reply as it came.
    pub reply: Reply,
    /// What the reply thought.
    pub thought: String,
    /// What the rules saw.
    pub facts: TurnFacts,
    /// What the rules said.
    pub votes: Vec<Vote>,
    /// How long each of `votes` took, in microseconds, in the same order; empty where nobody measured. It is no
    /// part of what was said: deciding again gives the same votes and other times.
    pub vote_us: Vec<f64>,
    /// What was done.
    pub verdict: VerdictKind,
    /// How long the model took, in milliseconds.
    pub model_ms: f64,
    /// How long the action took, in milliseconds.
    pub tool_ms: f64,
    /// When the turn began, in milliseconds since the epoch.
    pub started_at: i64,
}
