//! The first process of a container: makes its namespaces and its file system, takes in orphans, and ends, with all there is in them, when the
//! harness lets go of it.

use std::{
    fs::{self, File},
    io::{self, Write},
    os::{fd::AsFd, unix::fs::symlink},
    path::{Path, PathBuf},
    process::ExitCode,
};

use nix::{
    errno::Errno,
    mount::{MntFlags, MsFlags, mount, umount2},
    poll::{PollFd, PollFlags, PollTimeout, poll},
    sched::unshare,
    sys::{
        prctl,
        signal::{SigSet, Signal},
        signalfd::{SfdFlags, SignalFd},
        wait::{WaitPidFlag, WaitStatus, waitpid},
    },
    unistd::{ForkResult, chdir, getegid, geteuid, pivot_root},
};
use serde::{Deserialize, Serialize};

use crate::sandbox::{
    all_namespaces, descriptors, fork_single_threaded, map_ids, proc, raise_loopback, set_host_name,
    temporary,
};

/// What the container is made of.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct FirstSetup {
    /// The unpacked root file system; nothing is written to it.
    pub(super) root: PathBuf,
    /// A folder of the harness's for what is written.
    pub(super) folder: PathBuf,
    /// What `/dev/shm` holds, in bytes.
    pub(super) shm_bytes: u64,
}

impl FirstSetup {
    pub(super) fn upper(&self) -> PathBuf {
        self.folder.join("upper")
    }

    pub(super) fn work(&self) -> PathBuf {
        self.folder.join("work")
    }

    pub(super) fn merged(&self) -> PathBuf {
        self.folder.join("merged")
    }
}

/// The user and group that the harness's own are inside.
const ROOT_ID: u32 = 0;

/// A step that failed, in words.
type Failed = String;

/// Says `pid N` once the process exists, then `ready`, or `failed WORDS`.
pub(super) fn serve(setup: &str) -> ExitCode {
    let made = serde_json::from_str(setup).map_err(|error| error.to_string()).and_then(|setup| make(&setup));
    match made {
        Ok(Side::Outside(code)) => code,
        Ok(Side::Inside) => {
            say("ready");
            keep().map_or(ExitCode::FAILURE, |()| ExitCode::SUCCESS)
        }
        Err(words) => {
            say(&format!("failed {words}"));
            ExitCode::FAILURE
        }
    }
}

fn say(line: &str) {
    let mut out = io::stdout().lock();
    // Without somebody who listens there is nothing to say.
    let _unheard = writeln!(out, "{line}").and_then(|()| out.flush());
}

enum Side {
    Inside,
    Outside(ExitCode),
}

fn make(setup: &FirstSetup) -> Result<Side, Failed> {
    let (uid, gid) = (geteuid(), getegid());
    unshare(all_namespaces()).map_err(step("have user namespaces on this machine"))?;
    map_ids(ROOT_ID, uid, gid).map_err(step("map its user"))?;
    match fork_single_threaded().map_err(step("fork"))? {
        ForkResult::Parent { child } => {
            say(&format!("pid {child}"));
            let gone = waitpid(child, None).is_ok();
            Ok(Side::Outside(if gone { ExitCode::SUCCESS } else { ExitCode::FAILURE }))
        }
        ForkResult::Child => {
            prctl::set_pdeathsig(Signal::SIGKILL).map_err(step("tie its life to the harness's"))?;
            set_host_name("turnwise").map_err(step("name the container"))?;
            raise_loopback().map_err(step("switch on its loopback network"))?;
            file_system(setup)?;
            Ok(Side::Inside)
        }
    }
}

fn step<E: std::fmt::Display>(what: &'static str) -> impl FnOnce(E) -> Failed {
    move |error| format!("could not {what}: {error}")
}

/// Puts the overlay over the root file system and moves into it.
fn file_system(setup: &FirstSetup) -> Result<(), Failed> {
    let private = MsFlags::MS_REC | MsFlags::MS_PRIVATE;
    mount(None::<&str>, "/", None::<&str>, private, None::<&str>).map_err(step("own its mounts"))?;
    let root = setup.merged();
    let layers = format!(
        "lowerdir={},upperdir={},workdir={},userxattr",
        escaped(&setup.root),
        escaped(&setup.upper()),
        escaped(&setup.work())
    );
    mount(Some("overlay"), &root, Some("overlay"), MsFlags::empty(), Some(layers.as_str()))
        .map_err(step("mount an overlay in a user namespace (this needs Linux 5.11 or newer)"))?;
    devices(&root, setup.shm_bytes).map_err(step("make /dev"))?;
    proc(&root.join("proc")).map_err(step("mount /proc"))?;
    chdir(&root).map_err(step("enter its root"))?;
    // The old root lands on top of the new one and is taken away at once.
    pivot_root(".", ".").map_err(step("move into its root"))?;
    umount2(".", MntFlags::MNT_DETACH).map_err(step("leave the machine's root"))?;
    chdir("/").map_err(step("enter its root"))
}

/// A path as a mount option: what parts options and layers is escaped.
fn escaped(path: &Path) -> String {
    let mut text = String::new();
    for letter in path.to_string_lossy().chars() {
        if matches!(letter, '\\' | ',' | ':') {
            text.push('\\');
        }
        text.push(letter);
    }
    text
}

fn devices(root: &Path, shm_bytes: u64) -> io::Result<()> {
    let dev = root.join("dev");
    temporary(&dev, "mode=755,size=1m")?;
    for name in ["null", "zero", "full", "random", "urandom", "tty"] {
        let from = Path::new("/dev").join(name);
        if from.exists() {
            let place = dev.join(name);
            drop(File::create(&place)?);
            mount(Some(&from), &place, None::<&str>, MsFlags::MS_BIND, None::<&str>)?;
        }
    }
    descriptors(&dev)?;
    temporary(&dev.join("shm"), &format!("mode=1777,size={shm_bytes}"))?;
    terminals(&dev)
}

/// Tests of terminals want some.
fn terminals(dev: &Path) -> io::Result<()> {
    let place = dev.join("pts");
    fs::create_dir_all(&place)?;
    let flags = MsFlags::MS_NOSUID | MsFlags::MS_NOEXEC;
    mount(Some("devpts"), &place, Some("devpts"), flags, Some("newinstance,ptmxmode=0666,mode=620"))?;
    symlink("pts/ptmx", dev.join("ptmx"))
}

/// Takes in orphans until the harness closes this process's standard input.
fn keep() -> io::Result<()> {
    let mut mask = SigSet::empty();
    mask.add(Signal::SIGCHLD);
    mask.thread_block()?;
    let ended = SignalFd::with_flags(&mask, SfdFlags::SFD_NONBLOCK | SfdFlags::SFD_CLOEXEC)?;
    let harness = io::stdin();
    loop {
        let mut fds =
            [PollFd::new(harness.as_fd(), PollFlags::POLLIN), PollFd::new(ended.as_fd(), PollFlags::POLLIN)];
        match poll(&mut fds, PollTimeout::NONE) {
            Ok(_) | Err(Errno::EINTR) => {}
            Err(errno) => return Err(errno.into()),
        }
        if fds[0].any().unwrap_or(true) {
            return Ok(());
        }
        while ended.read_signal()?.is_some() {}
        while !matches!(waitpid(None, Some(WaitPidFlag::WNOHANG)), Ok(WaitStatus::StillAlive) | Err(_)) {}
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::escaped;

    #[test]
    fn what_parts_mount_options_is_escaped() {
        assert_eq!(escaped(Path::new("/a/b c")), "/a/b c");
        assert_eq!(escaped(Path::new(r"/a:b,c\d")), r"/a\:b\,c\\d");
    }
}
