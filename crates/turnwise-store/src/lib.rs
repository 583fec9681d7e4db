//! The run database: one SQLite file that holds every turn of every run, written by a [`StoreRecorder`] and read
//! by a [`Reader`].
//!
//! One task owns the only writing connection; what [`Recorder::record`](turnwise_core::Recorder::record) has
//! acknowledged survives `kill -9`. Readers work at any time, also while a run is being written.
//!
//! This crate does not know how a run is made and decides nothing: it stores events and answers questions.

mod error;
mod grade;
mod import;
mod json;
mod lean;
mod learned;
mod lock;
mod migrate;
mod open;
mod queries;
mod reader;
mod recorder;
mod rows;
mod schema;
mod text;
mod tokens;
mod version;
mod write;
mod writer;

pub use error::StoreError;
pub use grade::{GradeRow, TrialWork, Work};
pub use import::{Extra, Imported, ImportedTrial, ImportedWhole, Unknown};
pub use lean::{LeanTrial, LeanTrials, LeanTurn, Wanted};
pub use learned::{Because, Estimate, Exit, Finding, ForkValue, Spot, TurnKey};
pub use queries::{NAMED_QUERIES, NamedQuery};
pub use reader::{Reader, TrialExits, TrialStates, TrialValues};
pub use recorder::StoreRecorder;
pub use rows::{
    ArmRow, AttemptRow, FreeTrial, PolicyRow, RecordedAttempt, ReplyTotals, ResolvedPolicy, RunRow,
    RunSummary, Table, TrialRow, UnfinishedTrial, Value,
};
pub use writer::Written;
