//! One persistent sandbox per trial.

mod config;

use std::process::ExitCode;

pub use config::{Limits, SandboxConfig, SandboxKind};

/// The hidden first argument with which an executable becomes the server inside a sandbox.
pub const SERVER_ARG: &str = "__sandbox-server";

/// Becomes the server of a sandbox if the first argument is [`SERVER_ARG`]; an executable that starts
/// sandboxes calls this first thing in `main`, before any thread exists.
pub fn serve_if_asked() -> Option<ExitCode> {
    (std::env::args_os().nth(1)? == SERVER_ARG).then_some(ExitCode::FAILURE)
}
