//! Environments on this machine: a work tree, a sandbox and the grader for each trial.

use std::{
    env, fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use turnwise_core::{
    BoxFuture, EnvError, Environment, EnvironmentProvider, Grade, Observation, Protection, Source, Task,
    WorkspaceState,
};

use crate::{
    RepositoryConfig, SandboxConfig, SandboxKind, WorkspaceError, apply_patch, grader,
    python::{Pythons, Site},
    repository::Repositories,
    sandbox::{Place, Sandbox, Tools},
    temp::TempRoot,
    user_ids::UserIds,
    workspace::{
        TaskCache, Workspace, copy_without_git, give_to, lay_assets, lay_over, put_back, remove_tree,
    },
};

/// What a [`LocalProvider`] is made with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalConfig {
    /// How commands are kept apart from the machine.
    pub sandbox: SandboxConfig,
    /// Where the trials' folders are made; `None` is `$TMPDIR` or `/tmp`.
    pub temp: Option<PathBuf>,
    /// Where the repositories come from that tasks name, and the environments that they need are kept; `None` for suites that bring
    /// their files.
    pub repositories: Option<RepositoryConfig>,
    /// The folder in which what hidden tests print is kept: `TASK.TRIAL.GRADING.log`.
    pub logs: Option<PathBuf>,
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
    pythons: Option<Pythons>,
    trials: AtomicU32,
    ids: Option<UserIds>,
    logs: Option<PathBuf>,
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
        let pythons = config.repositories.as_ref().map(|from| Pythons::new(from.cache.join("python")));
        let shared = Shared {
            sandbox: config.sandbox,
            cache: TaskCache::new(cache, config.repositories.map(Repositories::new)),
            pythons,
            trials: AtomicU32::new(0),
            ids,
            logs: config.logs,
            root,
        };
        let host_id = shared.give(&look, 0).map_err(broken("(none)"))?;
        let place = Place { work: &look, host_id, task: "(none)", tools: None };
        let mut sandbox = Sandbox::start(&shared.sandbox, place)?;
        let protection = sandbox.protection(&shared.sandbox).await?;
        sandbox.close().await;
        Ok(Self { protection, shared: Arc::new(shared) })
    }

    /// Whether actions run as users of their own, which is so where the harness is root.
    pub fn runs_as_others(kind: SandboxKind) -> bool {
        UserIds::of(kind).is_some()
    }

    /// Grades somebody else's patch: a fresh work tree, the patch, the hidden tests.
    ///
    /// # Errors
    /// When the tests cannot be run. A patch that does not fit is an [`EnvError::Workspace`].
    pub async fn grade_patch(&self, task: &Task, patch: &str) -> Result<Grade, EnvError> {
        let mut environment = self.make(task).await?;
        apply_patch(environment.workspace.dir(), patch).map_err(broken(&task.id))?;
        environment.run_tests().await
    }

    /// An environment in which a patch has been applied already: where a recorded attempt stood.
    ///
    /// # Errors
    /// When the work tree cannot be made. A patch that does not fit is an [`EnvError::Workspace`].
    pub async fn open_at(&self, task: &Task, patch: &str) -> Result<Box<dyn Environment>, EnvError> {
        let environment = self.make(task).await?;
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
        let place = Place { work: &work, host_id, task: "(none)", tools: None };
        let mut sandbox = Sandbox::start(&self.shared.sandbox, place)?;
        let observation = sandbox.run(command, self.shared.sandbox.limits.action_ms).await?;
        sandbox.close().await;
        Ok(observation)
    }

    async fn make(&self, task: &Task) -> Result<LocalEnvironment, EnvError> {
        let shared = Arc::clone(&self.shared);
        let number = shared.trials.fetch_add(1, Ordering::Relaxed) + 1;
        let dir = shared.root.path().join(format!("trial-{number}"));
        let (workspace, host_id) = match task.files.is_empty() {
            false => shared.work_tree(task, &dir, number),
            // A large one takes long enough to hold others up.
            true => {
                let (shared, task, dir) = (Arc::clone(&shared), task.clone(), dir.clone());
                let made = tokio::task::spawn_blocking(move || shared.work_tree(&task, &dir, number)).await;
                made.map_err(|error| EnvError::Workspace { task: String::new(), source: error.into() })?
            }
        }
        .map_err(broken(&task.id))?;
        let tools = shared.tools(task, &dir, host_id).await?;
        let task = task.clone();
        Ok(LocalEnvironment {
            sandbox: None,
            workspace,
            shared,
            task,
            dir,
            number,
            host_id,
            tools,
            copies: 0,
        })
    }
}

impl EnvironmentProvider for LocalProvider {
    fn protection(&self) -> &Protection {
        &self.protection
    }

    fn open<'a>(&'a self, task: &'a Task) -> BoxFuture<'a, Result<Box<dyn Environment>, EnvError>> {
        Box::pin(async move { Ok(Box::new(self.make(task).await?) as Box<dyn Environment>) })
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
    tools: Option<Arc<Tools>>,
    /// How many further folders were made in `dir`; all go at the end, as removing takes long on some disks.
    copies: u32,
}

impl LocalEnvironment {
    async fn run(&mut self, command: &str) -> Result<Observation, EnvError> {
        let config = &self.shared.sandbox;
        let sandbox = match &mut self.sandbox {
            Some(sandbox) => sandbox,
            none => {
                let place = Place {
                    work: self.workspace.dir(),
                    host_id: self.host_id,
                    task: &self.task.id,
                    tools: self.tools.as_deref(),
                };
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
        let host_id = self.copy_for_tests(&copy)?;
        let tools = self.tools.as_deref();
        let place = Place { work: &copy, host_id, task: &self.task.id, tools };
        let (grade, said) = grader::grade(&self.task, &self.shared.sandbox, place).await?;
        self.keep(&said).map_err(broken(&self.task.id))?;
        Ok(grade)
    }

    /// Keeps what the tests printed, if that is wanted.
    fn keep(&self, said: &str) -> Result<(), WorkspaceError> {
        let Some(folder) = &self.shared.logs else { return Ok(()) };
        grader::keep_log(folder, &self.task.id, &format!("{}.{}", self.number, self.copies), said)
    }

    fn copy_for_tests(&self, copy: &Path) -> Result<Option<u32>, EnvError> {
        let task = &self.task;
        let test_files = grader::test_files(task)?;
        let base = &self.workspace.base().dir;
        let begin = || {
            copy_without_git(self.workspace.dir(), copy)?;
            // Whatever the agent made of the files that the tests are in, they start as they were.
            test_files.iter().try_for_each(|path| put_back(base, copy, path))
        };
        begin().map_err(broken(&task.id))?;
        apply_patch(copy, &task.test_patch).map_err(|error| grader::bad_test_patch(task, error))?;
        let finish = || {
            lay_over(copy, &task.hidden_files)?;
            lay_assets(copy, &task.test_assets)?;
            self.shared.give(copy, self.number)
        };
        finish().map_err(broken(&task.id))
    }

    async fn start_over(&mut self) -> Result<(), EnvError> {
        self.stop().await;
        self.copies += 1;
        let again = || {
            let dir = self.dir.join(format!("ws-{}", self.copies));
            let mut workspace = Workspace::make(self.shared.cache.base(&self.task)?, dir)?;
            self.shared.give(workspace.dir(), self.number)?;
            workspace.hand_over()?;
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
    /// The work tree of trial `number` in its new folder `dir`, and whose it is.
    fn work_tree(
        &self,
        task: &Task,
        dir: &Path,
        number: u32,
    ) -> Result<(Workspace, Option<u32>), WorkspaceError> {
        fs::create_dir(dir).map_err(WorkspaceError::file(dir, "created"))?;
        let mut workspace = Workspace::make(self.cache.base(task)?, dir.join("ws"))?;
        let host_id = self.give(workspace.dir(), number)?;
        workspace.hand_over()?;
        Ok((workspace, host_id))
    }

    /// The programs that a task needs beside the machine's own, made if they are not there.
    async fn tools(
        &self,
        task: &Task,
        dir: &Path,
        host_id: Option<u32>,
    ) -> Result<Option<Arc<Tools>>, EnvError> {
        let (Some(setup), Some(pythons)) = (&task.python, &self.pythons) else { return Ok(None) };
        let base = self.cache.setup(task).map_err(broken(&task.id))?;
        let (sandbox, scratch) = (&self.sandbox, dir.join("setup"));
        let site = Site { repo: &task.repo, base, scratch, sandbox, host_id };
        let tools = pythons.of(task, setup, site).await;
        tools.map(Some).map_err(|error| EnvError::Workspace { task: task.id.clone(), source: error.into() })
    }

    /// Gives a folder to the user that works in it; says who that is, if it is not ourselves.
    fn give(&self, dir: &Path, number: u32) -> Result<Option<u32>, WorkspaceError> {
        let Some(ids) = self.ids else { return Ok(None) };
        let id = ids.of_number(number);
        give_to(dir, id)?;
        Ok(Some(id))
    }
}

fn broken(task: &str) -> impl FnOnce(WorkspaceError) -> EnvError {
    let task = task.to_owned();
    |source| EnvError::Workspace { task, source: Source::from(source) }
}
