//! One file for each format: how a trajectory stands in one document of it.

pub(crate) mod atif;
pub(crate) mod chat;
pub(crate) mod inspect;
pub(crate) mod mini;
pub(crate) mod openhands;
pub(crate) mod sweagent;
pub(crate) mod talk;
pub(crate) mod turns;

use serde_json::{Map, Value};

use crate::{Trajectory, source::Fault, spare};

/// A document in a format's own words, and where in it each turn stands.
pub(crate) struct Draft {
    /// The document.
    pub(crate) doc: Value,
    /// For each turn the index of its object in the format's list.
    pub(crate) turns: Vec<usize>,
}

/// Finds an object in a document, if it is there.
type Place = fn(&mut Value, Option<usize>) -> Option<&mut Map<String, Value>>;

/// How a trajectory stands in a document of its own.
pub(crate) struct Words {
    /// Writes what the format has words for.
    pub(crate) write: fn(&Trajectory) -> Draft,
    /// Reads a document, which may hold several attempts. The text is the name of its file without its ending.
    pub(crate) read: fn(Value, &str) -> Result<Vec<Trajectory>, Fault>,
    /// The object with room for other people's facts: of a turn, by its index in the format's list, or of the whole.
    pub(crate) place: Place,
}

impl Words {
    /// The whole document.
    pub(crate) fn document(&self, t: &Trajectory) -> Value {
        let Draft { mut doc, turns } = (self.write)(t);
        let read = (self.read)(doc.clone(), "").ok().and_then(|mut read| read.pop());
        let got = read.unwrap_or_else(|| Trajectory::of(""));
        spare::fill(&mut doc, (t, &got), |doc, turn| match turn {
            None => (self.place)(doc, None),
            Some(turn) => (self.place)(doc, Some(*turns.get(turn)?)),
        });
        doc
    }
}

/// The object at a path of keys, made where it is missing.
pub(crate) fn object_at<'a>(mut value: &'a mut Value, path: &[&str]) -> Option<&'a mut Map<String, Value>> {
    for key in path {
        value = value.as_object_mut()?.entry((*key).to_owned()).or_insert_with(|| Value::Object(Map::new()));
    }
    value.as_object_mut()
}

/// The text of a message's content: a text, or the texts of its parts.
pub(crate) fn text_of(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => {
            let texts = parts.iter().filter_map(|part| part.as_str().or_else(|| part["text"].as_str()));
            texts.collect::<Vec<_>>().join("\n")
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => String::new(),
    }
}
