//! Programs that one sandbox has beside the machine's own.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// A folder of programs, shown under its own path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Tools {
    /// The folder.
    pub(crate) folder: PathBuf,
    /// Where in it the programs are: looked at before the machine's own.
    pub(crate) programs: PathBuf,
    /// Whether commands may change it: while it is made, and never again.
    pub(crate) writable: bool,
    /// Variables that commands see.
    pub(crate) variables: Vec<(String, String)>,
}
