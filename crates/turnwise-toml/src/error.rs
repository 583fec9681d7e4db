//! What can be wrong with a file that people write. Each message says where, what and what to do next.

use crate::Place;

/// A file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TomlError {
    /// The text is not TOML.
    #[error("{place}: not readable as TOML: {message}")]
    Syntax {
        /// Where.
        place: Place,
        /// What the TOML reader says.
        message: String,
    },
    /// A key that means nothing here.
    #[error("{place}: unknown key `{key}`; {advice}")]
    UnknownKey {
        /// Where.
        place: Place,
        /// The key with the tables it is in, joined by dots.
        key: String,
        /// The nearest known key, or all of them.
        advice: String,
    },
    /// A key that must be there and is not.
    #[error("{place}: `{key}` is missing; give it {expected}")]
    Missing {
        /// Where it should be.
        place: Place,
        /// The key.
        key: String,
        /// What it takes.
        expected: String,
    },
    /// A value that its key cannot take.
    #[error("{place}: `{key}` cannot be {found}; give it {expected}")]
    BadValue {
        /// Where.
        place: Place,
        /// The key.
        key: String,
        /// What was given.
        found: String,
        /// What it takes.
        expected: String,
    },
}
