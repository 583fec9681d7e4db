//! A policy as its file says it: percentiles are still percentiles. See [`crate::Policy`] for the numbers.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Example, Rule, Texts};

/// The text of a policy and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicySource {
    /// The policy's name: the file's stem.
    pub name: String,
    /// The file as the user knows it.
    pub file: String,
    /// The text.
    pub text: String,
}

/// A policy as its file says it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PolicySpec {
    /// Its name.
    pub name: String,
    /// What it does, in one sentence.
    pub summary: String,
    /// How many turns there are.
    pub budget: Budget,
    /// What else ends an attempt.
    pub limits: Limits,
    /// When the model is told how many turns are left.
    pub reminders: Reminders,
    /// What becomes of the work when a limit is reached.
    pub at_limit: AtLimit,
    /// What the model is told.
    pub texts: Texts,
    /// The rules, in the order of the file.
    pub rules: Vec<Rule>,
    /// The examples it was checked with.
    #[serde(skip)]
    pub examples: Vec<Example>,
}

/// How many turns an attempt has (papers.md A1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Budget {
    /// As many as it takes.
    Unlimited,
    /// A limit known from the start.
    Fixed {
        /// The limit.
        limit: TurnCount,
    },
    /// A low start and one announced extension.
    Dynamic {
        /// The limit at the start.
        start: TurnCount,
        /// The limit after the extension.
        extend_to: TurnCount,
        /// When the extension is granted.
        grant: Grant,
    },
}

/// A number of turns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TurnCount {
    /// So many turns, from 1.
    Turns(u32),
    /// This percentile (1 to 100, nearest rank) of the turns of finished unlimited trials.
    Percentile(u8),
}

impl fmt::Display for TurnCount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Turns(turns) => write!(f, "{turns}"),
            Self::Percentile(percent) => write!(f, "p{percent}"),
        }
    }
}

/// When the extension of a dynamic budget is granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grant {
    /// When the turns are used up.
    Always,
    /// When the turns are used up and the work holds no change yet.
    NoPatch,
    /// When the model has asked for more turns at any time since the start and two or fewer are left, so
    /// that it hears of the extension before it would have to hand in its work.
    Asked,
}

/// What else ends an attempt. `None` is off.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Limits {
    /// Prompt plus reply tokens, summed over the turns.
    pub tokens: Option<u64>,
    /// Model plus tool time as recorded, summed over the turns, in milliseconds.
    pub ms: Option<u64>,
    /// What the replies cost in money as recorded, summed over the turns. Not written down where it is off, so that
    /// policies without it are the same as ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<f64>,
    /// Replies without an action, one after another.
    pub max_invalid: Option<u32>,
}

/// When the model is told how many turns are left.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reminders {
    /// Not at all.
    Never,
    /// Before the first turn and after each.
    EveryTurn,
    /// Before the first turn, and when these shares of the limit are used up (ascending, in (0, 1)).
    Ladder(Vec<f64>),
}

/// What becomes of the work when a limit is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AtLimit {
    /// It is graded as it stands.
    Submit,
    /// It is thrown away, and the unchanged base is graded.
    Discard,
}
