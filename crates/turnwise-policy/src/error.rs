//! What can be wrong with a policy. Each message says where, what and what to do next.

use turnwise_toml::{Place, TomlError};

/// A policy that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// The file is not what it should be.
    #[error(transparent)]
    File(#[from] TomlError),
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
    /// A limit or a threshold is to be taken from solved trials, and there are none.
    #[error(
        "policy `{policy}` takes {what} from solved unlimited trials, and there is none for suite `{suite}` and model \
         `{model}`; make some with `turnwise run {suite} --policy unlimited`"
    )]
    NothingSolved {
        /// The policy.
        policy: String,
        /// What is taken from them.
        what: String,
        /// The suite.
        suite: String,
        /// The model.
        model: String,
    },
    /// A policy that chooses among others, where one is needed that has turns.
    #[error(
        "policy `{policy}` chooses among others while a run goes on, and has no turns of its own; name one of these instead: \
         {arms}"
    )]
    Chooses {
        /// The policy.
        policy: String,
        /// What it chooses among.
        arms: String,
    },
    /// Settings that cannot hold together.
    #[error("{place}: {what}; {advice}")]
    Contradiction {
        /// Where.
        place: Place,
        /// What contradicts what.
        what: String,
        /// What to do.
        advice: String,
    },
    /// A file with learned parameters that is not there.
    #[error("{place}: `{key}` names `{path}`, which cannot be read; paths count from the policy's folder")]
    NoFile {
        /// Where.
        place: Place,
        /// The key.
        key: String,
        /// The file as the policy names it.
        path: String,
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
