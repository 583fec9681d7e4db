//! What a rule says after a turn.

use std::fmt;

/// What is to be done with the attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Another turn.
    Continue,
    /// Another turn, and the model is told this first.
    Remind {
        /// What the model is told.
        text: String,
    },
    /// The turn limit is raised, and the model is told.
    Extend {
        /// The new turn limit.
        to: u32,
        /// What the model is told.
        text: String,
    },
    /// The turn limit is lowered, and the model is told.
    Shorten {
        /// The new turn limit.
        to: u32,
        /// What the model is told.
        text: String,
    },
    /// The attempt ends here.
    Stop,
    /// The attempt ends here and the trial starts again behind this turn; 0 is its beginning.
    Restart {
        /// The last turn that is kept.
        keep: u32,
    },
}

/// A verdict without what goes with it, as the database names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum VerdictKind {
    /// See [`Verdict::Continue`].
    Continue,
    /// See [`Verdict::Remind`].
    Remind,
    /// See [`Verdict::Extend`].
    Extend,
    /// See [`Verdict::Shorten`].
    Shorten,
    /// See [`Verdict::Stop`].
    Stop,
    /// See [`Verdict::Restart`].
    Restart,
    /// Only of a rule: it cannot say anything, as a signal that it looks at is not there.
    Abstain,
}

impl Verdict {
    /// The verdict's kind.
    pub fn kind(&self) -> VerdictKind {
        match self {
            Self::Continue => VerdictKind::Continue,
            Self::Remind { .. } => VerdictKind::Remind,
            Self::Extend { .. } => VerdictKind::Extend,
            Self::Shorten { .. } => VerdictKind::Shorten,
            Self::Stop => VerdictKind::Stop,
            Self::Restart { .. } => VerdictKind::Restart,
        }
    }
}

impl VerdictKind {
    /// Every kind.
    pub const ALL: [Self; 7] =
        [Self::Continue, Self::Remind, Self::Extend, Self::Shorten, Self::Stop, Self::Restart, Self::Abstain];

    /// The kind's name in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Continue => "continue",
            Self::Remind => "remind",
            Self::Extend => "extend",
            Self::Shorten => "shorten",
            Self::Stop => "stop",
            Self::Restart => "restart",
            Self::Abstain => "abstain",
        }
    }
}

impl fmt::Display for VerdictKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One rule's verdict on one turn, as it is logged.
#[derive(Clone, Debug, PartialEq)]
pub struct Vote {
    /// The rule's name.
    pub rule: String,
    /// What it said.
    pub verdict: VerdictKind,
    /// Whether it was only logged, not obeyed.
    pub shadow: bool,
    /// What it measured, if it measures.
    pub score: Option<f64>,
    /// What it held that against.
    pub threshold: Option<f64>,
    /// The signal that was not there, for [`VerdictKind::Abstain`].
    pub missing: Option<String>,
}
