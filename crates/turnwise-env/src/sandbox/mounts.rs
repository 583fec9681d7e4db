//! The file system a command sees: `/usr` and the few parts of `/etc` that programs need, read-only; a
//! `/proc`, `/dev` and `/tmp` of its own; and the work tree at `/ws`. Nothing else of the machine is there.

use std::{
    ffi::CString,
    fs::{self, File},
    io,
    os::unix::{ffi::OsStrExt, fs::symlink},
    path::{Path, PathBuf},
};

use nix::{
    mount::{MntFlags, MsFlags, mount, umount2},
    unistd::{chdir, pivot_root},
};

use super::{
    failure::Failure,
    kernel::{Reach, add_mount_attributes},
    namespaces::{HOST_NAME, INNER_ID},
    tools::Tools,
};

/// Where the work tree is.
pub(crate) const WORK: &str = "/ws";

/// Where the new root is put together: a place that every machine has. What is below it on the machine
/// is out of reach from then on, except for the current folder.
const ROOT: &str = "/tmp";

/// Makes the file system and moves into it. The current folder must be the work tree.
pub(crate) fn build(read_only: &[PathBuf], tools: Option<&Tools>, tmp_bytes: u64) -> Result<(), Failure> {
    let private = MsFlags::MS_REC | MsFlags::MS_PRIVATE;
    mount(None::<&str>, "/", None::<&str>, private, None::<&str>).map_err(Failure::of("own its mounts"))?;
    temporary(Path::new(ROOT), "mode=755,size=1m").map_err(Failure::of("mount a tmpfs"))?;
    programs(read_only).map_err(Failure::of("show /usr read-only (this needs Linux 5.12 or newer)"))?;
    etc().map_err(Failure::of("make /etc"))?;
    devices().map_err(Failure::of("make /dev"))?;
    let scratch = format!("mode=1777,size={tmp_bytes}");
    temporary(&at("/tmp"), &scratch).map_err(Failure::of("mount /tmp"))?;
    temporary(&at("/dev/shm"), &scratch).map_err(Failure::of("mount /dev/shm"))?;
    proc(&at("/proc")).map_err(Failure::of("mount /proc"))?;
    if let Some(Tools { folder, writable, .. }) = tools {
        let attributes = if *writable { 0 } else { libc::MOUNT_ATTR_RDONLY };
        bind(folder, &at(&folder.to_string_lossy()), attributes).map_err(Failure::of("show its tools"))?;
    }
    bind(Path::new("."), &at(WORK), 0).map_err(Failure::of("show the work tree"))?;
    enter().map_err(Failure::of("move into its root"))
}

/// The place of an inner path while the root is put together.
fn at(inner: &str) -> PathBuf {
    Path::new(ROOT).join(inner.trim_start_matches('/'))
}

fn programs(read_only: &[PathBuf]) -> io::Result<()> {
    bind(Path::new("/usr"), &at("/usr"), libc::MOUNT_ATTR_RDONLY)?;
    for name in ["/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"] {
        match fs::symlink_metadata(name) {
            Ok(found) if found.is_symlink() => symlink(fs::read_link(name)?, at(name))?,
            Ok(_) => bind(Path::new(name), &at(name), libc::MOUNT_ATTR_RDONLY)?,
            Err(_) => {}
        }
    }
    for folder in read_only {
        bind(folder, &at(&folder.to_string_lossy()), libc::MOUNT_ATTR_RDONLY)?;
    }
    Ok(())
}

fn etc() -> io::Result<()> {
    fs::create_dir_all(at("/etc"))?;
    for name in ["/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/alternatives"] {
        if Path::new(name).exists() {
            bind(Path::new(name), &at(name), libc::MOUNT_ATTR_RDONLY)?;
        }
    }
    let passwd = format!("root:x:0:0:root:/:/bin/sh\nagent:x:{INNER_ID}:{INNER_ID}:agent:{WORK}:/bin/sh\n");
    fs::write(at("/etc/passwd"), passwd)?;
    fs::write(at("/etc/group"), format!("root:x:0:\nagent:x:{INNER_ID}:\n"))?;
    fs::write(at("/etc/hosts"), format!("127.0.0.1 localhost {HOST_NAME}\n::1 localhost\n"))?;
    fs::write(at("/etc/hostname"), format!("{HOST_NAME}\n"))?;
    fs::write(at("/etc/nsswitch.conf"), "passwd: files\ngroup: files\nhosts: files\n")
}

fn devices() -> io::Result<()> {
    for name in ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty"] {
        if Path::new(name).exists() {
            bind(Path::new(name), &at(name), 0)?;
        }
    }
    descriptors(&at("/dev"))
}

/// The names of a process's own descriptors in a `/dev`.
pub(crate) fn descriptors(dev: &Path) -> io::Result<()> {
    for (name, target) in [("fd", ""), ("stdin", "/0"), ("stdout", "/1"), ("stderr", "/2")] {
        symlink(format!("/proc/self/fd{target}"), dev.join(name))?;
    }
    Ok(())
}

/// A `/proc` of the process namespace.
pub(crate) fn proc(place: &Path) -> io::Result<()> {
    fs::create_dir_all(place)?;
    let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC;
    Ok(mount(Some("proc"), place, Some("proc"), flags, None::<&str>)?)
}

/// A folder in memory.
pub(crate) fn temporary(place: &Path, options: &str) -> io::Result<()> {
    fs::create_dir_all(place)?;
    let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV;
    Ok(mount(Some("tmpfs"), place, Some("tmpfs"), flags, Some(options))?)
}

/// Shows a file or folder of the machine at `place`; nothing in it runs as another user.
fn bind(from: &Path, place: &Path, attributes: u64) -> io::Result<()> {
    if from.is_dir() {
        fs::create_dir_all(place)?;
    } else {
        place.parent().map_or(Ok(()), fs::create_dir_all)?;
        drop(File::create(place)?);
    }
    mount(Some(from), place, None::<&str>, MsFlags::MS_BIND | MsFlags::MS_REC, None::<&str>)?;
    let place = CString::new(place.as_os_str().as_bytes())?;
    add_mount_attributes(&place, attributes | libc::MOUNT_ATTR_NOSUID, Reach::Tree)
}

fn enter() -> io::Result<()> {
    chdir(ROOT)?;
    // The old root lands on top of the new one and is taken away at once.
    pivot_root(".", ".")?;
    umount2(".", MntFlags::MNT_DETACH)?;
    add_mount_attributes(c"/", libc::MOUNT_ATTR_RDONLY, Reach::Mount)?;
    Ok(chdir(WORK)?)
}
