//! Environments on this machine: a work tree, a sandbox and the grader for each trial.

use std::{
    env, fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use nix::unistd::geteuid;
use turnwise_core::{
    BoxFuture, EnvError, Environment, EnvironmentProvider, Grade, Observation, Protection, Source, Task,
    WorkspaceState,
};

use crate::{
    SandboxConfig, SandboxKind, WorkspaceError, apply_patch, grader,
    sandbox::{Place, Sandbox},
    temp::TempRoot,
    workspace::{TaskCache, Workspace, copy_without_git, give_to, lay_over, remove_tree},
};

/// What a [`LocalProvider`] is made with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalConfig {
    /// How commands are kept apart from the machine.
    pub sandbox: SandboxConfig,
    /// Where the trials' folders are made; `None` is `$TMPDIR` or `/tmp`.
    pub temp: Option<PathBuf>,
}

/// Opens an environment on this machine for each trial. When it and its environments are dropped, their
/// folders are removed.
#[derive(Debug)]
pub struct LocalProvider {
    protection: Protection,
    shared: Arc<Shared>,
}

/// What the environments of a process have in common.
#[derive(Debug)]
struct Shared {
    sandbox: SandboxConfig,
    cache: TaskCache,
    trials: AtomicU32,
    ids: Option<UserIds>,
    root: TempRoot,
}

impl LocalProvider {
    /// Makes the folder of this process and starts one sandbox to see what is really enforced. Must be
    /// called within a runtime, as all the rest.
    ///
    /// # Errors
    /// When the sandbox cannot be had or the folder cannot be made.
    pub async fn new(config: LocalConfig) -> Result<Self, EnvError> {
        let parent = config.temp.unwrap_or_else(env::temp_dir);
        let unwritable = |error: std::io::Error| EnvError::SandboxUnavailable {
            missing: format!("no folder could be made in {}: {error}", parent.display()),
            hint: "set TMPDIR to a folder on a disk with some space".to_owned(),
        };
        let root = TempRoot::new(&parent).map_err(unwritable)?;
        let (cache, look) = (root.path().join("base"), root.path().join("look"));
        fs::create_dir(&cache).and_then(|()| fs::create_dir(&look)).map_err(unwritable)?;
        let ids = UserIds::of(config.sandbox.kind);
        let shared = Shared {
            sandbox: config.sandbox,
            cache: TaskCache::new(cache),
            trials: AtomicU32::new(0),
            ids,
            root,
        };
        let host_id = shared.give(&look, 0).map_err(broken("(none)"))?;
        let mut sandbox = Sandbox::start(&shared.sandbox, Place { work: &look, host_id, task: "(none)" })?;
        let protection = sandbox.protection(&shared.sandbox).await?;
        sandbox.close().await;
        Ok(Self { protection, shared: Arc::new(shared) })
    }

    /// Grades somebody else's patch: a fresh work tree, the patch, the hidden tests.
    ///
    /// # Errors
    /// When the tests cannot be run. A patch that does not fit is an [`EnvError::Workspace`].
    pub async fn grade_patch(&self, task: &Task, patch: &str) -> Result<Grade, EnvError> {
        let mut environment = self.make(task)?;
        apply_patch(environment.workspace.dir(), patch).map_err(broken(&task.id))?;
        environment.run_tests().await
    }

    /// An environment in which a patch has been applied already: where a recorded attempt stood.
    ///
    /// # Errors
    /// When the work tree cannot be made. A patch that does not fit is an [`EnvError::Workspace`].
    pub fn open_at(&self, task: &Task, patch: &str) -> Result<Box<dyn Environment>, EnvError> {
        let environment = self.make(task)?;
        let dir = environment.workspace.dir();
        let apply = || {
            apply_patch(dir, patch)?;
            self.shared.give(dir, environment.number)
        };
        apply().map_err(broken(&task.id))?;
        Ok(Box::new(environment))
    }

    /// Runs one command in a work tree that has nothing to do with a task; for looking at the machine.
    pub(crate) async fn ask(&self, command: &str) -> Result<Observation, EnvError> {
        let work = self.shared.root.path().join("look");
        let host_id = self.shared.give(&work, 0).map_err(broken("(none)"))?;
        let mut sandbox =
            Sandbox::start(&self.shared.sandbox, Place { work: &work, host_id, task: "(none)" })?;
        let observation = sandbox.run(command, self.shared.sandbox.limits.action_ms).await?;
        sandbox.close().await;
        Ok(observation)
    }

    fn make(&self, task: &Task) -> Result<LocalEnvironment, EnvError> {
        let number = self.shared.trials.fetch_add(1, Ordering::Relaxed) + 1;
        let dir = self.shared.root.path().join(format!("trial-{number}"));
        let make = || {
            fs::create_dir(&dir).map_err(WorkspaceError::file(&dir, "created"))?;
            let workspace = Workspace::make(self.shared.cache.base(task)?, dir.join("ws"))?;
            let host_id = self.shared.give(workspace.dir(), number)?;
            Ok((workspace, host_id))
        };
        let (workspace, host_id) = make().map_err(broken(&task.id))?;
        let shared = Arc::clone(&self.shared);
        Ok(LocalEnvironment {
            shared,
            task: task.clone(),
            dir,
            number,
            host_id,
            workspace,
            sandbox: None,
            copies: 0,
        })
    }
}

impl EnvironmentProvider for LocalProvider {
    fn protection(&self) -> &Protection {
        &self.protection
    }

    fn open<'a>(&'a self, task: &'a Task) -> BoxFuture<'a, Result<Box<dyn Environment>, EnvError>> {
        Box::pin(async move { Ok(Box::new(self.make(task)?) as Box<dyn Environment>) })
    }
}

/// The environment of one trial on this machine. Its sandbox starts with the first command.
#[derive(Debug)]
pub struct LocalEnvironment {
    // First, so that nothing runs any more when the rest goes.
    sandbox: Option<Sandbox>,
    workspace: Workspace,
    shared: Arc<Shared>,
    task: Task,
    dir: PathBuf,
    number: u32,
    host_id: Option<u32>,
    /// How many further folders were made in `dir`; all go at the end, as removing takes long on some disks.
    copies: u32,
}

impl LocalEnvironment {
    async fn run(&mut self, command: &str) -> Result<Observation, EnvError> {
        let config = &self.shared.sandbox;
        let sandbox = match &mut self.sandbox {
            Some(sandbox) => sandbox,
            none => {
                let place = Place { work: self.workspace.dir(), host_id: self.host_id, task: &self.task.id };
                none.insert(Sandbox::start(config, place)?)
            }
        };
        sandbox.run(command, config.limits.action_ms).await
    }

    async fn look<T>(
        &mut self,
        look: fn(&mut Workspace) -> Result<T, WorkspaceError>,
    ) -> Result<T, EnvError> {
        if let Ok(seen) = look(&mut self.workspace) {
            return Ok(seen);
        }
        // The agent may have taken its own right to read away, which is ours too where we are not root.
        // It is given back from inside, where it cannot be led astray by links.
        self.run("chmod -R u+rwX .").await?;
        look(&mut self.workspace).map_err(broken(&self.task.id))
    }

    async fn stop(&mut self) {
        if let Some(sandbox) = self.sandbox.take() {
            sandbox.close().await;
        }
    }

    async fn run_tests(&mut self) -> Result<Grade, EnvError> {
        grader::check(&self.task, &self.task.test_command)?;
        // Whatever the agent left running must not see the tests.
        self.stop().await;
        self.copies += 1;
        let copy = self.dir.join(format!("graded-{}", self.copies));
        let host_id = self.copy_for_tests(&copy).map_err(broken(&self.task.id))?;
        let place = Place { work: &copy, host_id, task: &self.task.id };
        grader::grade(&self.task, &self.shared.sandbox, place).await
    }

    fn copy_for_tests(&self, copy: &Path) -> Result<Option<u32>, WorkspaceError> {
        copy_without_git(self.workspace.dir(), copy)?;
        lay_over(copy, &self.task.hidden_files)?;
        self.shared.give(copy, self.number)
    }

    async fn start_over(&mut self) -> Result<(), EnvError> {
        self.stop().await;
        self.copies += 1;
        let again = || {
            let dir = self.dir.join(format!("ws-{}", self.copies));
            let workspace = Workspace::make(self.shared.cache.base(&self.task)?, dir)?;
            self.shared.give(workspace.dir(), self.number)?;
            Ok(workspace)
        };
        self.workspace = again().map_err(broken(&self.task.id))?;
        Ok(())
    }
}

impl Environment for LocalEnvironment {
    fn execute<'a>(&'a mut self, command: &'a str) -> BoxFuture<'a, Result<Observation, EnvError>> {
        Box::pin(self.run(command))
    }

    fn state(&mut self) -> BoxFuture<'_, Result<WorkspaceState, EnvError>> {
        Box::pin(self.look(Workspace::state))
    }

    fn patch(&mut self) -> BoxFuture<'_, Result<String, EnvError>> {
        Box::pin(self.look(Workspace::patch))
    }

    fn grade(&mut self) -> BoxFuture<'_, Result<Grade, EnvError>> {
        Box::pin(self.run_tests())
    }

    fn reset(&mut self) -> BoxFuture<'_, Result<(), EnvError>> {
        Box::pin(self.start_over())
    }

    fn close(mut self: Box<Self>) -> BoxFuture<'static, Result<(), EnvError>> {
        Box::pin(async move {
            self.stop().await;
            let dir = self.dir.clone();
            let removed = tokio::task::spawn_blocking(move || remove_tree(&dir)).await;
            // What could not be removed now goes when the process ends.
            removed.unwrap_or(Ok(())).map_err(broken(&self.task.id))
        })
    }
}

impl Drop for LocalEnvironment {
    fn drop(&mut self) {
        drop(self.sandbox.take());
        if let Err(error) = remove_tree(&self.dir) {
            tracing::debug!(%error, "a trial's folder goes with the process's");
        }
    }
}

impl Shared {
    /// Gives a folder to the user that works in it; says who that is, if it is not ourselves.
    fn give(&self, dir: &Path, number: u32) -> Result<Option<u32>, WorkspaceError> {
        let Some(ids) = self.ids else { return Ok(None) };
        let id = ids.first + number % ids.count;
        give_to(dir, id)?;
        Ok(Some(id))
    }
}

/// User ids that belong to nobody, one for each trial, for a harness that runs as root.
#[derive(Clone, Copy, Debug)]
struct UserIds {
    first: u32,
    count: u32,
}

impl UserIds {
    fn of(kind: SandboxKind) -> Option<Self> {
        if kind == SandboxKind::None || !geteuid().is_root() {
            return None;
        }
        // In a container root may have only some of the ids.
        let map = fs::read_to_string("/proc/self/uid_map").unwrap_or_default();
        match map.split_whitespace().last().and_then(|count| count.parse().ok()).unwrap_or(0) {
            u32::MAX => Some(Self { first: 0x7000_0000, count: 65_536 }),
            60_500.. => Some(Self { first: 60_100, count: 400 }),
            // This root is somebody else outside.
            _ => None,
        }
    }
}

fn broken(task: &str) -> impl FnOnce(WorkspaceError) -> EnvError {
    let task = task.to_owned();
    |source| EnvError::Workspace { task, source: Source::from(source) }
}
