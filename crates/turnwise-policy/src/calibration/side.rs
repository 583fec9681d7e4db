//! On which side of a threshold a rule fires.

use serde::{Deserialize, Serialize};

/// On which side of its threshold a rule fires: learned, never assumed, so there is no default.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// When the score is above.
    Above,
    /// When the score is below.
    Below,
}

impl Side {
    /// Whether `score` is on this side of `threshold`, and not at it.
    pub fn holds(self, score: f64, threshold: f64) -> bool {
        match self {
            Self::Above => score > threshold,
            Self::Below => score < threshold,
        }
    }

    /// The word for it: `above` or `below`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Above => "above",
            Self::Below => "below",
        }
    }

    /// A score turned so that more is nearer to firing; turned once more it is itself again.
    pub(crate) fn turned(self, score: f64) -> f64 {
        match self {
            Self::Above => score,
            Self::Below => -score,
        }
    }
}
