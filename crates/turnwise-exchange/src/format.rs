//! The formats by their names.

use std::{fmt, str::FromStr};

/// A format of trajectories.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// The plain shape: one run a line.
    Turns,
    /// SWE-agent's `.traj`.
    SweAgent,
    /// mini-swe-agent's `.traj.json`.
    Mini,
    /// Inspect's logs, `.eval` and `.json`.
    Inspect,
    /// The Agent Trajectory Interchange Format, up to version 1.7.
    Atif,
    /// OpenHands' `output.jsonl`.
    OpenHands,
    /// OpenAI's chat format for fine-tuning; written only.
    Chat,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 7] =
        [Self::Turns, Self::SweAgent, Self::Mini, Self::Inspect, Self::Atif, Self::OpenHands, Self::Chat];

    /// Its name on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Turns => "turns",
            Self::SweAgent => "sweagent",
            Self::Mini => "mini",
            Self::Inspect => "inspect",
            Self::Atif => "atif",
            Self::OpenHands => "openhands",
            Self::Chat => "chat",
        }
    }

    /// Whether it can be read.
    pub fn is_read(self) -> bool {
        self != Self::Chat
    }

    /// How the names of its files end, the plain ending first.
    pub fn endings(self) -> &'static [&'static str] {
        match self {
            Self::Turns | Self::OpenHands | Self::Chat => &[".jsonl", ".jsonl.gz"],
            Self::SweAgent => &[".traj"],
            Self::Mini => &[".traj.json"],
            Self::Inspect => &[".eval", ".json"],
            Self::Atif => &[".json"],
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that is no format.
#[derive(Debug, thiserror::Error)]
#[error("`{word}` is not a format of trajectories")]
pub struct UnknownFormat {
    /// The word.
    pub word: String,
}

impl FromStr for Format {
    type Err = UnknownFormat;
    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let known = Self::ALL.into_iter().find(|format| format.as_str() == word);
        known.ok_or_else(|| UnknownFormat { word: word.to_owned() })
    }
}
