//! What can go wrong with containers and their engine.

use std::time::Duration;

use turnwise_core::{EnvError, Source};

/// A container that could not be had, or failed.
#[derive(Debug, thiserror::Error)]
pub enum ContainerError {
    /// The engine refused something.
    #[error("the container engine could not {what}; see its log, then run the same command again")]
    Engine {
        /// What was asked.
        what: &'static str,
        /// Its answer.
        #[source]
        source: Source,
    },
    /// The engine did not answer.
    #[error(
        "the container engine did not {what} within {seconds} s; see whether it hangs, or use fewer workers"
    )]
    Slow {
        /// What was asked.
        what: &'static str,
        /// How long it was waited for.
        seconds: u64,
    },
    /// A task's image is not there.
    #[error(
        "image not found: {image} ({why}); pull it or name one with the task's `image` or the image template"
    )]
    ImageNotFound {
        /// The image's name.
        image: String,
        /// What was tried.
        why: String,
    },
    /// An image lacks something.
    #[error("image {image} has no {missing}; name an image that has, with the task's `image`")]
    Unfit {
        /// The image's id.
        image: String,
        /// What it lacks.
        missing: String,
    },
    /// A container could not be made of a root file system.
    #[error("a container of an unpacked root file system could not be had: {said}")]
    Root {
        /// What was in the way.
        said: String,
    },
    /// The shell in a container ended, or its connection did.
    #[error("the shell in the container ended; run the same command again")]
    Ended,
    /// The shell in a container said something that it never says.
    #[error("the shell in the container answered `{said}`; run the same command again")]
    Garbled {
        /// What it said.
        said: String,
    },
    /// A script of the harness's failed in a container.
    #[error(
        "the container could not {what}: {said}; see what its image lacks, or run the same command again"
    )]
    Script {
        /// What the script is for.
        what: &'static str,
        /// What it said.
        said: String,
    },
    /// A text that is to go into a container has a zero byte, which no shell can hold.
    #[error("{what} has a zero byte; correct the task")]
    ZeroByte {
        /// The text.
        what: String,
    },
}

impl ContainerError {
    /// As the failure of a task's environment.
    pub(super) fn of(task: &str) -> impl Fn(Self) -> EnvError {
        move |source| EnvError::Container { task: task.to_owned(), source: Source::from(source) }
    }
}

/// Waits for the engine, but not for ever.
pub(super) async fn within<T>(
    limit: Duration,
    what: &'static str,
    answer: impl Future<Output = Result<T, bollard::errors::Error>>,
) -> Result<T, ContainerError> {
    match tokio::time::timeout(limit, answer).await {
        Ok(answer) => answer.map_err(|source| ContainerError::Engine { what, source: Source::from(source) }),
        Err(_) => Err(ContainerError::Slow { what, seconds: limit.as_secs() }),
    }
}
