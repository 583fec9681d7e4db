//! The system calls that no command needs and that could lead out of a sandbox or into the kernel: they
//! fail with "operation not permitted". Not an allow-list, as tasks run all kinds of programs.

use std::{collections::BTreeMap, env::consts::ARCH};

use seccompiler::{
    BackendError, BpfProgram, Error, SeccompAction, SeccompCmpArgLen::Dword, SeccompCmpOp, SeccompCondition,
    SeccompFilter, SeccompRule, TargetArch, apply_filter,
};

/// Forbids them from now on, for this thread and whatever it starts.
pub(crate) fn forbid_system_calls() -> Result<(), Error> {
    let denied = DENIED.iter().map(|call| (*call, vec![])).chain(conditional()?).collect();
    install(denied, libc::EPERM)?;
    // The flags of clone3 are out of a filter's sight; without it, the C library falls back to clone.
    install(BTreeMap::from([(libc::SYS_clone3, vec![])]), libc::ENOSYS)
}

const DENIED: [libc::c_long; 37] = [
    // Other file systems and roots.
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_open_tree,
    libc::SYS_move_mount,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_mount_setattr,
    libc::SYS_open_by_handle_at,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_quotactl,
    // Other namespaces.
    libc::SYS_unshare,
    libc::SYS_setns,
    // Other processes.
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_pidfd_getfd,
    libc::SYS_kcmp,
    // The kernel itself.
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_io_uring_setup,
    libc::SYS_keyctl,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_kexec_load,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_reboot,
    libc::SYS_syslog,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
];

/// Calls that are denied for some arguments: new namespaces, sockets that are neither local
/// nor IP, and the limits of other processes.
fn conditional() -> Result<Vec<(libc::c_long, Vec<SeccompRule>)>, BackendError> {
    let namespaces = [
        libc::CLONE_NEWUSER,
        libc::CLONE_NEWNS,
        libc::CLONE_NEWPID,
        libc::CLONE_NEWNET,
        libc::CLONE_NEWIPC,
        libc::CLONE_NEWUTS,
        libc::CLONE_NEWCGROUP,
    ];
    let clone = namespaces.iter().map(|flag| {
        let flag = u64::from(flag.cast_unsigned());
        SeccompRule::new(vec![SeccompCondition::new(0, Dword, SeccompCmpOp::MaskedEq(flag), flag)?])
    });
    let families = [libc::AF_UNIX, libc::AF_INET, libc::AF_INET6];
    let none_of_them = families
        .iter()
        .map(|family| SeccompCondition::new(0, Dword, SeccompCmpOp::Ne, u64::from(family.cast_unsigned())));
    let socket = SeccompRule::new(none_of_them.collect::<Result<_, _>>()?)?;
    // A command could starve the server, which is the same user.
    let others = SeccompRule::new(vec![SeccompCondition::new(0, Dword, SeccompCmpOp::Ne, 0)?])?;
    let limits = (libc::SYS_prlimit64, vec![others]);
    Ok(vec![limits, (libc::SYS_clone, clone.collect::<Result<_, _>>()?), (libc::SYS_socket, vec![socket])])
}

fn install(rules: BTreeMap<libc::c_long, Vec<SeccompRule>>, errno: i32) -> Result<(), Error> {
    let arch = TargetArch::try_from(ARCH)?;
    let action = SeccompAction::Errno(errno.cast_unsigned());
    let filter = SeccompFilter::new(rules, SeccompAction::Allow, action, arch)?;
    apply_filter(&BpfProgram::try_from(filter)?)
}
