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
pub use server::{SERVER_ARG, serve_if_asked};
pub(crate) use tools::Tools;
