//! One persistent sandbox per trial: a server inside fresh namespaces runs the commands it is sent and
//! sends back what they wrote.
//!
//! The server is the harness's own executable, started again with a hidden first argument, so there is
//! nothing to install. Commands never share a process with the harness.

mod action;
mod client;
mod config;
mod direct;
mod failure;
mod kernel;
mod lockdown;
mod mounts;
mod namespaces;
mod protection;
mod protocol;
mod rlimits;
mod seccomp;
mod server;
mod tools;
mod variables;

pub(crate) use client::{Place, Sandbox};
pub use config::{Limits, SandboxConfig, SandboxKind};
pub(crate) use kernel::{
    drop_capabilities, fork_single_threaded, open_process, raise_loopback, set_host_name,
};
pub(crate) use mounts::{descriptors, proc, temporary};
pub(crate) use namespaces::{all_namespaces, map_ids};
pub(crate) use rlimits::set_limits;
pub(crate) use seccomp::forbid_system_calls;
pub use server::SERVER_ARG;
pub(crate) use server::serve_if_asked;
pub(crate) use tools::Tools;
