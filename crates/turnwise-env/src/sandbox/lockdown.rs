//! What the server gives up for itself and every command, once the file system stands: capabilities,
//! new privileges, writing outside the work tree, and dangerous system calls.

use std::path::Path;

use landlock::{
    ABI, Access, AccessFs, BitFlags, PathBeneath, PathFd, Ruleset, RulesetAttr, RulesetCreatedAttr,
    RulesetError, RulesetStatus,
};
use nix::sys::prctl;

use super::{failure::Failure, kernel, mounts::WORK, seccomp::forbid_system_calls};

/// Gives everything up, but for writing to `/ws`, `/tmp`, `/dev` and `writable`; returns what landlock does, in words.
pub(crate) fn lock_down(writable: Option<&Path>) -> Result<String, Failure> {
    prctl::set_no_new_privs().map_err(Failure::of("forgo new privileges"))?;
    kernel::drop_capabilities().map_err(Failure::of("drop its capabilities"))?;
    // Commands run as the same user as the server; so they can neither trace it nor open its files.
    prctl::set_dumpable(false).map_err(Failure::of("hide its memory"))?;
    let landlock = restrict_files(writable).map_err(Failure::of("restrict files by landlock"))?;
    forbid_system_calls().map_err(Failure::of("forbid system calls"))?;
    Ok(landlock.to_owned())
}

/// A second wall behind the read-only mounts, on kernels that have it.
fn restrict_files(writable: Option<&Path>) -> Result<&'static str, RulesetError> {
    let abi = ABI::V5;
    let everything = AccessFs::from_all(abi);
    let mut rules = Ruleset::default().handle_access(everything)?.create()?;
    rules = allow(rules, Path::new("/"), AccessFs::from_read(abi))?;
    for place in [WORK, "/tmp", "/dev"].map(Path::new).into_iter().chain(writable) {
        rules = allow(rules, place, everything)?;
    }
    Ok(match rules.restrict_self()?.ruleset {
        RulesetStatus::FullyEnforced => "on",
        RulesetStatus::PartiallyEnforced => "on, in part",
        RulesetStatus::NotEnforced => "not on this kernel",
    })
}

fn allow(
    rules: landlock::RulesetCreated,
    place: &Path,
    access: BitFlags<AccessFs>,
) -> Result<landlock::RulesetCreated, RulesetError> {
    match PathFd::new(place) {
        Ok(folder) => rules.add_rule(PathBeneath::new(folder, access)),
        // A place that does not exist needs no rule.
        Err(_) => Ok(rules),
    }
}
