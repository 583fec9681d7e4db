//! Python environments of repositories: one for each repository, version, setup commit and list of packages, made once, kept on
//! this machine, and shown read-only in the sandboxes of all trials that need it.
//!
//! Packages come from the package index, by pip, outside; the repository's own installation runs inside a sandbox, without a
//! network, as it is code of the repository's.

mod build;
mod error;

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use sha2::{Digest, Sha256};
use tokio::sync::OnceCell;
use turnwise_core::{PythonSetup, Task};

pub(crate) use build::Site;
pub use error::PythonError;

use crate::sandbox::Tools;

/// The environments of a process.
#[derive(Debug)]
pub(crate) struct Pythons {
    folder: PathBuf,
    // Trials that need the same environment wait for the one that makes it.
    made: Mutex<BTreeMap<String, Arc<OnceCell<Arc<Tools>>>>>,
}

impl Pythons {
    /// Environments that are kept in `folder`.
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self { folder, made: Mutex::default() }
    }

    /// The environment of a task, made at `site` if it is not there.
    pub(crate) async fn of(
        &self,
        task: &Task,
        setup: &PythonSetup,
        site: Site<'_>,
    ) -> Result<Arc<Tools>, PythonError> {
        let key = key(task, setup);
        let cell = {
            let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(made.entry(key.clone()).or_default())
        };
        let make = async || build::environment(&self.folder, &key, setup, &site).await.map(Arc::new);
        cell.get_or_try_init(make).await.cloned()
    }
}

/// What an environment is known by: everything that it is made from.
fn key(task: &Task, setup: &PythonSetup) -> String {
    let commit = if task.setup_commit.is_empty() { &task.base_commit } else { &task.setup_commit };
    let mut hash = Sha256::new();
    let interpreter = build::interpreter();
    let variables = setup.variables.iter().flat_map(|(name, value)| [name, value]);
    for part in [&task.repo, &task.version, commit, &interpreter]
        .into_iter()
        .chain(&setup.packages)
        .chain(&setup.install)
        .chain(variables)
    {
        hash.update(part);
        hash.update([0]);
    }
    let digest: String = hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    let name: String = task.repo.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    format!("{}-{digest}", name.trim_start_matches('-'))
}
