//! Recorded turns without what nobody asks for: what a replay of many turns reads.

use turnwise_core::{AttemptNo, Ending, TokenStats, TurnFacts};

/// Which texts of turns are read. Their numbers, the kinds of their actions and the digests of their work always are; what
/// is not read is empty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The text of the action.
    pub action: bool,
    /// The observation.
    pub observation: bool,
    /// The reply as it came.
    pub reply: bool,
    /// The thought in it.
    pub thought: bool,
    /// The recorded signals.
    pub signals: bool,
}

/// A trial, as far as a replay needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeanTrial {
    /// The trial's id.
    pub trial_id: String,
    /// The suite.
    pub suite: String,
    /// The task.
    pub task: String,
    /// The policy's name.
    pub policy: String,
    /// The policy with its numbers: its place in what [`Reader::lean_trials`](crate::Reader::lean_trials) gives.
    pub resolved: usize,
    /// The model's name.
    pub model: String,
    /// Why it ended; `None` while it is under way or was killed.
    pub ending: Option<Ending>,
    /// Whether it solved the task; `None` where nothing was graded.
    pub solved: Option<bool>,
    /// Turns over all attempts.
    pub turns: u32,
    /// The attempt whose work was graded; `None` in older databases, where it is the last.
    pub counted: Option<AttemptNo>,
    /// Where its first turn lies in the file.
    pub(crate) first_row: i64,
    /// Its key in the database.
    pub(crate) key: i64,
}

impl LeanTrial {
    /// Trials in the order in which they were recorded: read so, what lies side by side in the file is read once.
    pub fn by_record(trials: &[Self]) -> Vec<&Self> {
        let mut trials: Vec<&Self> = trials.iter().collect();
        trials.sort_by_key(|trial| trial.first_row);
        trials
    }
}

/// The trials of a run, and the policies that they were run under.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeanTrials {
    /// The trials, in the order of suite, task, policy and seed.
    pub trials: Vec<LeanTrial>,
    /// Each resolved policy once, as JSON.
    pub policies: Vec<String>,
}

/// A turn, as far as it was asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct LeanTurn {
    /// The attempt.
    pub attempt: AttemptNo,
    /// What rules may see of it.
    pub facts: TurnFacts,
    /// Whether the state of the work is known.
    pub is_work_known: bool,
    /// The reply as it came.
    pub reply: String,
    /// What it thought.
    pub thought: String,
    /// What was measured on its tokens.
    pub stats: TokenStats,
}
