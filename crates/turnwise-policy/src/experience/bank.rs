//! The records of a bank: lines of JSON, under our names or those of EET's published banks.

use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use turnwise_toml::{Place, TomlError};

use super::{RECORDS, TABLE};
use crate::PolicyError;

/// What a bank is.
pub(super) const EXPECTED: &str =
    "lines of JSON, each with `task`, `description` and `summary`; `file` names a file of them";

/// One experience.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Record {
    /// The id of the task it was made on.
    #[serde(alias = "issue_id", alias = "instance_id")]
    pub(super) task: String,
    /// What that task was about.
    #[serde(alias = "task_description", alias = "issue_description")]
    pub(super) description: String,
    /// What was done.
    #[serde(alias = "execution_summary", alias = "task_summary", deserialize_with = "lines")]
    pub(super) summary: String,
    /// How good it is, from 0 to 100, as whoever made it rated it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) confidence: Option<f64>,
}

/// Experiences in the order of their file. Cheap to clone: every attempt has its policy.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Bank(Arc<[Record]>);

impl Bank {
    /// Reads lines of JSON that begin at `place`.
    pub(super) fn parse(text: &str, place: &Place) -> Result<Self, PolicyError> {
        let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        let records = lines.map(|(at, line)| {
            serde_json::from_str(line).map_err(|error| {
                let (place, key) = (place.clone(), format!("{TABLE}.{RECORDS}"));
                let (found, expected) =
                    (format!("what line {} of it is ({error})", at + 1), EXPECTED.to_owned());
                PolicyError::File(TomlError::BadValue { place, key, found, expected })
            })
        });
        Ok(Self(records.collect::<Result<_, PolicyError>>()?))
    }

    pub(super) fn records(&self) -> &[Record] {
        &self.0
    }
}

impl Record {
    /// What the model is told of it.
    pub(super) fn told(&self, similarity: f64) -> String {
        let Self { task, summary, confidence, .. } = self;
        let sure = confidence.map(|confidence| format!(", confidence {confidence}")).unwrap_or_default();
        format!(
            "Gained experience from the similar task {task} (similarity {similarity:.2}{sure}):\n{summary}"
        )
    }
}

impl Serialize for Bank {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0[..].serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Bank {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(|records: Vec<Record>| Self(records.into()))
    }
}

/// A text, or a list of lines.
#[derive(Deserialize)]
#[serde(untagged)]
enum Lines {
    Text(String),
    List(Vec<String>),
}

fn lines<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(match Lines::deserialize(deserializer)? {
        Lines::Text(text) => text,
        Lines::List(lines) => lines.iter().map(|line| format!("- {line}")).collect::<Vec<_>>().join("\n"),
    })
}
