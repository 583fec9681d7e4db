//! Enters a container and becomes a shell in it, without capabilities and within limits.

use std::{
    os::unix::process::CommandExt,
    process::{Command, ExitCode},
};

use nix::{
    sched::setns,
    sys::{
        prctl,
        signal::Signal,
        wait::{WaitStatus, waitpid},
    },
    unistd::{ForkResult, Pid, chdir},
};
use serde::{Deserialize, Serialize};

use crate::sandbox::{
    Limits, all_namespaces, drop_capabilities, forbid_system_calls, fork_single_threaded, open_process,
    set_limits,
};

/// What a shell is entered with.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct EnterSetup {
    /// The container's first process, as the machine numbers it.
    pub(super) pid: i32,
    pub(super) limits: Limits,
    pub(super) variables: Vec<(String, String)>,
}

/// What a shell's status is when it cannot be run.
const NOT_RUN: u8 = 126;

pub(super) fn serve(setup: &str) -> ExitCode {
    match serde_json::from_str(setup).map_err(|error| error.to_string()).and_then(|setup| enter(&setup)) {
        Ok(code) => code,
        Err(words) => {
            #[expect(clippy::print_stderr, reason = "the harness logs what this process complains of")]
            {
                eprintln!("{words}");
            }
            ExitCode::from(NOT_RUN)
        }
    }
}

fn enter(setup: &EnterSetup) -> Result<ExitCode, String> {
    let said = |what: &'static str| move |error: nix::Error| format!("could not {what}: {error}");
    let process = open_process(Pid::from_raw(setup.pid))
        .map_err(|error| format!("could not find the container: {error}"))?;
    setns(process, all_namespaces()).map_err(said("enter the container"))?;
    chdir("/").map_err(said("enter its root"))?;
    // Only a child is in the process namespace.
    match fork_single_threaded().map_err(said("fork"))? {
        ForkResult::Parent { child } => Ok(match waitpid(child, None) {
            Ok(WaitStatus::Exited(_, code)) => ExitCode::from(u8::try_from(code).unwrap_or(1)),
            Ok(_) | Err(_) => ExitCode::FAILURE,
        }),
        ForkResult::Child => {
            prctl::set_pdeathsig(Signal::SIGKILL).map_err(said("tie its life to the harness's"))?;
            become_shell(setup)
        }
    }
}

fn become_shell(setup: &EnterSetup) -> Result<ExitCode, String> {
    prctl::set_no_new_privs().map_err(|error| format!("could not forgo new privileges: {error}"))?;
    drop_capabilities().map_err(|error| format!("could not drop its capabilities: {error}"))?;
    set_limits(&setup.limits).map_err(|error| format!("could not limit itself: {error}"))?;
    forbid_system_calls().map_err(|error| format!("could not forbid system calls: {error}"))?;
    let variables = setup.variables.iter().map(|(name, value)| (name, value));
    let error = Command::new("/bin/sh").env_clear().envs(variables).exec();
    Err(format!("there is no /bin/sh in the container: {error}"))
}
