//! What can go wrong with a work tree.

use std::{io, path::PathBuf};

use crate::repository::RepositoryError;

/// A work tree that could not be made, read or changed.
#[derive(Debug, thiserror::Error)]
pub enum WorkspaceError {
    /// A file or folder could not be used.
    #[error("{path} could not be {verb}")]
    File {
        /// The path.
        path: PathBuf,
        /// What was tried, as a participle.
        verb: &'static str,
        /// Why it failed.
        #[source]
        source: io::Error,
    },
    /// A path of a task leads out of the work tree or into `.git`.
    #[error("`{path}` is not a plain path inside the work tree; correct the task")]
    BadPath {
        /// The path.
        path: String,
    },
    /// Two files of a task have the same path, or one is the folder of another.
    #[error("`{path}` is in the task twice; correct the task")]
    Twice {
        /// The path.
        path: String,
    },
    /// The task names a repository instead of bringing its files.
    #[error(
        "the task brings no files, only the name of the repository `{repo}`, and repositories are not looked for here"
    )]
    NoFiles {
        /// The repository.
        repo: String,
    },
    /// The files of a task are not those of the commit it names.
    #[error("the task's files make commit {found}, but it names {named}; regenerate the suite")]
    OtherCommit {
        /// What the task names.
        named: String,
        /// What its files make.
        found: String,
    },
    /// The repository that the task names, or its commit, cannot be had.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
    /// A text is no patch.
    #[error("the patch cannot be read; it is to be a unified diff, as `git diff` writes it")]
    NoPatch {
        /// Why.
        #[source]
        source: git2::Error,
    },
    /// A patch does not fit.
    #[error("the patch does not apply")]
    Patch {
        /// Why.
        #[source]
        source: git2::Error,
    },
    /// A patch does not fit, and its lines end as they do on Windows.
    #[error("the patch does not apply: its lines end in CR LF; write it with the line ends of the files")]
    PatchLineEnds {
        /// Why.
        #[source]
        source: git2::Error,
    },
    /// A patch says that a binary file changed, and not how.
    #[error(
        "the patch does not apply: it leaves out the contents of binary files; write it by `git diff --binary`"
    )]
    PatchWithoutData {
        /// Why.
        #[source]
        source: git2::Error,
    },
    /// Git failed.
    #[error("git could not {what}")]
    Git {
        /// What was tried.
        what: &'static str,
        /// Why it failed.
        #[source]
        source: git2::Error,
    },
}

impl WorkspaceError {
    /// Whether a patch is to blame, and neither the task nor this machine.
    pub fn is_about_a_patch(&self) -> bool {
        match self {
            Self::NoPatch { .. }
            | Self::Patch { .. }
            | Self::PatchLineEnds { .. }
            | Self::PatchWithoutData { .. } => true,
            Self::File { .. }
            | Self::BadPath { .. }
            | Self::Twice { .. }
            | Self::NoFiles { .. }
            | Self::OtherCommit { .. }
            | Self::Repository(_)
            | Self::Git { .. } => false,
        }
    }

    /// For `map_err` after a file operation.
    pub(crate) fn file(path: impl Into<PathBuf>, verb: &'static str) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { path, verb, source }
    }

    /// For `map_err` after a git operation.
    pub(crate) fn git(what: &'static str) -> impl FnOnce(git2::Error) -> Self {
        move |source| Self::Git { what, source }
    }
}
