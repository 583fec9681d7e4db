//! The closed set of things that happen in a run. They live in the lowest crate so that who makes them,
//! who records them and who shows them need not know one another.

use crate::{AttemptNo, Ending, Grade, ModelInfo, Protection, RunId, TrialId, TrialKey, TurnNo, TurnRecord};

/// Something that happened.
#[derive(Clone, Debug, PartialEq)]
pub enum RunEvent {
    /// A run began, or went on after an interruption.
    RunStarted(RunStart),
    /// A trial began.
    TrialStarted(TrialStart),
    /// An attempt began.
    AttemptStarted(AttemptStart),
    /// A turn ended.
    TurnFinished(Box<TurnRecord>),
    /// An attempt ended.
    AttemptFinished(AttemptEnd),
    /// A trial ended, graded or not.
    TrialFinished(TrialEnd),
    /// A run ended or was interrupted.
    RunFinished {
        /// The run.
        run: RunId,
        /// When, in milliseconds since the epoch.
        at: i64,
    },
}

/// What is recorded when a run begins (law 6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunStart {
    /// The run.
    pub run: RunId,
    /// A hash of the resolved configuration: the same command again has the same one.
    pub fingerprint: String,
    /// The resolved configuration as JSON.
    pub config: String,
    /// The model.
    pub model: ModelInfo,
    /// What the sandbox really enforces.
    pub protection: Protection,
    /// The command line.
    pub command: String,
    /// When, in milliseconds since the epoch.
    pub at: i64,
}

/// What is recorded when a trial begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrialStart {
    /// The run.
    pub run: RunId,
    /// The trial.
    pub trial: TrialId,
    /// What makes it that trial.
    pub key: TrialKey,
    /// The resolved policy as JSON.
    pub policy: String,
    /// The first turn limit; `None` if there is none.
    pub turn_limit: Option<u32>,
    /// The task's labels.
    pub labels: Vec<(String, String)>,
    /// When, in milliseconds since the epoch.
    pub at: i64,
}

/// What is recorded when an attempt begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttemptStart {
    /// The trial.
    pub trial: TrialId,
    /// The attempt, from 1.
    pub attempt: AttemptNo,
    /// Which of the trial's attempts it is, from 1. An attempt that takes the place of one that could not be gone on
    /// with has that one's place and a number of its own.
    pub place: u32,
    /// The turn of an earlier attempt behind which it begins; `None` for the task's beginning.
    pub behind: Option<BranchPoint>,
    /// The seed of its sampling.
    pub seed: u64,
    /// A hash of its first prompt, in hex.
    pub prompt_hash: String,
    /// When, in milliseconds since the epoch.
    pub at: i64,
}

/// A turn of an attempt behind which another one begins: it has the turns up to there in common with it, and its own
/// record begins with the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BranchPoint {
    /// The attempt.
    pub attempt: AttemptNo,
    /// The last turn in common, from 1.
    pub turn: TurnNo,
}

/// What is recorded when an attempt ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttemptEnd {
    /// The trial.
    pub trial: TrialId,
    /// The attempt.
    pub attempt: AttemptNo,
    /// Why it ended.
    pub ending: Ending,
    /// The rule that ended it, for [`Ending::Stopped`] and [`Ending::Restarted`].
    pub stop_rule: Option<String>,
    /// The harness's failure in words, for [`Ending::InfraError`].
    pub error: Option<String>,
    /// The turn limit at the end, extensions included.
    pub turn_limit: Option<u32>,
    /// How often the limit was extended.
    pub extensions: u32,
    /// How often the model was reminded.
    pub reminders: u32,
    /// When, in milliseconds since the epoch.
    pub at: i64,
}

/// What is recorded when a trial ends.
#[derive(Clone, Debug, PartialEq)]
pub struct TrialEnd {
    /// The trial.
    pub trial: TrialId,
    /// The attempt whose work counts.
    pub attempt: AttemptNo,
    /// Its ending: that of the attempt that counts.
    pub ending: Ending,
    /// The rule that ended it, if one did.
    pub stop_rule: Option<String>,
    /// The grade; `None` when nothing was graded.
    pub grade: Option<Grade>,
    /// The work as a unified diff.
    pub patch: String,
    /// How long it took from start to grade, in milliseconds.
    pub wall_ms: u64,
    /// When, in milliseconds since the epoch.
    pub at: i64,
}
