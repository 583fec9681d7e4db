//! What can go wrong with a repository that a task names.

use std::{io, path::PathBuf};

/// A repository, or a commit of it, that cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum RepositoryError {
    /// It is nowhere.
    #[error(
        "repository `{repo}` was not found: {looked}; put a clone at DIR/{repo}.git and name DIR by --mirror"
    )]
    Unknown {
        /// What the task calls it.
        repo: String,
        /// Where it was looked for, in words.
        looked: String,
    },
    /// It is there, and the commit is not in it.
    #[error("repository `{repo}` in {} has no commit `{commit}`; bring it up to date by `git fetch`", place.display())]
    NoCommit {
        /// What the task calls it.
        repo: String,
        /// The commit.
        commit: String,
        /// Where the repository is.
        place: PathBuf,
    },
    /// It could not be fetched.
    #[error(
        "repository `{repo}` could not be fetched from {url}: {said}; check the network, or name a folder of clones by --mirror"
    )]
    Fetch {
        /// What the task calls it.
        repo: String,
        /// From where.
        url: String,
        /// What git said last.
        said: String,
    },
    /// The program `git` could not be started.
    #[error(
        "`git` could not be started to fetch `{repo}`; install git, or name a folder of clones by --mirror"
    )]
    NoGit {
        /// What the task calls it.
        repo: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// What is there is no repository.
    #[error("{} is no git repository that can be read", place.display())]
    Unreadable {
        /// Where.
        place: PathBuf,
        /// Why.
        #[source]
        source: git2::Error,
    },
}
