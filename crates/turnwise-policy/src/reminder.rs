//! What the model is told about its turns, and when.

use serde::{Deserialize, Serialize};

use crate::Reminders;

/// What stands for the number of turns in a text.
pub(crate) const TURNS: &str = "{turns}";

/// What the model is told; `{turns}` becomes `1 turn` or `N turns`. The wording of the reminder is that of
/// papers.md A1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Texts {
    /// In the first prompt and after a turn.
    pub reminder: String,
    /// When the limit was extended.
    pub extension: String,
}

impl Default for Texts {
    fn default() -> Self {
        Self {
            reminder: "ENVIRONMENT REMINDER: You have {turns} left to complete the task.".to_owned(),
            extension:
                "ENVIRONMENT REMINDER: Your limit was extended. You have {turns} left to complete the task."
                    .to_owned(),
        }
    }
}

impl Texts {
    /// The reminder for `left` turns.
    pub fn reminder(&self, left: u32) -> String {
        fill(&self.reminder, left)
    }

    /// The notice of an extension that leaves `left` turns.
    pub fn extension(&self, left: u32) -> String {
        fill(&self.extension, left)
    }
}

/// The text with the number of turns in it.
pub(crate) fn fill(text: &str, left: u32) -> String {
    let turns = if left == 1 { "1 turn".to_owned() } else { format!("{left} turns") };
    text.replace(TURNS, &turns)
}

impl Reminders {
    /// Whether the model is told before its first turn.
    pub(crate) fn opens(&self) -> bool {
        match self {
            Self::Never => false,
            Self::EveryTurn | Self::Ladder(_) => true,
        }
    }

    /// Whether the model is told after `turn` of `limit` turns.
    pub(crate) fn due(&self, turn: u32, limit: u32) -> bool {
        match self {
            Self::Never => false,
            Self::EveryTurn => true,
            Self::Ladder(shares) => shares.iter().any(|share| {
                let step = (share * f64::from(limit)).ceil();
                f64::from(turn) >= step && f64::from(turn) - 1.0 < step
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_texts_count_in_english() {
        let texts = Texts::default();
        assert_eq!(texts.reminder(1), "ENVIRONMENT REMINDER: You have 1 turn left to complete the task.");
        assert_eq!(texts.reminder(9), "ENVIRONMENT REMINDER: You have 9 turns left to complete the task.");
        assert_eq!(
            texts.extension(4),
            "ENVIRONMENT REMINDER: Your limit was extended. You have 4 turns left to complete the task."
        );
    }

    #[test]
    fn a_ladder_is_due_once_a_step() {
        let ladder = Reminders::Ladder(vec![0.5, 0.75, 0.9]);
        let due: Vec<u32> = (1..=10).filter(|&turn| ladder.due(turn, 10)).collect();
        assert_eq!(due, [5, 8, 9]);
        let short: Vec<u32> = (1..=3).filter(|&turn| ladder.due(turn, 3)).collect();
        assert_eq!(short, [2, 3]);
    }
}
