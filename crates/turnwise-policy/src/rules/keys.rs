//! Reads the keys that many rules have, each with its range and what it is when left out.

use turnwise_toml::{Node, Table, TomlError, Value, nearest};

use crate::{PolicyError, read, signals};

/// Reads the table of a rule key by key.
pub(crate) trait Keys {
    /// A whole number within `range`; `default` when left out.
    fn count(&mut self, key: &'static str, range: (u32, u32), default: Option<u32>)
    -> Result<u32, TomlError>;

    /// A number within `range`, ends included; `default` when left out.
    fn real(&mut self, key: &'static str, range: (f64, f64), default: Option<f64>) -> Result<f64, TomlError>;

    /// A number between 0 and 1, ends excluded; `default` when left out.
    fn share(&mut self, key: &'static str, default: Option<f64>) -> Result<f64, TomlError>;

    /// A list of numbers; `None` when left out.
    fn numbers(&mut self, key: &'static str) -> Result<Option<Vec<f64>>, TomlError>;

    /// The name of a signal; `default` when left out.
    fn signal(&mut self, key: &'static str, default: Option<&str>) -> Result<String, TomlError>;

    /// Text for the model; `default` when left out.
    fn words(&mut self, key: &'static str, default: &str) -> Result<String, TomlError>;

    /// The tables of a list headed `[[RULE.KEY]]`.
    fn tables(&mut self, key: &'static str) -> Result<Vec<Table>, PolicyError>;
}

impl Keys for Table {
    fn count(
        &mut self,
        key: &'static str,
        range: (u32, u32),
        default: Option<u32>,
    ) -> Result<u32, TomlError> {
        let expected = match range {
            (least, u32::MAX) => format!("a whole number from {least}"),
            (least, most) => format!("a whole number from {least} to {most}"),
        };
        let inside = |number: &u32| (range.0..=range.1).contains(number);
        or_need(self, key, &expected, default, |node| read::whole_u32(node).filter(inside))
    }

    fn real(&mut self, key: &'static str, range: (f64, f64), default: Option<f64>) -> Result<f64, TomlError> {
        let expected = match range {
            (f64::MIN, f64::MAX) => "a number".to_owned(),
            (least, f64::MAX) => format!("a number from {least}"),
            (least, most) => format!("a number from {least} to {most}"),
        };
        let inside = |number: &f64| (range.0..=range.1).contains(number);
        or_need(self, key, &expected, default, |node| number(node).filter(inside))
    }

    fn share(&mut self, key: &'static str, default: Option<f64>) -> Result<f64, TomlError> {
        let inside = |share: &f64| *share > 0.0 && *share < 1.0;
        or_need(self, key, "a number between 0 and 1", default, |node| number(node).filter(inside))
    }

    fn numbers(&mut self, key: &'static str) -> Result<Option<Vec<f64>>, TomlError> {
        self.read(key, "a list of numbers", |node| {
            let Value::List(items) = &node.value else { return None };
            items.iter().map(number).collect()
        })
    }

    fn signal(&mut self, key: &'static str, default: Option<&str>) -> Result<String, TomlError> {
        let expected = known_signal(self.peek(key).and_then(Node::text).unwrap_or_default());
        let name =
            |node: &Node| node.text().filter(|name| signals::signal(name).is_some()).map(str::to_owned);
        or_need(self, key, &expected, default.map(str::to_owned), name)
    }

    fn words(&mut self, key: &'static str, default: &str) -> Result<String, TomlError> {
        or_need(self, key, "text for the model", Some(default.to_owned()), read::text)
    }

    fn tables(&mut self, key: &'static str) -> Result<Vec<Table>, PolicyError> {
        let name = self.path_of(key);
        let Some(node) = self.take(key) else { return Ok(Vec::new()) };
        let Value::List(items) = node.value else {
            let expected = format!("one or more tables, each headed `[[{name}]]`");
            return Err(turnwise_toml::wrong(&name, &node, &expected).into());
        };
        items.into_iter().map(|item| Ok(Self::open(&name, item)?)).collect()
    }
}

fn or_need<T>(
    table: &mut Table,
    key: &'static str,
    expected: &str,
    default: Option<T>,
    take: impl FnOnce(&Node) -> Option<T>,
) -> Result<T, TomlError> {
    match default {
        Some(default) => Ok(table.read(key, expected, take)?.unwrap_or(default)),
        None => table.need(key, expected, take),
    }
}

/// What a key that takes a signal expects, with the signal that may have been meant.
pub(crate) fn known_signal(word: &str) -> String {
    let names: Vec<&'static str> = signals::signals().map(|signal| signal.name).collect();
    match nearest(word, &names) {
        Some(near) => format!("the name of a signal; did you mean \"{near}\"?"),
        None => "the name of a signal, such as \"probe\"; `docs/signals.md` has them".to_owned(),
    }
}

/// A number with or without a point.
pub(crate) fn number(node: &Node) -> Option<f64> {
    let number = match node.value {
        Value::Real(number) => number,
        Value::Whole(_) => f64::from(i32::try_from(node.whole()?).ok()?),
        Value::Text(_) | Value::Flag(_) | Value::List(_) | Value::Table(_) | Value::Other(_) => return None,
    };
    Some(number).filter(|number| number.is_finite())
}
