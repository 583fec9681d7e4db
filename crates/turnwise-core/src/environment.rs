//! The contract of an environment: it runs actions, shows the state of the work, and grades it.

use std::sync::Arc;

use crate::{BoxFuture, Grade, Source, Task};

/// What the environment answered to a command. A command that fails or is killed for taking too long is
/// an observation; a sandbox that fails is an [`EnvError`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Observation {
    /// Standard output and error, merged, as text; cut in the middle when it is too long.
    pub output: String,
    /// The exit status; `None` when the command was killed.
    pub exit_code: Option<i32>,
    /// Whether it was killed for taking too long.
    pub timed_out: bool,
    /// How many bytes were left out of `output`.
    pub elided_bytes: u64,
}

/// The state of the work after an action. Two are equal where their lines and digests are: the digest stands for the
/// patch, which not every record has.
#[derive(Clone, Debug, Default)]
pub struct WorkspaceState {
    /// Added plus removed lines against the base commit.
    pub patch_lines: u64,
    /// A hash of the patch in hex; empty when there is none. Equal states have equal digests.
    pub digest: String,
    /// The work as a unified diff against the base commit; empty when nothing is changed, and where only the digest is
    /// known.
    pub patch: Arc<str>,
}

impl WorkspaceState {
    /// The patch, where it is known.
    pub fn known_patch(&self) -> Option<&Arc<str>> {
        (self.digest.is_empty() || !self.patch.is_empty()).then_some(&self.patch)
    }
}

impl PartialEq for WorkspaceState {
    fn eq(&self, other: &Self) -> bool {
        (self.patch_lines, &self.digest) == (other.patch_lines, &other.digest)
    }
}

impl Eq for WorkspaceState {}

/// What is really enforced on this machine, as recorded with the run (law 6).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Protection {
    /// The kind of sandbox: `namespaces`, `landlock`, `none` …
    pub kind: String,
    /// Named facts in a fixed order: (`network`, `none`), (`memory`, `512 MiB`), (`pids`, `not limited`) …
    pub facts: Vec<(String, String)>,
}

/// A failure of the environment as a part of the harness: ends the attempt as `infra_error`.
#[derive(Debug, thiserror::Error)]
pub enum EnvError {
    /// The sandbox cannot be had on this machine.
    #[error("the sandbox is unavailable: {missing}; {hint}")]
    SandboxUnavailable {
        /// What is missing.
        missing: String,
        /// What the user can do.
        hint: String,
    },
    /// The sandbox of this trial died.
    #[error("the sandbox of task `{task}` is gone; run the same command again to retry")]
    Gone {
        /// The task.
        task: String,
    },
    /// The work tree could not be made or read.
    #[error("the work tree of task `{task}` failed")]
    Workspace {
        /// The task.
        task: String,
        /// Why.
        #[source]
        source: Source,
    },
    /// The container of a trial could not be had, or failed.
    #[error("the container of task `{task}` failed")]
    Container {
        /// The task.
        task: String,
        /// Why.
        #[source]
        source: Source,
    },
    /// The pages of a task, or the browser that shows them, could not be had.
    #[error("the pages of task `{task}` could not be had")]
    Pages {
        /// The task.
        task: String,
        /// Why.
        #[source]
        source: Source,
    },
    /// The hidden tests could not be run.
    #[error("the tests of task `{task}` could not be run")]
    Grader {
        /// The task.
        task: String,
        /// Why.
        #[source]
        source: Source,
    },
}

/// Opens an environment for each trial.
pub trait EnvironmentProvider: Send + Sync {
    /// What is really enforced.
    fn protection(&self) -> &Protection;

    /// Makes a fresh environment at the task's base commit.
    fn open<'a>(&'a self, task: &'a Task) -> BoxFuture<'a, Result<Box<dyn Environment>, EnvError>>;
}

/// The environment of one trial.
pub trait Environment: Send {
    /// Runs one command to its end or its time limit.
    fn execute<'a>(&'a mut self, command: &'a str) -> BoxFuture<'a, Result<Observation, EnvError>>;

    /// The state of the work now. Cheap when nothing has changed since the last call.
    fn state(&mut self) -> BoxFuture<'_, Result<WorkspaceState, EnvError>>;

    /// The work as a unified diff against the base commit; empty when nothing was changed.
    fn patch(&mut self) -> BoxFuture<'_, Result<String, EnvError>>;

    /// Runs the hidden tests on a copy of the work.
    fn grade(&mut self) -> BoxFuture<'_, Result<Grade, EnvError>>;

    /// Puts the work back to the base commit, for another attempt.
    fn reset(&mut self) -> BoxFuture<'_, Result<(), EnvError>>;

    /// Ends every process of the environment and removes what it left. Dropping it does the same, later.
    fn close(self: Box<Self>) -> BoxFuture<'static, Result<(), EnvError>>;
}
