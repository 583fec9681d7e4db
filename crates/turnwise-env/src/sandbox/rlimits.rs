//! The resource limits of a command, set in its process before it starts; the server itself has none.

use nix::sys::resource::{Resource, getrlimit, setrlimit};

use super::config::Limits;

/// Sets the limits of this process and of all it starts; where the machine's own are lower, those stay.
/// Safe between fork and exec: it does nothing but system calls.
pub(crate) fn set_limits(limits: &Limits) -> nix::Result<()> {
    let wanted = [
        (Resource::RLIMIT_AS, limits.memory_bytes),
        (Resource::RLIMIT_NPROC, limits.processes),
        (Resource::RLIMIT_FSIZE, limits.file_bytes),
        (Resource::RLIMIT_NOFILE, limits.open_files),
        (Resource::RLIMIT_CPU, limits.cpu_s),
        (Resource::RLIMIT_CORE, 0),
    ];
    for (resource, limit) in wanted {
        let limit = limit.min(getrlimit(resource)?.1);
        setrlimit(resource, limit, limit)?;
    }
    Ok(())
}
