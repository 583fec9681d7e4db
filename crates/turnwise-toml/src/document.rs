//! A TOML text as a tree in which every value knows where it stands, in the order of the file.
//!
//! Settings given on the command line are laid over the tree with their own
//! place, so that a mistake in one is reported as such.

use std::{fmt, ops::Range};

use serde::{Deserialize, Serialize};
use toml::de::{DeTable, DeValue};

use crate::TomlError;

/// A line of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The file as the user knows it, or the setting on the command line.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// A value and where it stands.
#[derive(Clone, Debug)]
pub struct Node {
    /// Where it stands.
    pub place: Place,
    /// The value.
    pub value: Value,
}

/// A TOML value; tables keep the order of the file.
#[derive(Clone, Debug)]
pub enum Value {
    /// A string.
    Text(String),
    /// An integer.
    Whole(i64),
    /// A number with a point.
    Real(f64),
    /// True or false.
    Flag(bool),
    /// An array.
    List(Vec<Node>),
    /// A table.
    Table(Vec<(String, Node)>),
    /// A kind of value that no key takes; holds its name.
    Other(&'static str),
}

impl Node {
    /// Reads `text`, which the user knows as `file`.
    ///
    /// # Errors
    /// When it is not TOML.
    pub fn parse(file: &str, text: &str) -> Result<Self, TomlError> {
        // Where each line ends: files of calibration runs have many thousands of values.
        let ends: Vec<usize> =
            text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at).collect();
        let line = |byte: usize| ends.partition_point(|end| *end < byte) + 1;
        let at = |span: Range<usize>| Place { file: file.to_owned(), line: line(span.start) };
        let document = DeTable::parse(text).map_err(|error| TomlError::Syntax {
            place: at(error.span().unwrap_or(0..0)),
            message: error.message().to_owned(),
        })?;
        Ok(table(document.get_ref(), at(0..0), &at))
    }

    /// Lays `key=value` over the tree; a value that is not TOML is taken as text.
    ///
    /// # Errors
    /// When there is no `=`, or the key cannot be one.
    pub fn set(&mut self, setting: &str) -> Result<(), TomlError> {
        let file = format!("--set {setting}");
        let missing = || TomlError::Missing {
            place: Place { file: file.clone(), line: 1 },
            key: setting.to_owned(),
            expected: "a value, as in `--set budget.limit=12`".to_owned(),
        };
        let (key, value) = setting.split_once('=').ok_or_else(missing)?;
        let bare = format!("{key} = {value}");
        let quoted = || format!("{key} = {:?}", value.trim());
        let over = Self::parse(&file, &bare).or_else(|_| Self::parse(&file, &quoted()))?;
        self.lay_over(over);
        Ok(())
    }

    /// Lays another tree over this one: tables are joined, anything else is replaced.
    pub fn lay_over(&mut self, over: Self) {
        let Value::Table(entries) = over.value else {
            *self = over;
            return;
        };
        let Value::Table(mine) = &mut self.value else {
            *self = Self { place: over.place, value: Value::Table(entries) };
            return;
        };
        for (key, node) in entries {
            match mine.iter_mut().find(|(known, _)| *known == key) {
                Some((_, old)) => old.lay_over(node),
                None => mine.push((key, node)),
            }
        }
    }

    /// The text, where the value is one.
    pub fn text(&self) -> Option<&str> {
        if let Value::Text(text) = &self.value { Some(text) } else { None }
    }

    /// The whole number, where the value is one.
    pub fn whole(&self) -> Option<i64> {
        if let Value::Whole(number) = self.value { Some(number) } else { None }
    }

    /// A number, whole or not, where the value is one. None is endless.
    pub fn number(&self) -> Option<f64> {
        match self.value {
            Value::Whole(number) => Some(number as f64),
            Value::Real(number) => Some(number).filter(|number| number.is_finite()),
            Value::Text(_) | Value::Flag(_) | Value::List(_) | Value::Table(_) | Value::Other(_) => None,
        }
    }

    /// True or false, where the value is one of them.
    pub fn flag(&self) -> Option<bool> {
        if let Value::Flag(flag) = self.value { Some(flag) } else { None }
    }

    /// The value in words, for messages.
    pub fn describe(&self) -> String {
        match &self.value {
            Value::Text(text) => format!("\"{text}\""),
            Value::Whole(number) => number.to_string(),
            Value::Real(number) => number.to_string(),
            Value::Flag(flag) => flag.to_string(),
            Value::List(_) => "a list".to_owned(),
            Value::Table(_) => "a table".to_owned(),
            Value::Other(name) => format!("a {name}"),
        }
    }
}

fn table(table_: &DeTable<'_>, place: Place, at: &dyn Fn(Range<usize>) -> Place) -> Node {
    let mut entries: Vec<_> = table_.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    let value = Value::Table(
        entries
            .into_iter()
            .map(|(key, value)| {
                let node = node(value.get_ref(), at(key.span()), at);
                (key.get_ref().to_string(), node)
            })
            .collect(),
    );
    Node { place, value }
}

fn node(value: &DeValue<'_>, place: Place, at: &dyn Fn(Range<usize>) -> Place) -> Node {
    let other = Value::Other(value.type_str());
    let value = match value {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Integer(number) => {
            i64::from_str_radix(number.as_str(), number.radix()).map_or(other, Value::Whole)
        }
        DeValue::Float(number) => number.as_str().parse().map_or(other, Value::Real),
        DeValue::Boolean(flag) => Value::Flag(*flag),
        DeValue::Datetime(_) => other,
        DeValue::Array(items) => {
            Value::List(items.iter().map(|item| node(item.get_ref(), at(item.span()), at)).collect())
        }
        DeValue::Table(inner) => return table(inner, place, at),
    };
    Node { place, value }
}
