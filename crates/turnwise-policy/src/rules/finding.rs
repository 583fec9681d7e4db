//! What a rule makes of a turn.

use turnwise_core::{TurnFacts, VerdictKind};

/// What a rule makes of a turn: what it says, and what it measured.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Finding {
    pub(crate) say: Say,
    /// What was measured; `None` while there is not enough to measure.
    pub(crate) score: Option<f64>,
    /// What it was held against.
    pub(crate) threshold: Option<f64>,
}

/// What a rule says.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Say {
    /// Nothing is wrong.
    Continue,
    /// The model is to be told this.
    Remind(String),
    /// The turn limit is to be lowered, and the model told.
    Shorten { to: u32, text: String },
    /// The attempt is to end and to start again behind turn `keep`.
    Restart { keep: u32 },
    /// The attempt is to end.
    Stop,
}

/// The signal that a rule looks at and that is not there: it abstains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Missing(pub(crate) String);

/// The value of a signal.
pub(crate) fn need(facts: &TurnFacts, name: &str) -> Result<f64, Missing> {
    facts.signal(name).ok_or_else(|| Missing(name.to_owned()))
}

impl Finding {
    /// There is not enough to measure yet.
    pub(crate) fn nothing() -> Self {
        Self { say: Say::Continue, score: None, threshold: None }
    }

    /// `score` was held against `threshold`; nothing follows.
    pub(crate) fn of(score: f64, threshold: f64) -> Self {
        Self { say: Say::Continue, score: Some(score), threshold: Some(threshold) }
    }

    /// The same, and this follows if `fires`.
    pub(crate) fn and(self, fires: impl FnOnce() -> Option<Say>) -> Self {
        Self { say: fires().unwrap_or(Say::Continue), ..self }
    }

    /// Stops once the score has reached the threshold.
    pub(crate) fn stop_at(score: f64, threshold: f64) -> Self {
        Self::of(score, threshold).and(|| (score >= threshold).then_some(Say::Stop))
    }

    /// Stops once the score has passed the threshold.
    pub(crate) fn stop_above(score: f64, threshold: f64) -> Self {
        Self::of(score, threshold).and(|| (score > threshold).then_some(Say::Stop))
    }
}

impl Say {
    /// The kind of verdict that it is logged as.
    pub(crate) fn kind(&self) -> VerdictKind {
        match self {
            Self::Continue => VerdictKind::Continue,
            Self::Remind(_) => VerdictKind::Remind,
            Self::Shorten { .. } => VerdictKind::Shorten,
            Self::Restart { .. } => VerdictKind::Restart,
            Self::Stop => VerdictKind::Stop,
        }
    }
}
