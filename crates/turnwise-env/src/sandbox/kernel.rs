//! The few system calls that no safe library wraps. Every `unsafe` of the sandbox but the one that
//! prepares a command is here.

use std::{
    ffi::CStr,
    io, mem,
    os::fd::{AsRawFd, FromRawFd, OwnedFd},
    ptr,
};

use nix::{
    sys::socket::{AddressFamily, SockFlag, SockType, socket},
    unistd::{ForkResult, Pid, fork},
};

/// How far a change of mount attributes reaches.
#[derive(Clone, Copy)]
pub(crate) enum Reach {
    /// The mount alone.
    Mount,
    /// The mount and everything mounted below it.
    Tree,
}

/// Adds attributes (`MOUNT_ATTR_*`) to a mount. Needs Linux 5.12.
pub(crate) fn add_mount_attributes(path: &CStr, attributes: u64, reach: Reach) -> io::Result<()> {
    let change = libc::mount_attr { attr_set: attributes, attr_clr: 0, propagation: 0, userns_fd: 0 };
    let flags = match reach {
        Reach::Mount => 0,
        Reach::Tree => libc::AT_RECURSIVE,
    };
    #[expect(unsafe_code, reason = "no library wraps mount_setattr")]
    // SAFETY: the path is a C string and the structure is alive and of the size that is passed.
    let result = unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            libc::AT_FDCWD,
            path.as_ptr(),
            flags,
            ptr::from_ref(&change),
            mem::size_of_val(&change),
        )
    };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Gives up every capability of this thread, now and for whatever it executes.
pub(crate) fn drop_capabilities() -> io::Result<()> {
    #[repr(C)]
    struct Header {
        version: u32,
        pid: i32,
    }
    #[expect(unsafe_code, reason = "no library wraps these")]
    // SAFETY: these options take plain numbers.
    unsafe {
        let mut capability: libc::c_ulong = 0;
        while libc::prctl(libc::PR_CAPBSET_DROP, capability, 0, 0, 0) == 0 {
            capability += 1;
        }
        libc::prctl(libc::PR_CAP_AMBIENT, libc::PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    }
    // Version 3 of the interface: two sets of three words (effective, permitted, inheritable).
    let header = Header { version: 0x2008_0522, pid: 0 };
    let none = [0_u32; 6];
    #[expect(unsafe_code, reason = "no library wraps capset")]
    // SAFETY: the header and the six words are what version 3 reads, and both are alive.
    let result = unsafe { libc::syscall(libc::SYS_capset, ptr::from_ref(&header), none.as_ptr()) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Names the machine, in a UTS namespace of one's own.
pub(crate) fn set_host_name(name: &str) -> io::Result<()> {
    #[expect(unsafe_code, reason = "nix has it only behind a further feature")]
    // SAFETY: the pointer and the length belong to the same living string.
    let result = unsafe { libc::sethostname(name.as_ptr().cast(), name.len()) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Switches on the loopback interface of a network namespace of one's own.
pub(crate) fn raise_loopback() -> io::Result<()> {
    let socket = socket(AddressFamily::Inet, SockType::Datagram, SockFlag::SOCK_CLOEXEC, None)?;
    let mut name = [0; libc::IFNAMSIZ];
    for (to, from) in name.iter_mut().zip(c"lo".to_bytes()) {
        *to = from.cast_signed();
    }
    let ifr_ifru = libc::__c_anonymous_ifr_ifru { ifru_flags: UP_AND_RUNNING };
    let request = libc::ifreq { ifr_name: name, ifr_ifru };
    #[expect(unsafe_code, reason = "no library wraps this ioctl")]
    // SAFETY: SIOCSIFFLAGS reads an `ifreq`, which is alive, from an open socket.
    let result = unsafe { libc::ioctl(socket.as_raw_fd(), libc::SIOCSIFFLAGS, ptr::from_ref(&request)) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

const UP_AND_RUNNING: libc::c_short = 0x1 | 0x40;

/// Forks a process that has one thread.
pub(crate) fn fork_single_threaded() -> nix::Result<ForkResult> {
    #[expect(unsafe_code, reason = "a fork of a process with several threads would be undefined behaviour")]
    // SAFETY: the server calls this before it or anything it uses has made a thread.
    unsafe {
        fork()
    }
}

/// A descriptor of a process, by which its namespaces can be entered. Needs Linux 5.8.
pub(crate) fn open_process(pid: Pid) -> io::Result<OwnedFd> {
    #[expect(unsafe_code, reason = "no library wraps pidfd_open")]
    // SAFETY: the call takes two numbers; what it returns, if not negative, is a new descriptor that nobody else owns.
    unsafe {
        let descriptor = libc::syscall(libc::SYS_pidfd_open, pid.as_raw(), 0);
        match i32::try_from(descriptor) {
            Ok(descriptor) if descriptor >= 0 => Ok(OwnedFd::from_raw_fd(descriptor)),
            Ok(_) | Err(_) => Err(io::Error::last_os_error()),
        }
    }
}
