//! The resource limits of a command, set in its process before it starts; the server itself has none.

use nix::sys::resource::{Resource, setrlimit};

use super::config::Limits;

/// Sets the limits of this process and of all it starts. Safe between fork and exec: it does nothing but
/// system calls.
pub(crate) fn set_limits(limits: &Limits) -> nix::Result<()> {
    setrlimit(Resource::RLIMIT_AS, limits.memory_bytes, limits.memory_bytes)?;
    setrlimit(Resource::RLIMIT_NPROC, limits.processes, limits.processes)?;
    setrlimit(Resource::RLIMIT_FSIZE, limits.file_bytes, limits.file_bytes)?;
    setrlimit(Resource::RLIMIT_NOFILE, limits.open_files, limits.open_files)?;
    setrlimit(Resource::RLIMIT_CPU, limits.cpu_s, limits.cpu_s)?;
    setrlimit(Resource::RLIMIT_CORE, 0, 0)
}
