//! An environment without processes: a few words that behave like commands.
//!
//! `say X` prints X, `edit` changes one line, `fail` exits with 1, `hang` takes too long, `count` prints how many
//! commands were run, `crash` is a failure of the environment itself. Anything else prints nothing.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use turnwise_core::{
    BoxFuture, EnvError, Environment, EnvironmentProvider, Grade, Observation, Protection, Task, TestOutcome,
    WorkspaceState,
};

/// Opens toy environments and counts those that are open.
#[derive(Debug, Default)]
pub struct ToyEnvironments {
    protection: Protection,
    open: Arc<AtomicUsize>,
}

impl ToyEnvironments {
    /// How many environments are open now.
    pub fn open_now(&self) -> usize {
        self.open.load(Ordering::SeqCst)
    }
}

impl EnvironmentProvider for ToyEnvironments {
    fn protection(&self) -> &Protection {
        &self.protection
    }

    fn open<'a>(&'a self, task: &'a Task) -> BoxFuture<'a, Result<Box<dyn Environment>, EnvError>> {
        self.open.fetch_add(1, Ordering::SeqCst);
        let environment =
            ToyEnvironment { task: task.id.clone(), lines: 0, commands: 0, open: Arc::clone(&self.open) };
        Box::pin(async move { Ok(Box::new(environment) as Box<dyn Environment>) })
    }
}

/// See the module.
#[derive(Debug)]
pub struct ToyEnvironment {
    task: String,
    lines: u64,
    commands: u64,
    open: Arc<AtomicUsize>,
}

impl ToyEnvironment {
    fn diff(&self) -> String {
        "+\n".repeat(usize::try_from(self.lines).unwrap_or(usize::MAX))
    }

    fn run(&mut self, command: &str) -> Result<Observation, EnvError> {
        self.commands += 1;
        let (word, rest) = command.split_once(' ').unwrap_or((command, ""));
        let mut observation = Observation { exit_code: Some(0), ..Observation::default() };
        match word {
            "say" => observation.output = format!("{rest}\n"),
            "edit" => self.lines += 1,
            "fail" => observation.exit_code = Some(1),
            "hang" => (observation.exit_code, observation.timed_out) = (None, true),
            "count" => observation.output = format!("{}\n", self.commands),
            "crash" => return Err(EnvError::Gone { task: self.task.clone() }),
            _ => {}
        }
        Ok(observation)
    }
}

impl Environment for ToyEnvironment {
    fn execute<'a>(&'a mut self, command: &'a str) -> BoxFuture<'a, Result<Observation, EnvError>> {
        let result = self.run(command);
        Box::pin(async move { result })
    }

    fn state(&mut self) -> BoxFuture<'_, Result<WorkspaceState, EnvError>> {
        let digest = if self.lines == 0 { String::new() } else { format!("{:04x}", self.lines) };
        let state = WorkspaceState { patch_lines: self.lines, digest, patch: self.diff().into() };
        Box::pin(async move { Ok(state) })
    }

    fn patch(&mut self) -> BoxFuture<'_, Result<String, EnvError>> {
        let patch = self.diff();
        Box::pin(async move { Ok(patch) })
    }

    fn grade(&mut self) -> BoxFuture<'_, Result<Grade, EnvError>> {
        let passed = self.lines > 0;
        let tests = vec![
            TestOutcome { id: "repaired".to_owned(), was_failing: true, passed },
            TestOutcome { id: "still whole".to_owned(), was_failing: false, passed: true },
        ];
        Box::pin(async move { Ok(Grade { tests, reward: None }) })
    }

    fn reset(&mut self) -> BoxFuture<'_, Result<(), EnvError>> {
        (self.lines, self.commands) = (0, 0);
        Box::pin(async { Ok(()) })
    }

    fn close(self: Box<Self>) -> BoxFuture<'static, Result<(), EnvError>> {
        drop(self);
        Box::pin(async { Ok(()) })
    }
}

impl Drop for ToyEnvironment {
    fn drop(&mut self) {
        self.open.fetch_sub(1, Ordering::SeqCst);
    }
}
