//! A number of turns as the file says it.

use std::fmt;

use serde::Serialize;
use turnwise_toml::Node;

use super::Source;
use crate::{PolicyError, read};

/// A number of turns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TurnCount {
    /// So many turns, from 1.
    Turns(u32),
    /// This percentile (1 to 100, nearest rank) of the turns of finished unlimited trials.
    Percentile(u8),
}

impl TurnCount {
    /// What a key that takes one expects.
    pub(crate) const EXPECTED: &'static str =
        "a number of turns from 1, or a percentile of the recorded baseline such as \"p75\"";

    pub(crate) fn read(node: &Node) -> Option<Self> {
        if let Some(turns) = read::whole_u32(node) {
            return Some(turns).filter(|turns| *turns >= 1).map(Self::Turns);
        }
        let percent = read::text(node)?.strip_prefix('p')?.parse().ok()?;
        Some(percent).filter(|percent| (1..=100).contains(percent)).map(Self::Percentile)
    }

    /// Whether it is a percentile.
    pub(crate) fn is_relative(self) -> bool {
        matches!(self, Self::Percentile(_))
    }

    /// The number.
    pub(crate) fn resolve(self, source: &Source<'_>) -> Result<u32, PolicyError> {
        match self {
            Self::Turns(turns) => Ok(turns),
            Self::Percentile(percent) => {
                source.baseline.percentile(percent).ok_or_else(|| PolicyError::NoBaseline {
                    policy: source.policy.to_owned(),
                    percentile: self.to_string(),
                    suite: source.baseline.suite().to_owned(),
                    model: source.baseline.model().to_owned(),
                })
            }
        }
    }

    /// In words.
    pub(crate) fn in_words(self) -> String {
        match self {
            Self::Turns(1) => "1 turn".to_owned(),
            Self::Turns(turns) => format!("{turns} turns"),
            Self::Percentile(percent) => {
                format!("as many turns as {percent} % of the recorded unlimited trials stayed within")
            }
        }
    }
}

impl fmt::Display for TurnCount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Turns(turns) => write!(f, "{turns}"),
            Self::Percentile(percent) => write!(f, "p{percent}"),
        }
    }
}
