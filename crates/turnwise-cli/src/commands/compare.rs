//! `turnwise compare`: the main job. Runs each policy on the same tasks and seeds and prints the paired comparison.

use std::process::ExitCode;

use clap::Args;

use crate::{
    commands::run::{dry_run, exit_code},
    error::Failure,
    options::RunOptions,
    printer::Printer,
    run::{RunRequest, execute},
};

/// What to compare.
#[derive(Args, Debug)]
pub(crate) struct CompareArgs {
    /// Suites: names below tasks/, folders, or files with a task on each line
    #[arg(default_value = "pocket", value_name = "SUITE")]
    suites: Vec<String>,
    /// Policies by name or file; each is compared with the first
    #[arg(
        long,
        alias = "policy",
        default_value = "unlimited,fixed,dynamic",
        value_delimiter = ',',
        value_name = "A,B,C"
    )]
    policies: Vec<String>,
    #[command(flatten)]
    options: RunOptions,
}

/// Compares.
pub(crate) async fn compare(args: CompareArgs, printer: &Printer) -> Result<ExitCode, Failure> {
    let request = RunRequest::load(&args.suites, &args.policies, args.options)?;
    if request.again.dry_run {
        return dry_run(&request, printer);
    }
    let done = execute(&request, printer).await?;
    Ok(exit_code(&done))
}
