//! What can go wrong with a Python environment.

use std::{io, path::PathBuf};

use turnwise_core::Source;

/// A Python environment that could not be made.
#[derive(Debug, thiserror::Error)]
pub enum PythonError {
    /// A file or folder could not be used.
    #[error("{} could not be {verb}; check the cache's folder", path.display())]
    File {
        /// The path.
        path: PathBuf,
        /// What was tried, as a participle.
        verb: &'static str,
        /// Why it failed.
        #[source]
        source: io::Error,
    },
    /// Python makes no environments here.
    #[error("`python3 -m venv` made no environment: {said}; install python3-venv")]
    NoVenv {
        /// What it said last.
        said: String,
    },
    /// pip did not install what the task lists.
    #[error("pip did not install the packages of `{repo}`: {said}; correct the pins of its `[[python]]`, or see {}", log.display())]
    Packages {
        /// The repository.
        repo: String,
        /// What it said last.
        said: String,
        /// All that was said.
        log: PathBuf,
    },
    /// The repository's own installation failed.
    #[error("`{command}` failed for `{repo}`: {said}; correct the `install` of its `[[python]]`, or see {}", log.display())]
    Install {
        /// The repository.
        repo: String,
        /// The command.
        command: String,
        /// What it said last.
        said: String,
        /// All that was said.
        log: PathBuf,
    },
    /// What is below `/tmp` cannot be shown in a sandbox, which has its own.
    #[error("the cache {} lies below /tmp, which a sandbox has for itself; name another folder by --cache", path.display())]
    Hidden {
        /// The cache's folder of environments.
        path: PathBuf,
    },
    /// Environments are shown in a sandbox, and there is none.
    #[error("the Python environment of `{repo}` can only be used with `--sandbox namespaces`")]
    NoSandbox {
        /// The repository.
        repo: String,
    },
    /// The sandbox, or the repository to install, failed.
    #[error("the Python environment could not be made")]
    Harness(#[source] Source),
}

impl PythonError {
    /// For `map_err` after a file operation.
    pub(super) fn file(path: impl Into<PathBuf>, verb: &'static str) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { path, verb, source }
    }
}
