//! A sandbox in which one program lives for as long as the harness wants, such as a browser. The harness talks to it
//! through named pipes in the sandbox's work folder.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
    process,
};

use nix::{sys::stat::Mode, unistd::mkfifo};
use turnwise_core::{EnvError, Observation, Protection};

use crate::{
    SandboxConfig,
    sandbox::{Place, Sandbox},
    temp::TempRoot,
    user_ids::UserIds,
    workspace::give_to,
};

/// Whose sandbox it is, in errors.
const OWNER: &str = "(none)";

/// A sandbox with a folder of its own and no task. Dropping it kills everything in it and removes the folder; the same
/// happens when the harness is killed, but for the folder, which the next one removes.
#[derive(Debug)]
pub struct Resident {
    // First, so that nothing runs any more when the folder goes.
    sandbox: Sandbox,
    folder: PathBuf,
    protection: Protection,
    _root: TempRoot,
}

impl Resident {
    /// Makes the folder with these named pipes in it and starts the sandbox; `temp` is where the folder is made, `$TMPDIR` or
    /// `/tmp` without it. Must be called within a runtime.
    ///
    /// # Errors
    /// When the sandbox cannot be had or the folder cannot be made.
    pub async fn start(
        config: &SandboxConfig,
        temp: Option<&Path>,
        pipes: &[&str],
    ) -> Result<Self, EnvError> {
        let parent = temp.map_or_else(env::temp_dir, Path::to_owned);
        let unwritable = |error: io::Error| EnvError::SandboxUnavailable {
            missing: format!("no folder could be made in {}: {error}", parent.display()),
            hint: "set TMPDIR to a folder on a disk with some space".to_owned(),
        };
        let root = TempRoot::new(&parent).map_err(unwritable)?;
        let folder = root.path().join("home");
        fs::create_dir(&folder).map_err(unwritable)?;
        for name in pipes {
            mkfifo(&folder.join(name), Mode::S_IRUSR | Mode::S_IWUSR)
                .map_err(|errno| unwritable(errno.into()))?;
        }
        // Far from the ids of this harness's first trials, and seldom the same as those of another harness.
        let host_id = UserIds::of(config.kind).map(|ids| ids.of_number(u32::MAX - process::id()));
        if let Some(id) = host_id {
            give_to(&folder, id)
                .map_err(|error| EnvError::Workspace { task: OWNER.to_owned(), source: error.into() })?;
        }
        let place = Place { work: &folder, host_id, task: OWNER, tools: None };
        let mut sandbox = Sandbox::start(config, place)?;
        let protection = sandbox.protection(config).await?;
        Ok(Self { sandbox, folder, protection, _root: root })
    }

    /// The folder, as the harness sees it. Programs start in it; it is their home.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What is really enforced.
    pub fn protection(&self) -> &Protection {
        &self.protection
    }

    /// Runs a program to its end, however long that takes, up to `limit_ms`. A future that is dropped midway leaves the
    /// program running until the sandbox goes; nothing else can be run in it then.
    ///
    /// # Errors
    /// When the sandbox is gone.
    pub async fn run(&mut self, command: &str, limit_ms: u64) -> Result<Observation, EnvError> {
        self.sandbox.run(command, limit_ms).await
    }
}
