//! The command `turnwise`: the only place where the parts are put together.
//!
//! Here is the order of things: become a sandbox's server if asked to, read the command line, do what it says,
//! and turn the result into an exit code. Nothing heavy happens before the command line is read.

mod cli;
mod clock;
mod commands;
mod error;
mod hex;
mod learned;
mod model;
mod options;
mod policies;
mod printer;
mod profiles;
mod run;
mod suites;

use std::process::ExitCode;

use clap::Parser;

use crate::{cli::Cli, error::Failure, printer::Printer};

fn main() -> ExitCode {
    if let Some(code) = turnwise_env::serve_if_asked() {
        return code;
    }
    let cli = Cli::parse();
    let printer = Printer::new(&cli.output);
    match start(cli, &printer) {
        Ok(code) => code,
        Err(failure) => {
            printer.failure(&failure);
            failure.exit_code()
        }
    }
}

fn start(cli: Cli, printer: &Printer) -> Result<ExitCode, Failure> {
    if std::env::var_os("TURNWISE_LOG").is_some() {
        let filter = tracing_subscriber::EnvFilter::from_env("TURNWISE_LOG");
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|source| {
        Failure::Internal { what: "start its threads".to_owned(), source: source.into() }
    })?;
    let result = runtime.block_on(commands::run(cli, printer));
    // A blocking read in the background must not keep the process alive.
    runtime.shutdown_background();
    result
}
