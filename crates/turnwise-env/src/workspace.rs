//! The work tree of a trial: a git repository at a commit that is the same on every machine, and what was
//! changed in it since.
//!
//! The harness compares the work with its own copy of the base commit, kept outside the work tree, so
//! nothing the agent does to its `.git` can mislead or break it.

mod base;
mod error;
mod make;
mod patch;
mod scan;
mod tree;

#[cfg(test)]
mod tests;

pub use base::base_commit;
pub(crate) use base::path_parts;
pub use error::WorkspaceError;
pub(crate) use make::{Base, TaskCache, ignore_configuration};
pub use patch::apply_patch;
pub(crate) use patch::{Workspace, digest, touched_paths};
pub(crate) use tree::{copy_without_git, give_to, lay_assets, lay_over, plain_name, put_back, remove_tree};
