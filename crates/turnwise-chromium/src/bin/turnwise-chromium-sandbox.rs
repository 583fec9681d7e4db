//! The sandbox's server as a program of its own, for this crate's tests. The `turnwise` command contains the same server
//! and does not need this.

use std::process::ExitCode;

fn main() -> ExitCode {
    turnwise_env::serve_if_asked().unwrap_or(ExitCode::from(2))
}
