//! The words of Turnwise as types, and the three contracts every other part is written against:
//! [`Model`], [`Environment`] and [`Recorder`].
//!
//! This crate knows no files, processes, clocks, SQL, tensors or terminals. Nothing here derives
//! `Serialize`: what is stored or printed has its own types in the crate that stores or prints it.

mod action;
mod clock;
mod cue;
mod ending;
mod environment;
mod estimate;
mod event;
mod grade;
mod id;
mod message;
mod model;
mod price;
mod recorder;
mod replies;
mod said;
mod states;
mod task;
mod test_log;
mod turn;
mod verdict;
mod watch;
mod web;

pub use action::{Action, ActionKind, Command, ParsedReply};
pub use clock::Clock;
pub use cue::{Cue, CueProbe};
pub use ending::{Ending, UnknownEnding};
pub use environment::{EnvError, Environment, EnvironmentProvider, Observation, Protection, WorkspaceState};
pub use estimate::{Estimating, Estimator, Estimators};
pub use event::{AttemptEnd, AttemptStart, BranchPoint, RunEvent, RunStart, TrialEnd, TrialStart};
pub use grade::{Grade, TestOutcome};
pub use id::{AttemptNo, RunId, TrialId, TrialKey, TurnNo};
pub use message::{Message, Role, Tool, ToolCall};
pub use model::{
    Conversation, Earlier, Finish, Model, ModelError, ModelInfo, Recital, Reply, Sampling, SessionSpec,
    Style, TokenStats, Usage,
};
pub use price::Price;
pub use recorder::{RecordError, Recorder};
pub use replies::{Origin, Replies, ReplyKey};
pub use said::Said;
pub use states::{States, quarters};
pub use task::{PythonSetup, Task, TaskFile, TestAsset};
pub use test_log::TestLog;
pub use turn::{TurnFacts, TurnRecord};
pub use verdict::{Verdict, VerdictKind, Vote};
pub use watch::{Likely, Outlook, STATES, Seen, SharedWatcher, Watcher};
pub use web::{BrowserKind, WebSetup};

use std::pin::Pin;

/// A boxed future that may move between threads: what the contracts' asynchronous methods return.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The cause of an error that one of the contracts reports.
pub type Source = Box<dyn std::error::Error + Send + Sync + 'static>;
