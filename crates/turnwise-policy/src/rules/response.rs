//! What a rule does when it fires, where the file may choose; and on which side of a threshold it fires.

use serde::{Deserialize, Serialize};
use turnwise_toml::{Table, TomlError};

use super::{Keys, Say};
pub(crate) use crate::calibration::Side;

/// What a rule does when it fires.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Response {
    /// It stops the attempt.
    Stop,
    /// It tells the model this.
    Remind(String),
}

impl Response {
    /// Reads `verdict` (`"stop"`, the default, or `"remind"`) and for the second `text`.
    pub(crate) fn read(table: &mut Table, text: &str) -> Result<Self, TomlError> {
        match table.word("verdict", &[("stop", 0), ("remind", 1)])?.unwrap_or(0) {
            0 => Ok(Self::Stop),
            _ => Ok(Self::Remind(table.words("text", text)?)),
        }
    }

    /// The same where the default is to tell the model.
    pub(crate) fn read_reminding(table: &mut Table, text: &str) -> Result<Self, TomlError> {
        match table.word("verdict", &[("remind", 0), ("stop", 1)])?.unwrap_or(0) {
            0 => Ok(Self::Remind(table.words("text", text)?)),
            _ => Ok(Self::Stop),
        }
    }

    pub(crate) fn say(&self) -> Say {
        match self {
            Self::Stop => Say::Stop,
            Self::Remind(text) => Say::Remind(text.clone()),
        }
    }

    /// The verb in explanations.
    pub(crate) fn verb(&self) -> &'static str {
        match self {
            Self::Stop => "stops an attempt",
            Self::Remind(_) => "reminds the model",
        }
    }
}

impl Side {
    /// Reads `fires`.
    pub(crate) fn read(table: &mut Table) -> Result<Self, TomlError> {
        let sides = [("above", Self::Above), ("below", Self::Below)];
        let word = |text: &str| sides.iter().find(|(word, _)| *word == text).map(|(_, side)| *side);
        let expected =
            "\"above\" or \"below\": on which side of the threshold it fires, as learned from recorded runs";
        table.need("fires", expected, |node| word(node.text()?))
    }
}
