//! Environments that begin with somebody's patch, whichever kind they are.

use turnwise_core::{BoxFuture, EnvError, Environment, EnvironmentProvider, Grade, Task};

use crate::{ContainerProvider, LocalProvider};

/// A provider whose environments can begin elsewhere than at the base commit.
pub trait Patches: EnvironmentProvider {
    /// An environment in which a patch has been applied already: where a recorded attempt stood. A patch that does not fit is an
    /// [`EnvError::Workspace`].
    fn open_at<'a>(
        &'a self,
        task: &'a Task,
        patch: &'a str,
    ) -> BoxFuture<'a, Result<Box<dyn Environment>, EnvError>>;

    /// Grades somebody's patch on a fresh environment. One that does not fit is an [`EnvError::Workspace`].
    fn grade_patch<'a>(&'a self, task: &'a Task, patch: &'a str) -> BoxFuture<'a, Result<Grade, EnvError>>;
}

impl Patches for LocalProvider {
    fn open_at<'a>(
        &'a self,
        task: &'a Task,
        patch: &'a str,
    ) -> BoxFuture<'a, Result<Box<dyn Environment>, EnvError>> {
        Box::pin(Self::open_at(self, task, patch))
    }

    fn grade_patch<'a>(&'a self, task: &'a Task, patch: &'a str) -> BoxFuture<'a, Result<Grade, EnvError>> {
        Box::pin(Self::grade_patch(self, task, patch))
    }
}

impl Patches for ContainerProvider {
    fn open_at<'a>(
        &'a self,
        task: &'a Task,
        patch: &'a str,
    ) -> BoxFuture<'a, Result<Box<dyn Environment>, EnvError>> {
        Box::pin(Self::open_at(self, task, patch))
    }

    fn grade_patch<'a>(&'a self, task: &'a Task, patch: &'a str) -> BoxFuture<'a, Result<Grade, EnvError>> {
        Box::pin(Self::grade_patch(self, task, patch))
    }
}
