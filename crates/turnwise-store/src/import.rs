//! Trials that other tools ran, as they are recorded: our words for what we have words for, the rest as JSON, and
//! which of our words nobody said.

use std::{collections::BTreeMap, ops::BitOr};

use turnwise_core::{AttemptEnd, AttemptNo, AttemptStart, TrialEnd, TrialStart, TurnNo, TurnRecord};

/// A trial with one attempt, whole. It is recorded in one transaction: after a crash it is there or it is not.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportedTrial {
    /// The trial; a beginning of 0 is unknown.
    pub start: TrialStart,
    /// Its attempt.
    pub attempt: AttemptStart,
    /// The turns, and what is not known of each.
    pub turns: Vec<(TurnRecord, Unknown)>,
    /// The end of the attempt.
    pub attempt_end: AttemptEnd,
    /// The end of the trial; `grade` and `wall_ms` say nothing here.
    pub end: TrialEnd,
    /// What is known of the whole.
    pub whole: ImportedWhole,
    /// What was not understood.
    pub extras: Vec<Extra>,
}

/// What is known of an imported trial as a whole.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ImportedWhole {
    /// The model, where it is not the run's.
    pub model: Option<String>,
    /// Whether it solved the task.
    pub solved: Option<bool>,
    /// How well, in [0, 1].
    pub score: Option<f64>,
    /// How long it took, in milliseconds.
    pub wall_ms: Option<u64>,
    /// What the model was shown in all, in tokens.
    pub prompt_tokens: Option<u64>,
    /// What it wrote in all.
    pub decode_tokens: Option<u64>,
    /// What it cost in all, in dollars.
    pub cost: Option<f64>,
}

/// What a file holds beyond our words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extra {
    /// The attempt and turn that it is about; `None` for the whole trial.
    pub turn: Option<(AttemptNo, TurnNo)>,
    /// A JSON object.
    pub body: String,
}

/// What is only known of imported trials, as it is read back.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Imported {
    /// What it cost in all, in dollars.
    pub cost: Option<f64>,
    /// What is not known of a turn; a turn of which all is known is not named.
    pub unknown: BTreeMap<(AttemptNo, TurnNo), Unknown>,
    /// What was not understood.
    pub extras: Vec<Extra>,
}

/// Columns of a turn that hold nothing, as nobody said it. In a [`TurnRecord`] they are 0 or empty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unknown(pub(crate) u8);

impl Unknown {
    /// Everything is known.
    pub const NOTHING: Self = Self(0);
    /// `usage.prompt_tokens`.
    pub const PROMPT_TOKENS: Self = Self(1);
    /// `usage.prefill_tokens`.
    pub const PREFILL_TOKENS: Self = Self(2);
    /// `usage.decode_tokens`.
    pub const DECODE_TOKENS: Self = Self(4);
    /// `model_ms`.
    pub const MODEL_MS: Self = Self(8);
    /// `tool_ms`.
    pub const TOOL_MS: Self = Self(16);
    /// `facts.workspace`.
    pub const WORKSPACE: Self = Self(32);
    /// `started_at`.
    pub const STARTED_AT: Self = Self(64);

    /// Whether all of `other` is unknown.
    pub fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// These, where `unknown`; otherwise nothing.
    pub fn when<T>(self, value: Option<T>) -> Self {
        if value.is_none() { self } else { Self::NOTHING }
    }
}

impl BitOr for Unknown {
    type Output = Self;
    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}
