//! What this machine has: what `turnwise doctor` shows of the environment. Looks, and changes nothing.

use std::{
    env,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use turnwise_core::{EnvError, EnvironmentProvider, Protection};

use crate::{LocalConfig, LocalProvider};

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
    /// Where it is; `None` when there is none. With a version: where it is inside the sandbox.
    pub path: Option<PathBuf>,
    /// Its version, where that was asked.
    pub version: Option<String>,
}

/// Programs that tasks use, looked for inside the sandbox, if there is one.
const INSIDE: [&str; 2] = ["git", "python3"];
/// Programs of the machine, looked for on `PATH` only.
const OUTSIDE: [&str; 5] = ["podman", "docker", "chromium", "chromedriver", "nvidia-smi"];

/// Looks at the machine: starts a sandbox, asks git and Python in it for their versions, and looks for
/// other programs on `PATH`. Must be called within a runtime.
pub async fn probe(config: LocalConfig) -> MachineReport {
    let provider = LocalProvider::new(config).await;
    let mut tools = Vec::new();
    for name in INSIDE {
        tools.push(match &provider {
            Ok(provider) => ask(provider, name).await,
            Err(_) => look_for(name),
        });
    }
    tools.extend(OUTSIDE.map(look_for));
    MachineReport { sandbox: provider.map(|provider| provider.protection().clone()), tools }
}

fn look_for(name: &'static str) -> Tool {
    let folders = env::var_os("PATH").unwrap_or_default();
    let path = env::split_paths(&folders).map(|folder| folder.join(name)).find(|file| is_program(file));
    Tool { name, path, version: None }
}

async fn ask(provider: &LocalProvider, name: &'static str) -> Tool {
    let answer = provider.ask(&format!("command -v {name} && {name} --version")).await;
    let output =
        answer.ok().filter(|seen| seen.exit_code == Some(0)).map(|seen| seen.output).unwrap_or_default();
    let mut lines = output.lines();
    let path = lines.next().map(PathBuf::from);
    // `Python 3.11.2`, `git version 2.39.5`.
    let version = lines.next().and_then(|line| line.split_whitespace().last()).map(str::to_owned);
    Tool { name, path, version }
}

fn is_program(file: &Path) -> bool {
    file.metadata().is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}
