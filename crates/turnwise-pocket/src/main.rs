//! The command `turnwise-pocket`: makes pocket suites, shows what the expert does, trains the pocket model
//! and looks at what it learned.

mod command;

use clap::Parser as _;
use std::process::ExitCode;

fn main() -> ExitCode {
    if let Some(code) = turnwise_env::serve_if_asked() {
        return code;
    }
    match command::Command::parse().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            command::complain(&error);
            ExitCode::FAILURE
        }
    }
}
