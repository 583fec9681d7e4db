//! Names of runs, trials, attempts and turns. Ids are made by the caller and passed in.

use std::fmt;

/// The number of an attempt within its trial, from 1.
pub type AttemptNo = u32;
/// The number of a turn within its attempt, from 1.
pub type TurnNo = u32;

/// The id of a run: short, lower-case, unique in its database.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunId(String);

/// The id of a trial: unique in its database.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TrialId(String);

macro_rules! name {
    ($type:ident) => {
        impl $type {
            /// Wraps an id that the caller made.
            pub fn new(id: impl Into<String>) -> Self {
                Self(id.into())
            }
            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}
name!(RunId);
name!(TrialId);

/// What makes a trial the same trial again: one task under one policy and one seed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TrialKey {
    /// The suite's name.
    pub suite: String,
    /// The task's id within the suite.
    pub task: String,
    /// The policy's name.
    pub policy: String,
    /// The seed of everything random in the trial.
    pub seed: u64,
}
