//! Reads a table key by key and remembers which keys it was asked for, so that every other key can be
//! reported with the nearest of those.

use crate::{
    Place, TomlError,
    document::{Node, Value},
};

/// A table being read.
#[derive(Debug)]
pub struct Table {
    place: Place,
    /// The path to the table with a dot at its end; empty for the document.
    prefix: String,
    left: Vec<(String, Node)>,
    known: Vec<&'static str>,
}

impl Table {
    /// Begins to read `node` as the table called `name` (empty for the document).
    ///
    /// # Errors
    /// When it is no table.
    pub fn open(name: &str, node: Node) -> Result<Self, TomlError> {
        let Value::Table(left) = node.value else {
            return Err(wrong(name, &node, "a table"));
        };
        let prefix = if name.is_empty() { String::new() } else { format!("{name}.") };
        Ok(Self { place: node.place, prefix, left, known: Vec::new() })
    }

    /// Where the table begins.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// The key with the tables that it is in, joined by dots: for messages.
    pub fn path_of(&self, key: &str) -> String {
        format!("{}{key}", self.prefix)
    }

    /// The value of `key`, which stays where it is.
    pub fn peek(&self, key: &str) -> Option<&Node> {
        self.left.iter().find(|(name, _)| name == key).map(|(_, node)| node)
    }

    /// Takes the value of `key` out, if it is there.
    pub fn take(&mut self, key: &'static str) -> Option<Node> {
        self.known.push(key);
        let index = self.left.iter().position(|(name, _)| name == key)?;
        Some(self.left.remove(index).1)
    }

    /// Takes the first of the remaining entries whose key is in `keys`, in the order of the file.
    pub fn take_next(&mut self, keys: &[&'static str]) -> Option<(&'static str, Node)> {
        self.known.extend(keys.iter().filter(|key| !self.known.contains(key)).copied().collect::<Vec<_>>());
        let (index, key) = self
            .left
            .iter()
            .enumerate()
            .find_map(|(index, (name, _))| Some((index, *keys.iter().find(|key| *key == name)?)))?;
        Some((key, self.left.remove(index).1))
    }

    /// Takes the value of `key` with `read`; `expected` says what it should be.
    ///
    /// # Errors
    /// When the value is none that `read` takes.
    pub fn read<T>(
        &mut self,
        key: &'static str,
        expected: &str,
        read: impl FnOnce(&Node) -> Option<T>,
    ) -> Result<Option<T>, TomlError> {
        let Some(node) = self.take(key) else { return Ok(None) };
        match read(&node) {
            Some(value) => Ok(Some(value)),
            None => Err(wrong(&format!("{}{key}", self.prefix), &node, expected)),
        }
    }

    /// As [`Table::read`], for a key that must be there.
    ///
    /// # Errors
    /// When the key is not there, or its value is none that `read` takes.
    pub fn need<T>(
        &mut self,
        key: &'static str,
        expected: &str,
        read: impl FnOnce(&Node) -> Option<T>,
    ) -> Result<T, TomlError> {
        self.read(key, expected, read)?.ok_or_else(|| TomlError::Missing {
            place: self.place.clone(),
            key: format!("{}{key}", self.prefix),
            expected: expected.to_owned(),
        })
    }

    /// Takes one of a few words; the first is the default.
    ///
    /// # Errors
    /// When the value is none of them.
    pub fn word<T: Copy>(&mut self, key: &'static str, words: &[(&str, T)]) -> Result<Option<T>, TomlError> {
        let expected = words.iter().map(|(word, _)| format!("\"{word}\"")).collect::<Vec<_>>().join(" or ");
        self.read(key, &expected, |node| {
            let text = node.text()?;
            words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value)
        })
    }

    /// Ends the reading: a key that nobody asked for is an error.
    ///
    /// # Errors
    /// When a key is left that nobody asked for.
    pub fn close(self) -> Result<(), TomlError> {
        let Some((key, node)) = self.left.first() else { return Ok(()) };
        let advice = match nearest(key, &self.known) {
            Some(known) => format!("did you mean `{}{known}`?", self.prefix),
            None => format!("known here: {}", self.known.join(", ")),
        };
        Err(TomlError::UnknownKey { place: node.place.clone(), key: format!("{}{key}", self.prefix), advice })
    }
}

/// The known word that is nearest to `word`, if one is near enough to be meant.
pub fn nearest<'k>(word: &str, known: &[&'k str]) -> Option<&'k str> {
    known
        .iter()
        .map(|known| (strsim::damerau_levenshtein(word, known), *known))
        .filter(|(distance, _)| *distance <= (word.len() / 3).max(2))
        .min()
        .map(|(_, known)| known)
}

/// The error for a value that `key` cannot take.
pub fn wrong(key: &str, node: &Node, expected: &str) -> TomlError {
    TomlError::BadValue {
        place: node.place.clone(),
        key: key.to_owned(),
        found: node.describe(),
        expected: expected.to_owned(),
    }
}
