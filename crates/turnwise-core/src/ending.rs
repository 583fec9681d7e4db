//! Why an attempt ended.

use std::{fmt, str::FromStr};

/// Why an attempt ended. Closed on purpose: a new ending is a change of contract.md.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ending {
    /// The model handed in its work.
    Submitted,
    /// The turn budget was used up.
    TurnLimit,
    /// The token budget was used up.
    TokenLimit,
    /// The time budget was used up.
    TimeLimit,
    /// The money was used up.
    CostLimit,
    /// The conversation no longer fits the model's context.
    ContextFull,
    /// Too many replies in a row held no action.
    FormatErrors,
    /// A rule stopped it; the rule is recorded beside it.
    Stopped,
    /// A rule started the trial again.
    Restarted,
    /// Another attempt of the same trial won.
    Cancelled,
    /// The harness failed; says nothing about the model.
    InfraError,
    /// The user interrupted the run.
    Interrupted,
}

impl Ending {
    /// Every ending, in the order of contract.md.
    pub const ALL: [Self; 12] = [
        Self::Submitted,
        Self::TurnLimit,
        Self::TokenLimit,
        Self::TimeLimit,
        Self::CostLimit,
        Self::ContextFull,
        Self::FormatErrors,
        Self::Stopped,
        Self::Restarted,
        Self::Cancelled,
        Self::InfraError,
        Self::Interrupted,
    ];

    /// The ending's name in the database and in output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Submitted => "submitted",
            Self::TurnLimit => "turn_limit",
            Self::TokenLimit => "token_limit",
            Self::TimeLimit => "time_limit",
            Self::CostLimit => "cost_limit",
            Self::ContextFull => "context_full",
            Self::FormatErrors => "format_errors",
            Self::Stopped => "stopped",
            Self::Restarted => "restarted",
            Self::Cancelled => "cancelled",
            Self::InfraError => "infra_error",
            Self::Interrupted => "interrupted",
        }
    }

    /// Whether the attempt came to an end of its own or of its policy's making, so that its work is
    /// graded and the trial is finished; otherwise the same command runs the trial again.
    pub fn is_final(self) -> bool {
        match self {
            Self::Submitted
            | Self::TurnLimit
            | Self::TokenLimit
            | Self::TimeLimit
            | Self::CostLimit
            | Self::ContextFull
            | Self::FormatErrors
            | Self::Stopped
            | Self::Restarted
            | Self::Cancelled => true,
            Self::InfraError | Self::Interrupted => false,
        }
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that is no ending.
#[derive(Debug, thiserror::Error)]
#[error("`{word}` is not an ending")]
pub struct UnknownEnding {
    /// The word.
    pub word: String,
}

impl FromStr for Ending {
    type Err = UnknownEnding;
    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|ending| ending.as_str() == word)
            .ok_or_else(|| UnknownEnding { word: word.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::Ending;

    #[test]
    fn every_ending_reads_back_as_itself() {
        for ending in Ending::ALL {
            assert_eq!(ending.as_str().parse::<Ending>().unwrap(), ending);
        }
        assert!("done".parse::<Ending>().is_err());
    }
}
