//! An environment without any process, for measuring the harness alone: every command gets the same
//! observation, and there is no work, so nothing is ever solved.

use turnwise_core::{
    BoxFuture, EnvError, Environment, EnvironmentProvider, Grade, Observation, Protection, Task, TestOutcome,
    WorkspaceState,
};

/// Opens [`NullEnvironment`]s.
#[derive(Clone, Debug)]
pub struct NullProvider {
    observation: String,
    protection: Protection,
}

impl NullProvider {
    /// A provider whose environments answer every command with `observation` and exit status 0.
    pub fn new(observation: impl Into<String>) -> Self {
        let protection = Protection {
            kind: "no process".to_owned(),
            facts: vec![("commands".to_owned(), "never run".to_owned())],
        };
        Self { observation: observation.into(), protection }
    }
}

impl EnvironmentProvider for NullProvider {
    fn protection(&self) -> &Protection {
        &self.protection
    }

    fn open<'a>(&'a self, task: &'a Task) -> BoxFuture<'a, Result<Box<dyn Environment>, EnvError>> {
        let outcome = |id: &String, was_failing| TestOutcome { id: id.clone(), was_failing, passed: false };
        let failing = task.fail_to_pass.iter().map(|id| outcome(id, true));
        let passing = task.pass_to_pass.iter().map(|id| outcome(id, false));
        let grade = Grade { tests: failing.chain(passing).collect(), reward: None };
        let environment = NullEnvironment { observation: self.observation.clone(), grade };
        Box::pin(async move { Ok(Box::new(environment) as Box<dyn Environment>) })
    }
}

/// An environment that does nothing.
#[derive(Clone, Debug)]
pub struct NullEnvironment {
    observation: String,
    grade: Grade,
}

impl Environment for NullEnvironment {
    fn execute<'a>(&'a mut self, _command: &'a str) -> BoxFuture<'a, Result<Observation, EnvError>> {
        let output = self.observation.clone();
        Box::pin(
            async move { Ok(Observation { output, exit_code: Some(0), timed_out: false, elided_bytes: 0 }) },
        )
    }

    fn state(&mut self) -> BoxFuture<'_, Result<WorkspaceState, EnvError>> {
        Box::pin(async { Ok(WorkspaceState::default()) })
    }

    fn patch(&mut self) -> BoxFuture<'_, Result<String, EnvError>> {
        Box::pin(async { Ok(String::new()) })
    }

    fn grade(&mut self) -> BoxFuture<'_, Result<Grade, EnvError>> {
        let grade = self.grade.clone();
        Box::pin(async move { Ok(grade) })
    }

    fn reset(&mut self) -> BoxFuture<'_, Result<(), EnvError>> {
        Box::pin(async { Ok(()) })
    }

    fn close(self: Box<Self>) -> BoxFuture<'static, Result<(), EnvError>> {
        Box::pin(async { Ok(()) })
    }
}
