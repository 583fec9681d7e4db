//! The environment of a trial: a real git work tree, a sandbox in which commands run on it, and the
//! grader that runs the hidden tests on what is left.
//!
//! Linux only, and nothing to install: the sandbox is made of the kernel's own parts (namespaces,
//! landlock, seccomp, resource limits). Tasks that come as container images need an engine for them. This crate knows no model, policy or agent, and it never falls
//! back to a weaker sandbox by itself: what it cannot enforce it reports.

mod capture;
mod container;
mod grader;
mod local;
pub mod logs;
mod null;
mod patches;
mod probe;
mod python;
mod repository;
mod resident;
mod rooted;
mod sandbox;
mod temp;
mod user_ids;
mod workspace;

pub use container::{
    ContainerConfig, ContainerEnvironment, ContainerError, ContainerLimits, ContainerProvider, Pull,
    RootsConfig, Source as ContainerSource,
};
pub use local::{LocalConfig, LocalEnvironment, LocalProvider};
pub use null::{NullEnvironment, NullProvider};
pub use patches::Patches;
pub use probe::{MachineReport, Tool, probe};
pub use python::PythonError;
pub use repository::{RepositoryConfig, RepositoryError};
pub use resident::Resident;
pub use sandbox::{Limits, SERVER_ARG, SandboxConfig, SandboxKind};
pub use workspace::{WorkspaceError, apply_patch, base_commit};

use std::process::ExitCode;

/// Becomes the server of a sandbox, or a process of a container without an engine, if the first argument says so. An executable that starts
/// either calls this first thing in `main`, before any thread exists, and ends with what it returns.
pub fn serve_if_asked() -> Option<ExitCode> {
    sandbox::serve_if_asked().or_else(rooted::serve_if_asked)
}
