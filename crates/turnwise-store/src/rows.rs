//! What a [`Reader`](crate::Reader) gives: plain values, not the types the run was made of, so that the two may
//! change apart.

use serde::Serialize;
use turnwise_core::{AttemptNo, BranchPoint, Ending, RunId, TrialId, TrialKey, TurnRecord};

/// A run as it was begun, and the session in which it was last worked on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunRow {
    /// The run's id.
    pub run_id: RunId,
    /// The hash of its resolved configuration.
    pub fingerprint: String,
    /// Its resolved configuration as JSON.
    pub config: String,
    /// The model as it was loaded.
    pub model: turnwise_core::ModelInfo,
    /// What the sandbox really enforced in the last session.
    pub protection: turnwise_core::Protection,
    /// The command of the last session.
    pub command: String,
    /// When it began, in milliseconds since the epoch.
    pub started_at: i64,
    /// When it ended; `None` while it is under way or was killed.
    pub ended_at: Option<i64>,
}

/// A line of the list of runs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RunSummary {
    /// The run's id.
    pub run_id: String,
    /// The names of its suites, sorted, with `, ` between them.
    pub suites: Option<String>,
    /// The names of its policies, likewise.
    pub policies: Option<String>,
    /// The model's name; of imported runs with several, how many.
    pub model: String,
    /// Trials that came to an end.
    pub finished: i64,
    /// Trials that were begun and did not come to an end, lost ones included.
    pub unfinished: i64,
    /// Finished trials that were solved.
    pub solved: i64,
    /// Turns of all trials.
    pub turns: i64,
    /// Prompt and decode tokens of all trials; `None` where they are not known of each.
    pub tokens: Option<i64>,
    /// When it began, in milliseconds since the epoch.
    pub started_at: i64,
    /// When it ended; `None` while it is under way or was killed.
    pub ended_at: Option<i64>,
    /// The command of the last session.
    pub command: String,
}

/// A row of `v_policies`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PolicyRow {
    /// The run's id.
    pub run_id: String,
    /// The suite.
    pub suite: String,
    /// The policy.
    pub policy: String,
    /// The model's name.
    pub model: String,
    /// Finished trials.
    pub trials: i64,
    /// Of those, solved ones.
    pub solved: i64,
    /// The share of the graded ones that were solved; `None` when none was graded.
    pub solve_rate: Option<f64>,
    /// The lower Wilson bound of that share, 95 %.
    pub solve_lo: Option<f64>,
    /// The upper Wilson bound.
    pub solve_hi: Option<f64>,
    /// Mean turns of a finished trial.
    pub turns_mean: Option<f64>,
    /// What the model was shown, in tokens; `None` where that is not known of every trial, as with the next ones.
    pub prompt_tokens: Option<i64>,
    /// What had to be computed of that.
    pub prefill_tokens: Option<i64>,
    /// What the model wrote.
    pub decode_tokens: Option<i64>,
    /// Prompt and decode tokens of all finished trials by the solved ones; `None` when none was solved.
    pub tokens_per_solved: Option<f64>,
    /// The time of all finished trials, in milliseconds; `None` where it is not known of each.
    pub wall_ms: Option<i64>,
    /// Finished trials that were graded.
    pub graded: i64,
    /// Trials that are under way or that the harness lost.
    pub unfinished: i64,
    /// Prefill and decode tokens of all finished trials by the solved ones.
    pub compute_tokens_per_solved: Option<f64>,
    /// What the replies of all finished trials cost in money; `None` where that is not known of every one.
    pub cost: Option<f64>,
    /// What was read and written for questions that its attempts never saw, in tokens, over all finished trials.
    #[serde(skip_serializing_if = "is_nothing")]
    pub aside_tokens: i64,
}

impl PolicyRow {
    /// What had to be computed and was written, in tokens, what was asked aside included, where both are known.
    pub fn compute_tokens(&self) -> Option<i64> {
        Some(self.prefill_tokens? + self.decode_tokens? + self.aside_tokens)
    }
}

/// Whether a number is left out where it is written down.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_nothing(number: &i64) -> bool {
    *number == 0
}

/// What became of the replies of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ReplyTotals {
    /// Replies that were computed.
    pub computed: i64,
    /// Prefill and decode tokens of those.
    pub computed_tokens: i64,
    /// Replies that were known already.
    pub reused: i64,
    /// Prefill and decode tokens of those: what they would have taken.
    pub reused_tokens: i64,
}

/// A row of `v_trials`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TrialRow {
    /// The run's id.
    pub run_id: String,
    /// The trial's id.
    pub trial_id: String,
    /// The suite.
    pub suite: String,
    /// The task.
    pub task: String,
    /// The policy.
    pub policy: String,
    /// The seed, its 64 bits read as a signed number.
    pub seed: i64,
    /// The model's name.
    pub model: String,
    /// The ending's name; `None` while it is under way or was killed.
    pub ending: Option<String>,
    /// The rule that ended it.
    pub stop_rule: Option<String>,
    /// Whether every hidden test passed; `None` when it was not graded.
    pub solved: Option<bool>,
    /// The share of hidden tests that passed.
    pub score: Option<f64>,
    /// Turns over all attempts.
    pub turns: i64,
    /// The turn limit at the end, extensions included; `None` when there is none.
    pub turn_limit: Option<i64>,
    /// How often the limit was extended.
    pub extensions: i64,
    /// How often the model was reminded.
    pub reminders: i64,
    /// Attempts.
    pub attempts: i64,
    /// What the model was shown over all turns, in tokens; `None` where nobody said, as with the next ones.
    pub prompt_tokens: Option<i64>,
    /// What had to be computed of that.
    pub prefill_tokens: Option<i64>,
    /// What the model wrote.
    pub decode_tokens: Option<i64>,
    /// The model's time, in milliseconds.
    pub model_ms: Option<f64>,
    /// The actions' time.
    pub tool_ms: Option<f64>,
    /// The time from start to grade.
    pub wall_ms: Option<i64>,
    /// When it began, in milliseconds since the epoch; `None` where nobody said.
    pub started_at: Option<i64>,
    /// When it ended.
    pub ended_at: Option<i64>,
    /// Whether it came to an end that counts: not lost, not interrupted, not under way.
    pub finished: bool,
    /// What its replies cost in money; `None` where that is not known of every one.
    pub cost: Option<f64>,
    /// The attempt whose work counts; `None` while it is under way, and in older databases.
    pub counted: Option<u32>,
    /// What was read and written for questions that its attempts never saw, in tokens: the signal `aside_tokens` over all
    /// turns.
    #[serde(skip_serializing_if = "is_nothing")]
    pub aside_tokens: i64,
}

impl TrialRow {
    /// What the model was shown and wrote, in tokens, where both are known.
    pub fn tokens(&self) -> Option<i64> {
        Some(self.prompt_tokens? + self.decode_tokens?)
    }

    /// What had to be computed and was written, in tokens, what was asked aside included, where both are known.
    pub fn compute_tokens(&self) -> Option<i64> {
        Some(self.prefill_tokens? + self.decode_tokens? + self.aside_tokens)
    }
}

/// An attempt of a trial.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AttemptRow {
    /// The attempt, from 1.
    pub attempt: AttemptNo,
    /// Which of the trial's attempts it is, from 1.
    pub place: u32,
    /// The attempt behind a turn of which it begins; `None` for the task's beginning.
    pub from_attempt: Option<AttemptNo>,
    /// That turn.
    pub from_turn: Option<u32>,
    /// The seed of its sampling, its 64 bits read as a signed number.
    pub seed: i64,
    /// The hash of its first prompt.
    pub prompt_hash: String,
    /// The ending's name; `None` while it is under way or was killed.
    pub ending: Option<String>,
    /// The rule that ended it.
    pub stop_rule: Option<String>,
    /// The harness's failure, if that ended it.
    pub error: Option<String>,
    /// The turn limit at its end.
    pub turn_limit: Option<i64>,
    /// How often the limit was extended.
    pub extensions: i64,
    /// How often the model was reminded.
    pub reminders: i64,
    /// Its turns.
    pub turns: i64,
    /// When it began, in milliseconds since the epoch.
    pub started_at: i64,
    /// When it ended.
    pub ended_at: Option<i64>,
}

impl AttemptRow {
    /// The turn of an earlier attempt behind which it begins.
    pub fn behind(&self) -> Option<BranchPoint> {
        Some(BranchPoint { attempt: self.from_attempt?, turn: self.from_turn? })
    }
}

/// A finished trial that nothing but the model ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FreeTrial {
    /// The trial's id.
    pub trial: TrialId,
    /// The task.
    pub task: String,
    /// How many turns it took.
    pub turns: u32,
    /// Whether it was solved; `None` where nothing was graded.
    pub solved: Option<bool>,
}

/// The arm of a trial whose policy chooses among others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArmRow {
    /// The trial's id.
    pub trial_id: String,
    /// The arm's name.
    pub arm: String,
    /// What decided.
    pub chosen_by: String,
    /// Whether it was solved; `None` where nothing was graded.
    pub solved: Option<bool>,
    /// How many turns it took so far, over all attempts.
    pub turns: u64,
    /// Prompt and reply tokens of these turns.
    pub tokens: u64,
}

/// A policy as trials of a suite were begun under it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResolvedPolicy {
    /// The suite.
    pub suite: String,
    /// The policy's name.
    pub policy: String,
    /// The policy with its numbers, as JSON.
    pub json: String,
}

/// A trial that was begun and has to be gone on with or begun again.
#[derive(Clone, Debug, PartialEq)]
pub struct UnfinishedTrial {
    /// The trial's id.
    pub trial: TrialId,
    /// What makes it that trial.
    pub key: TrialKey,
    /// The resolved policy as JSON.
    pub policy: String,
    /// How it ended, if it did: [`Ending::InfraError`] or [`Ending::Interrupted`].
    pub ending: Option<Ending>,
    /// Its attempts with their turns, in order.
    pub attempts: Vec<RecordedAttempt>,
}

/// An attempt and its turns.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordedAttempt {
    /// The attempt, from 1.
    pub attempt: AttemptNo,
    /// Which of the trial's attempts it is, from 1.
    pub place: u32,
    /// The turn of an earlier attempt behind which it begins.
    pub behind: Option<BranchPoint>,
    /// The seed of its sampling.
    pub seed: u64,
    /// The hash of its first prompt.
    pub prompt_hash: String,
    /// Why it ended, if it did.
    pub ending: Option<Ending>,
    /// Its turns, from the first.
    pub turns: Vec<TurnRecord>,
}

/// The answer to a question.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// The names of the columns.
    pub columns: Vec<String>,
    /// The rows, each as long as `columns`.
    pub rows: Vec<Vec<Value>>,
}

/// A value of SQLite's.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Nothing.
    Null,
    /// A whole number.
    Integer(i64),
    /// A number.
    Real(f64),
    /// A text.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
}
