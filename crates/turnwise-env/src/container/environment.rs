//! The environment of one trial in a container.

use std::{sync::Arc, time::Duration};

use turnwise_core::{BoxFuture, EnvError, Environment, Grade, Observation, Task, WorkspaceState};

use super::{
    error::ContainerError,
    grade,
    host::Container,
    provider::Shared,
    shell::{By, How, Outcome, Shell},
    work::{self, Fit, Unfit, Work},
};
use crate::capture::Capture;

/// What a shell's status is when it cannot run a command.
const NOT_RUN: i32 = 126;
/// What a shell's status is when it was killed.
const KILLED: i32 = 137;

/// The environment of one trial: a container of its own.
#[derive(Debug)]
pub struct ContainerEnvironment {
    // First, so that its removal is asked for before the last owner of the remover goes.
    place: Place,
    work: Work,
    task: Task,
    image: String,
    shared: Arc<Shared>,
}

/// A container and the shell in it.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) shell: Shell,
    pub(super) container: Container,
}

/// Where a shell starts.
#[derive(Clone, Copy)]
struct At<'a> {
    image: &'a str,
    /// The work tree's.
    folder: &'a str,
}

impl Place {
    /// Starts a container of an image, and a shell in its work tree.
    pub(super) async fn start(shared: &Shared, task: &Task, image: &str) -> Result<Self, ContainerError> {
        let container = shared.host.start(&shared.config, image).await?;
        let shell = Self::enter(shared, &container, At { image, folder: shared.workdir(task) }, "").await?;
        Ok(Self { shell, container })
    }

    async fn enter(
        shared: &Shared,
        container: &Container,
        at: At<'_>,
        first: &str,
    ) -> Result<Shell, ContainerError> {
        match Shell::open(container, &shared.config, at.folder, first).await? {
            Some(shell) => Ok(shell),
            None => {
                let missing = format!("folder {}", at.folder);
                Err(ContainerError::Unfit { image: at.image.to_owned(), missing })
            }
        }
    }
}

impl ContainerEnvironment {
    pub(super) async fn open(shared: &Arc<Shared>, task: &Task) -> Result<Self, EnvError> {
        let image = shared.image(task).await.map_err(ContainerError::of(&task.id))?;
        let made = Self::make(shared, task, &image).await;
        let (place, work) = made.map_err(ContainerError::of(&task.id))?;
        Ok(Self { place, work, task: task.clone(), image, shared: Arc::clone(shared) })
    }

    /// A fresh container, as the agent is to find it.
    async fn make(shared: &Shared, task: &Task, image: &str) -> Result<(Place, Work), ContainerError> {
        let mut place = Place::start(shared, task, image).await?;
        let limit = setup_limit(shared);
        Work::hide_future(&mut place.shell, shared.config.repack_kib, limit).await?;
        let Some(work) = Work::begin(&mut place.shell, limit).await? else {
            let missing = "git, by which changes are found".to_owned();
            return Err(ContainerError::Unfit { image: image.to_owned(), missing });
        };
        Ok((place, work))
    }

    /// Applies a patch to the work.
    pub(super) async fn apply(&mut self, patch: &str) -> Result<(), EnvError> {
        let limit = setup_limit(&self.shared);
        work::apply(&mut self.place.shell, patch, Fit::Lenient, limit).await.map_err(Unfit::of(&self.task.id))
    }

    async fn run(&mut self, command: &str) -> Result<Observation, ContainerError> {
        if command.contains('\0') {
            let output = "sh: nul byte found in provided data\n".to_owned();
            return Ok(Observation { output, exit_code: Some(NOT_RUN), ..Observation::default() });
        }
        let limits = &self.shared.config.limits;
        let how = How {
            by: By::Agent,
            limit: Duration::from_millis(limits.action_ms),
            flood: limits.flood_bytes,
            keep: limits.output_bytes,
        };
        match self.place.shell.run(command, how).await {
            Ok(outcome) => Ok(self.observation(outcome)),
            Err(ContainerError::Ended) => self.revive().await,
            Err(error) => Err(error),
        }
    }

    /// An action may kill the shell that it runs beside; the container it cannot.
    async fn revive(&mut self) -> Result<Observation, ContainerError> {
        let Place { shell, container } = &mut self.place;
        if shell.was_given_up() || !container.is_running().await? {
            return Err(ContainerError::Ended);
        }
        let at = At { image: &self.image, folder: self.shared.workdir(&self.task) };
        // Nobody knows what the action still does.
        *shell = Place::enter(&self.shared, container, at, "kill -9 -1\n").await?;
        let outcome = shell.take(self.shared.config.limits.output_bytes).await?;
        Ok(self.observation(Outcome { status: Some(KILLED), ..outcome }))
    }

    fn observation(&self, outcome: Outcome) -> Observation {
        let limits = &self.shared.config.limits;
        let left_out = outcome.written - (outcome.head.len() + outcome.tail.len()) as u64;
        let (output, elided_bytes) = Capture::of_ends(outcome.head, left_out, outcome.tail).finish();
        let flooded = outcome.written > limits.flood_bytes;
        Observation {
            output,
            exit_code: outcome.status.filter(|_| !flooded),
            timed_out: outcome.status.is_none(),
            elided_bytes,
        }
    }

    async fn look(&mut self) -> Result<WorkspaceState, EnvError> {
        let limit = setup_limit(&self.shared);
        self.work.look(&mut self.place.shell, limit).await.map_err(ContainerError::of(&self.task.id))
    }

    async fn run_tests(&mut self) -> Result<Grade, EnvError> {
        grade::check(&self.task)?;
        let patch = self.look().await?.patch;
        grade::grade(&self.shared, &self.task, &self.image, &patch).await
    }

    async fn start_over(&mut self) -> Result<(), EnvError> {
        let made = Self::make(&self.shared, &self.task, &self.image).await;
        let (place, work) = made.map_err(ContainerError::of(&self.task.id))?;
        let old = std::mem::replace(&mut self.place, place);
        self.work = work;
        let removed = old.container.remove().await;
        removed.map_err(ContainerError::of(&self.task.id))
    }
}

/// How long anything may take that goes over the whole work tree.
pub(super) fn setup_limit(shared: &Shared) -> Duration {
    Duration::from_millis(shared.config.limits.setup_ms)
}

impl Environment for ContainerEnvironment {
    fn execute<'a>(&'a mut self, command: &'a str) -> BoxFuture<'a, Result<Observation, EnvError>> {
        Box::pin(async move {
            let seen = self.run(command).await;
            seen.map_err(ContainerError::of(&self.task.id))
        })
    }

    fn state(&mut self) -> BoxFuture<'_, Result<WorkspaceState, EnvError>> {
        Box::pin(self.look())
    }

    fn patch(&mut self) -> BoxFuture<'_, Result<String, EnvError>> {
        Box::pin(async move { Ok(self.look().await?.patch.to_string()) })
    }

    fn grade(&mut self) -> BoxFuture<'_, Result<Grade, EnvError>> {
        Box::pin(self.run_tests())
    }

    fn reset(&mut self) -> BoxFuture<'_, Result<(), EnvError>> {
        Box::pin(self.start_over())
    }

    fn close(self: Box<Self>) -> BoxFuture<'static, Result<(), EnvError>> {
        Box::pin(async move {
            let Self { place, task, .. } = *self;
            let removed = place.container.remove().await;
            removed.map_err(ContainerError::of(&task.id))
        })
    }
}
