//! What can be wrong with a policy. Each message says where, what and what to do next.

use crate::Place;

/// A policy that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
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
    /// A percentile of a baseline that is not there.
    #[error(
        "policy `{policy}` takes a limit from the {percentile} of recorded unlimited trials, and there is none \
         for suite `{suite}` and model `{model}`; make some with `turnwise run {suite} --policy unlimited`"
    )]
    NoBaseline {
        /// The policy.
        policy: String,
        /// The percentile, as written in the file.
        percentile: String,
        /// The suite.
        suite: String,
        /// The model.
        model: String,
    },
    /// An example that does not come out as it says.
    #[error("{place}: the example expects `{expected}`, but {happened}")]
    Example {
        /// Where the example begins.
        place: Place,
        /// What it says.
        expected: String,
        /// What the policy did.
        happened: String,
    },
    /// A stored policy that cannot be read back.
    #[error("the stored policy cannot be read; it was written by another version of turnwise")]
    Stored {
        /// Why.
        #[source]
        source: serde_json::Error,
    },
}
