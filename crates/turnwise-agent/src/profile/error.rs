//! What can be wrong with a profile. Each message says where, what and what to do next.

use turnwise_toml::{Place, TomlError};

/// A profile that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// The file is not what it should be.
    #[error(transparent)]
    File(#[from] TomlError),
    /// A text is no template.
    #[error("{place}: `{key}` is not readable as a jinja template")]
    Template {
        /// Where.
        place: Place,
        /// The key.
        key: String,
        /// Why.
        #[source]
        source: minijinja::Error,
    },
    /// A template uses a variable that it does not get.
    #[error("{place}: `{key}` uses `{variable}`, which it does not get; {advice}")]
    Variable {
        /// Where.
        place: Place,
        /// The key.
        key: String,
        /// The variable.
        variable: String,
        /// The nearest one that it gets, or all of them.
        advice: String,
    },
    /// A pattern cannot be used.
    #[error("{place}: `action.pattern` is no regular expression with a group for the command")]
    Pattern {
        /// Where.
        place: Place,
        /// Why.
        #[source]
        source: regex::Error,
    },
    /// An example that does not come out as it says.
    #[error("{place}: the example expects {expected}, but {happened}")]
    Example {
        /// Where the example begins.
        place: Place,
        /// What it says.
        expected: String,
        /// What the profile made of it.
        happened: String,
    },
    /// A template failed when it was used.
    #[error("profile `{profile}` could not write `{what}`; check its template")]
    Render {
        /// The profile.
        profile: String,
        /// Which template.
        what: &'static str,
        /// Why.
        #[source]
        source: minijinja::Error,
    },
}
