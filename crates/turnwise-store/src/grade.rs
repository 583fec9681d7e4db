//! What hidden tests say of recorded work: what there is to grade, and the grades.

use std::sync::Arc;

use turnwise_core::{AttemptNo, Ending, RunId, TurnNo};

/// The grade of a piece of work, as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub struct GradeRow {
    /// The run whose trials left the work.
    pub run: RunId,
    /// The suite.
    pub suite: String,
    /// The task.
    pub task: String,
    /// The digest of the patch, as with the turns; empty for none.
    pub patch: String,
    /// A hash over all that the task consists of.
    pub task_digest: String,
    /// Whether every hidden test passed.
    pub solved: bool,
    /// The share of hidden tests that passed, in [0, 1].
    pub score: f64,
    /// How long the tests took, in milliseconds; `None` where it is the grade of a finished trial.
    pub ms: Option<f64>,
    /// When it was graded, in milliseconds since the epoch.
    pub at: i64,
}

/// The work that a trial left: at the end, and after its turns.
#[derive(Clone, Debug, PartialEq)]
pub struct TrialWork {
    /// The trial's id.
    pub trial_id: String,
    /// The suite.
    pub suite: String,
    /// The task.
    pub task: String,
    /// The policy's name.
    pub policy: String,
    /// How it ended; `None` while it is under way or was killed.
    pub ending: Option<Ending>,
    /// The patch that was graded at its end; `None` where nothing was.
    pub final_patch: Option<Arc<str>>,
    /// Whether that solved the task, and the share of hidden tests that passed, in [0, 1].
    pub outcome: Option<(bool, f64)>,
    /// The state of the work after each turn that may have changed it, in order.
    pub works: Vec<Work>,
}

/// A state of the work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Work {
    /// The attempt.
    pub attempt: AttemptNo,
    /// The first turn that left it.
    pub turn: TurnNo,
    /// The digest of the patch; empty for none.
    pub digest: String,
    /// The patch; `None` where the record has only its digest.
    pub patch: Option<Arc<str>>,
}
