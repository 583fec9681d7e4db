//! Makes one environment. What a folder holds is complete if it has its mark: a build that was killed is made again.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Output, Stdio},
    sync::Arc,
};

use nix::unistd::geteuid;
use tokio::process::Command;
use turnwise_core::{PythonSetup, Source};

use super::PythonError;
use crate::{
    SandboxConfig, SandboxKind,
    sandbox::{Place, Sandbox, Tools},
    workspace::{Base, give_to, remove_tree},
};

/// The Python of all environments: the one that every sandbox has.
const PYTHON: &str = "/usr/bin/python3";

/// What that program really is: its file names its version, and an environment of another version is another one.
pub(super) fn interpreter() -> String {
    fs::canonicalize(PYTHON).map_or_else(|_| PYTHON.to_owned(), |file| file.to_string_lossy().into_owned())
}
/// The file that is written last.
const MARK: &str = "turnwise-ready";
/// How long one command of an installation may take, in milliseconds.
const INSTALL_MS: u64 = 30 * 60 * 1000;

/// Where, and from what, an environment is made.
pub(crate) struct Site<'a> {
    /// The repository, for messages.
    pub(crate) repo: &'a str,
    /// The work tree at the setup commit.
    pub(crate) base: Arc<Base>,
    /// A folder of its own for the work.
    pub(crate) scratch: PathBuf,
    /// The sandbox in which the repository is installed.
    pub(crate) sandbox: &'a SandboxConfig,
    /// The user it is installed by, for a harness that runs as root.
    pub(crate) host_id: Option<u32>,
}

/// The environment `key` below `folder`, made unless it is there.
pub(super) async fn environment(
    folder: &Path,
    key: &str,
    setup: &PythonSetup,
    site: &Site<'_>,
) -> Result<Tools, PythonError> {
    if site.sandbox.kind == SandboxKind::None {
        return Err(PythonError::NoSandbox { repo: site.repo.to_owned() });
    }
    if folder.starts_with("/tmp") {
        return Err(PythonError::Hidden { path: folder.to_owned() });
    }
    fs::create_dir_all(folder).map_err(PythonError::file(folder, "created"))?;
    let dir = folder.join(key);
    let lock = lock(folder.join(format!("{key}.lock"))).await?;
    if !dir.join(MARK).is_file() {
        tracing::info!(repo = site.repo, "making its Python environment");
        make(&dir, &folder.join(format!("{key}.log")), setup, site).await?;
    }
    drop(lock);
    Ok(tools(dir, setup, false))
}

fn tools(dir: PathBuf, setup: &PythonSetup, writable: bool) -> Tools {
    let mut variables = setup.variables.clone();
    variables.push(("VIRTUAL_ENV".to_owned(), dir.display().to_string()));
    Tools { programs: dir.join("bin"), folder: dir, writable, variables }
}

/// Waits until no other process makes this environment.
async fn lock(path: PathBuf) -> Result<File, PythonError> {
    let open = move || {
        let file = File::create(&path)?;
        file.lock()?;
        Ok(file)
    };
    let locked = tokio::task::spawn_blocking(open).await;
    locked
        .unwrap_or_else(|error| Err(std::io::Error::other(error)))
        .map_err(PythonError::file("its lock", "taken"))
}

async fn make(dir: &Path, log: &Path, setup: &PythonSetup, site: &Site<'_>) -> Result<(), PythonError> {
    remove_tree(dir).map_err(|error| PythonError::Harness(Source::from(error)))?;
    let made = said(Command::new(PYTHON).args(["-m", "venv"]).arg(dir)).await?;
    if !made.status.success() {
        return Err(PythonError::NoVenv { said: last_line(&made.stderr, &made.stdout) });
    }
    packages(dir, log, setup, site).await?;
    install(dir, log, setup, site).await?;
    fs::write(dir.join(MARK), "").map_err(PythonError::file(dir, "completed"))
}

/// What the task lists, from the package index.
async fn packages(dir: &Path, log: &Path, setup: &PythonSetup, site: &Site<'_>) -> Result<(), PythonError> {
    if setup.packages.is_empty() {
        return Ok(());
    }
    let mut pip = Command::new(dir.join("bin/python"));
    pip.args(["-m", "pip", "install", "--no-input", "--disable-pip-version-check", "--quiet"])
        .args(&setup.packages);
    let output = said(&mut pip).await?;
    fs::write(log, [&output.stdout[..], &output.stderr].concat())
        .map_err(PythonError::file(log, "written"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = last_line(&output.stderr, &output.stdout);
    Err(PythonError::Packages { repo: site.repo.to_owned(), said, log: log.to_owned() })
}

/// The repository itself, by its own code: in a sandbox that may write to the environment and reaches no network.
async fn install(dir: &Path, log: &Path, setup: &PythonSetup, site: &Site<'_>) -> Result<(), PythonError> {
    if setup.install.is_empty() {
        return Ok(());
    }
    let harness = |source| PythonError::Harness(source);
    let work = &site.scratch;
    site.base.copy_to(work).map_err(|error| harness(error.into()))?;
    let owner = geteuid().as_raw();
    if let Some(id) = site.host_id {
        give_to(work, id).and_then(|()| give_to(dir, id)).map_err(|error| harness(error.into()))?;
    }
    let tools = tools(dir.to_owned(), setup, true);
    let place = Place { work, host_id: site.host_id, task: site.repo, tools: Some(&tools) };
    let mut sandbox = Sandbox::start(site.sandbox, place).map_err(|error| harness(error.into()))?;
    for command in &setup.install {
        let seen = sandbox.run(command, INSTALL_MS).await.map_err(|error| harness(error.into()))?;
        if seen.exit_code != Some(0) {
            fs::write(log, &seen.output).map_err(PythonError::file(log, "written"))?;
            let (repo, command) = (site.repo.to_owned(), command.clone());
            let said = last_line(seen.output.as_bytes(), b"");
            return Err(PythonError::Install { repo, command, said, log: log.to_owned() });
        }
    }
    sandbox.close().await;
    if site.host_id.is_some() {
        // Nobody in a sandbox is its owner any more.
        give_to(dir, owner).map_err(|error| harness(error.into()))?;
    }
    remove_tree(work).map_err(|error| harness(error.into()))
}

async fn said(command: &mut Command) -> Result<Output, PythonError> {
    let program = PathBuf::from(command.as_std().get_program());
    command
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .map_err(PythonError::file(program, "started"))
}

fn last_line(first: &[u8], otherwise: &[u8]) -> String {
    let last = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes);
        text.lines().rev().map(str::trim).find(|line| !line.is_empty()).map(str::to_owned)
    };
    last(first).or_else(|| last(otherwise)).unwrap_or_else(|| "nothing".to_owned())
}
