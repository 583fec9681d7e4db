//! Moves the server into namespaces of its own: users, processes, mounts, network, IPC, host name and
//! control groups.

use std::{fs, io, process::ExitCode};

use nix::{
    sched::{CloneFlags, unshare},
    sys::{prctl, signal::Signal, wait::waitpid},
    unistd::{ForkResult, Gid, Uid, getegid, geteuid, getpid, setgroups, setresgid, setresuid},
};

use super::{
    failure::{Failure, WAY_OUT},
    kernel,
};

/// The user and group that commands see themselves as.
pub(crate) const INNER_ID: u32 = 1000;
/// The name of the machine that commands see.
pub(crate) const HOST_NAME: &str = "turnwise";

/// Which of the two processes this is.
pub(crate) enum Side {
    /// The first process of the new process namespace: when it ends, everything in it is killed.
    Inside,
    /// The one that waited for it, outside.
    Outside(ExitCode),
}

/// Becomes an ordinary user, for a harness that runs as root: root's own files stay unreadable, and the
/// limit on processes counts, which it does not for root.
pub(crate) fn become_user(id: u32) -> Result<(), Failure> {
    let (uid, gid) = (Uid::from_raw(id), Gid::from_raw(id));
    setgroups(&[]).map_err(Failure::of("give up root's groups"))?;
    setresgid(gid, gid, gid).map_err(Failure::of("give up root's group"))?;
    setresuid(uid, uid, uid).map_err(Failure::of("give up root"))?;
    // Without this the files under /proc/self, needed for the next step, still belong to root.
    prctl::set_dumpable(true).map_err(Failure::of("own its own process"))
}

/// Enters new namespaces. Returns twice: [`Side::Inside`] at once, [`Side::Outside`] when all is over.
pub(crate) fn enter() -> Result<Side, Failure> {
    let (uid, gid) = (geteuid(), getegid());
    unshare(all_namespaces()).map_err(|errno| Failure {
        missing: format!("this machine gives no user namespaces ({})", errno.desc()),
        hint: format!(
            "allow them (sysctl user.max_user_namespaces, kernel.unprivileged_userns_clone or \
             kernel.apparmor_restrict_unprivileged_userns; in a container, its seccomp profile), {WAY_OUT}"
        ),
    })?;
    map_ids(INNER_ID, uid, gid).map_err(Failure::of("map its user into the new namespace"))?;
    match kernel::fork_single_threaded().map_err(Failure::of("fork"))? {
        ForkResult::Parent { child } => {
            // The socket stays open here until everything inside is gone, so that its end says so.
            let gone = waitpid(child, None).is_ok();
            Ok(Side::Outside(if gone { ExitCode::SUCCESS } else { ExitCode::FAILURE }))
        }
        ForkResult::Child => {
            prctl::set_pdeathsig(Signal::SIGKILL).map_err(Failure::of("tie its life to the harness's"))?;
            if getpid().as_raw() != 1 {
                return Err(Failure::of("be the first process of its namespace")("it is not"));
            }
            kernel::set_host_name(HOST_NAME).map_err(Failure::of("name the sandbox"))?;
            kernel::raise_loopback().map_err(Failure::of("switch on its loopback network"))?;
            Ok(Side::Inside)
        }
    }
}

/// Every namespace that a sandbox has of its own.
pub(crate) fn all_namespaces() -> CloneFlags {
    CloneFlags::CLONE_NEWUSER
        | CloneFlags::CLONE_NEWPID
        | CloneFlags::CLONE_NEWNS
        | CloneFlags::CLONE_NEWNET
        | CloneFlags::CLONE_NEWIPC
        | CloneFlags::CLONE_NEWUTS
        | CloneFlags::CLONE_NEWCGROUP
}

/// Makes this process's user and group those with the number `inner` in its new user namespace.
pub(crate) fn map_ids(inner: u32, uid: Uid, gid: Gid) -> io::Result<()> {
    fs::write("/proc/self/setgroups", "deny")?;
    fs::write("/proc/self/uid_map", format!("{inner} {uid} 1"))?;
    fs::write("/proc/self/gid_map", format!("{inner} {gid} 1"))
}
