//! The work tree of a trial: a git repository at a commit that is the same on every machine, and what was
//! changed in it since.

mod base;
mod error;

pub use base::base_commit;
pub use error::WorkspaceError;

use std::path::Path;

/// Applies a unified diff to the files under `dir`.
///
/// # Errors
/// When the patch cannot be read or does not fit.
pub fn apply_patch(dir: &Path, diff: &str) -> Result<(), WorkspaceError> {
    let git = WorkspaceError::git("read the patch");
    let diff = git2::Diff::from_buffer(diff.as_bytes()).map_err(git)?;
    let repo = git2::Repository::open(dir).map_err(WorkspaceError::git("open the work tree"))?;
    repo.apply(&diff, git2::ApplyLocation::WorkDir, None).map_err(|source| WorkspaceError::Patch { source })
}
