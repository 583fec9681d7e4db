//! The harness's end of a container without an engine.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use serde::Serialize;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, ChildStdin, ChildStdout, Command},
    time::timeout,
};

use super::{ENTER_ARG, FIRST_ARG, enter::EnterSetup, first::FirstSetup};
use crate::{sandbox::Limits, workspace::remove_tree};

/// How long a container may take to stand.
const PATIENCE: Duration = Duration::from_secs(20);

/// What containers are made with.
#[derive(Clone, Debug)]
pub(crate) struct Rooting {
    /// The executable that calls [`crate::serve_if_asked`] first thing.
    pub(crate) launcher: PathBuf,
    /// What each process in them may use.
    pub(crate) limits: Limits,
    /// What `/dev/shm` holds, in bytes.
    pub(crate) shm_bytes: u64,
    /// Variables of a shell.
    pub(crate) variables: Vec<(String, String)>,
}

/// A running container. Dropping it ends every process in it and removes what was written.
#[derive(Debug)]
pub(crate) struct Rooted {
    child: Child,
    /// Closed, it tells the first process to end.
    _hold: Option<ChildStdin>,
    pid: i32,
    folder: PathBuf,
    rooting: Rooting,
}

impl Rooted {
    /// Starts a container of a root file system, which keeps what is written in a new `folder`.
    ///
    /// # Errors
    /// What could not be done, in words.
    pub(crate) async fn start(rooting: &Rooting, root: &Path, folder: PathBuf) -> Result<Self, String> {
        let setup = FirstSetup { root: root.to_owned(), folder, shm_bytes: rooting.shm_bytes };
        for place in [setup.upper(), setup.work(), setup.merged()] {
            std::fs::create_dir_all(&place)
                .map_err(|error| format!("{} could not be made: {error}", place.display()))?;
        }
        let mut child = spawn(&rooting.launcher, FIRST_ARG, &setup)?;
        let (hold, out) = (child.stdin.take(), child.stdout.take());
        let mut made = Self { child, _hold: hold, pid: 0, folder: setup.folder, rooting: rooting.clone() };
        let greeting = timeout(PATIENCE, greeting(out)).await;
        made.pid = greeting.map_err(|_| format!("it did not stand within {} s", PATIENCE.as_secs()))??;
        Ok(made)
    }

    /// Starts a shell in it: what is written to it, and what it says.
    ///
    /// # Errors
    /// What could not be done, in words.
    pub(crate) fn shell(&self) -> Result<(Child, ChildStdin, ChildStdout), String> {
        let Rooting { launcher, limits, variables, .. } = &self.rooting;
        let setup = EnterSetup { pid: self.pid, limits: *limits, variables: variables.clone() };
        let mut child = spawn(launcher, ENTER_ARG, &setup)?;
        match (child.stdin.take(), child.stdout.take()) {
            (Some(input), Some(output)) => Ok((child, input, output)),
            _ => Err("its pipes are gone".to_owned()),
        }
    }

    /// Whether its first process lives.
    pub(crate) fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Ends all its processes and removes what was written.
    pub(crate) async fn remove(mut self) {
        // If it is gone already, all the better.
        drop(self.child.kill().await);
    }
}

impl Drop for Rooted {
    fn drop(&mut self) {
        // The kernel ends all of a process namespace with its first process, and that with the one outside.
        drop(self.child.start_kill());
        for _ in 0..200 {
            if !matches!(self.child.try_wait(), Ok(None)) {
                break;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        if let Err(error) = remove_tree(&self.folder) {
            tracing::warn!(%error, "what a container wrote is left; the end of this run tries again");
        }
    }
}

/// Starts one of the two, in a process group of its own.
fn spawn(launcher: &Path, what: &str, setup: &impl Serialize) -> Result<Child, String> {
    let setup = serde_json::to_string(setup).map_err(|error| error.to_string())?;
    Command::new(launcher)
        .args([what, &setup])
        .env_clear()
        // Without it, a launcher that is linked with libraries in odd places does not start.
        .envs(std::env::var_os("LD_LIBRARY_PATH").map(|folders| ("LD_LIBRARY_PATH", folders)))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| format!("`{}` could not be started: {error}", launcher.display()))
}

/// What the two processes say of the first one, in either order: its number, and that it stands.
async fn greeting(out: Option<ChildStdout>) -> Result<i32, String> {
    let out = out.ok_or("its pipes are gone")?;
    let mut lines = BufReader::new(out).lines();
    let (mut pid, mut is_ready) = (None, false);
    loop {
        if let (Some(pid), true) = (pid, is_ready) {
            return Ok(pid);
        }
        let line = lines.next_line().await.map_err(|error| error.to_string())?.ok_or("it ended at once")?;
        match line.split_once(' ') {
            Some(("pid", number)) => pid = number.parse().ok(),
            Some(("failed", words)) => return Err(words.to_owned()),
            None if line == "ready" => is_ready = true,
            _ => return Err(format!("it said `{line}`")),
        }
    }
}
