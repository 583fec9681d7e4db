//! Everything that ends the command early, and its exit code (contract.md).

use std::{path::PathBuf, process::ExitCode};

use turnwise_agent::ProfileError;
use turnwise_core::{EnvError, RecordError, Source};
use turnwise_engine::{LoadError, PricesError};
use turnwise_policy::PolicyError;
use turnwise_store::StoreError;
use turnwise_web::TapeError;

use crate::suites::SuiteError;

/// Some trials ended as `infra_error`.
pub(crate) const SOME_INFRA_ERRORS: u8 = 3;
/// The run was interrupted and its state saved.
pub(crate) const INTERRUPTED: u8 = 130;

/// What ended the command. The message follows `error: `.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// A combination of arguments that means nothing.
    #[error("{message}")]
    Usage { message: String },
    /// Nothing is left to work on or to show.
    #[error("{message}")]
    Nothing { message: String },
    /// No policy has this name.
    #[error("there is no policy `{name}`; {advice}")]
    NoPolicy { name: String, advice: String },
    /// A policy cannot be used.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// A suite cannot be used.
    #[error(transparent)]
    Suite(#[from] SuiteError),
    /// Some of a suite's tasks are not what they should be.
    #[error("{bad} of {tasks} tasks are not as they should be")]
    BadTasks { bad: usize, tasks: usize },
    /// A suite is not the one that a run was run on.
    #[error(
        "suite `{suite}` has changed since run {run}: its tasks are others now, so their tests say nothing about the recorded \
         work; go back to the suite as it was or name it with `--suite`"
    )]
    SuiteChanged { suite: String, run: String },
    /// A file of predictions cannot be read.
    #[error("{} cannot be read; name a file of SWE-bench predictions", path.display())]
    Predictions {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    /// Lines of a file of predictions are not what they should be; each is named before.
    #[error("{} has {bad} that cannot be graded; correct them", path.display())]
    BadPredictions { path: PathBuf, bad: String },
    /// A recording of pages cannot be used.
    #[error(transparent)]
    Tape(#[from] TapeError),
    /// The model cannot be loaded.
    #[error(transparent)]
    Model(#[from] LoadError),
    /// The prices of remote models cannot be read.
    #[error(transparent)]
    Prices(#[from] PricesError),
    /// A policy limits what an attempt costs, and nobody knows what the model costs.
    #[error("policy `{policy}` limits the cost, and model `{model}` has no price: {advice}")]
    NoPrice { policy: String, model: String, advice: String },
    /// The model writes in a way that is not understood.
    #[error(
        "model `{model}` has the profile `{profile}`, which this turnwise does not know; update turnwise or name \
         another with `--profile`"
    )]
    ModelProfile { model: String, profile: String },
    /// No profile has this name.
    #[error("there is no profile `{name}`; {advice}")]
    NoProfile { name: String, advice: String },
    /// A profile cannot be used.
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// The sandbox cannot be had.
    #[error(transparent)]
    Sandbox(#[from] EnvError),
    /// The database cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The database stopped taking events.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// A file cannot be read or written.
    #[error("{} cannot be {access}", path.display())]
    File {
        path: PathBuf,
        access: &'static str,
        #[source]
        source: std::io::Error,
    },
    /// A folder of trajectories cannot be read.
    #[error(transparent)]
    Unreadable(#[from] turnwise_exchange::Unreadable),
    /// No file that was named holds a trajectory.
    #[error(
        "no file holds a trajectory of the format `{format}`{}; `turnwise import --help` lists the formats",
        skips(*skipped)
    )]
    NothingImported { format: turnwise_exchange::Format, skipped: usize },
    /// What was learned, or what is to be learned from, was made with another model, profile or suite.
    #[error("{what}; {advice}")]
    NotMadeFor { what: String, advice: String },
    /// Nothing can be learned from what there is, or a learned file is none.
    #[error(transparent)]
    Learn(#[from] turnwise_learn::LearnError),
    /// Something that should not happen.
    #[error("turnwise could not {what}")]
    Internal {
        what: String,
        #[source]
        source: Source,
    },
}

impl Failure {
    /// A combination of arguments that means nothing.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::Usage { message: message.into() }
    }

    /// The selection leaves no task.
    pub(crate) fn nothing_selected() -> Self {
        let message = "no task is left by --filter, --slice, --limit and --task; leave one of them out";
        Self::Nothing { message: message.to_owned() }
    }

    /// The exit code of contract.md.
    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Internal { .. } | Self::File { .. } => 1,
            Self::Usage { .. } => 2,
            Self::Nothing { .. } => 4,
            Self::Model(_) | Self::ModelProfile { .. } => 10,
            Self::Sandbox(_) => 11,
            Self::Store(error) => store_code(error),
            Self::Record(_) => 12,
            Self::NoPolicy { .. }
            | Self::Policy(_)
            | Self::NoProfile { .. }
            | Self::Profile(_)
            | Self::Suite(_)
            | Self::SuiteChanged { .. }
            | Self::Tape(_)
            | Self::Predictions { .. }
            | Self::BadPredictions { .. }
            | Self::Prices(_)
            | Self::NoPrice { .. }
            | Self::Unreadable(_)
            | Self::NothingImported { .. }
            | Self::BadTasks { .. }
            | Self::NotMadeFor { .. }
            | Self::Learn(_) => 13,
        })
    }
}

fn store_code(error: &StoreError) -> u8 {
    match error {
        StoreError::NoRun { .. } | StoreError::NoTrial { .. } => 4,
        StoreError::Ambiguous { .. } | StoreError::NotAQuestion { .. } | StoreError::BadQuestion { .. } => 2,
        StoreError::Missing { .. }
        | StoreError::Empty { .. }
        | StoreError::NotADatabase { .. }
        | StoreError::NotOurs { .. }
        | StoreError::Newer { .. }
        | StoreError::Damaged { .. }
        | StoreError::Locked { .. }
        | StoreError::Inaccessible { .. }
        | StoreError::Full { .. }
        | StoreError::Nonsense { .. }
        | StoreError::Failed { .. } => 12,
    }
}

/// How much could not be read.
fn skips(skipped: usize) -> String {
    match skipped {
        0 => String::new(),
        skipped => format!("; {} could not be read", crate::printer::plural(skipped, "record")),
    }
}

/// An error with its causes.
pub(crate) fn in_words(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !words.contains(&more) {
            words = format!("{words}: {more}");
        }
        cause = error.source();
    }
    words
}
