//! Environments on this machine: a work tree, a sandbox and the grader for each trial.

use std::path::PathBuf;

use turnwise_core::{BoxFuture, EnvError, Environment, EnvironmentProvider, Protection, Task};

use crate::SandboxConfig;

/// What a [`LocalProvider`] is made with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalConfig {
    /// How commands are kept apart from the machine.
    pub sandbox: SandboxConfig,
    /// Where the trials' folders are made; `None` is `$TMPDIR` or `/tmp`.
    pub temp: Option<PathBuf>,
}

/// Opens an environment on this machine for each trial.
#[derive(Debug)]
pub struct LocalProvider {
    protection: Protection,
}

impl LocalProvider {
    /// Starts one sandbox to see what is really enforced, and makes the folder of this process.
    ///
    /// # Errors
    /// When the sandbox cannot be had or the folder cannot be made.
    pub async fn new(config: LocalConfig) -> Result<Self, EnvError> {
        Err(EnvError::SandboxUnavailable {
            missing: format!("`{}`", config.sandbox.launcher.display()),
            hint: "use --sandbox none".to_owned(),
        })
    }
}

impl EnvironmentProvider for LocalProvider {
    fn protection(&self) -> &Protection {
        &self.protection
    }

    fn open<'a>(&'a self, task: &'a Task) -> BoxFuture<'a, Result<Box<dyn Environment>, EnvError>> {
        Box::pin(async { Err(EnvError::Gone { task: task.id.clone() }) })
    }
}
