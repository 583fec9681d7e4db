//! `turnwise run`: runs trials, with no comparison.

use std::process::ExitCode;

use clap::Args;

use crate::{
    error::{Failure, INTERRUPTED, SOME_INFRA_ERRORS},
    options::RunOptions,
    printer::Printer,
    run::{Done, RunRequest, config::RunConfig, execute, plan::Plan},
};

/// What to run.
#[derive(Args, Debug)]
pub(crate) struct RunArgs {
    /// Suites: names below tasks/, folders, or files with a task on each line
    #[arg(required = true, value_name = "SUITE")]
    suites: Vec<String>,
    /// A policy by its name or file, or `all` (repeatable)
    #[arg(
        long = "policy",
        alias = "policies",
        default_value = "unlimited",
        value_delimiter = ',',
        value_name = "P"
    )]
    policies: Vec<String>,
    #[command(flatten)]
    options: RunOptions,
}

/// Runs, and prints the run's id.
pub(crate) async fn run(args: RunArgs, printer: &Printer) -> Result<ExitCode, Failure> {
    let request = RunRequest::load(&args.suites, &args.policies, args.options, printer)?;
    if request.again.dry_run {
        return dry_run(&request, printer);
    }
    let done = execute(&request, printer).await?;
    if printer.json() {
        printer.json_data(&serde_json::json!({
            "run_id": done.run.as_str(),
            "finished": done.summary.finished,
            "solved": done.summary.solved,
            "infra_errors": done.summary.infra_errors,
            "interrupted": done.summary.interrupted,
        }))?;
    } else {
        printer.data(done.run.as_str());
    }
    Ok(exit_code(&done))
}

/// The exit code of a run.
pub(crate) fn exit_code(done: &Done) -> ExitCode {
    if done.interrupted {
        ExitCode::from(INTERRUPTED)
    } else if done.summary.infra_errors > 0 {
        ExitCode::from(SOME_INFRA_ERRORS)
    } else {
        ExitCode::SUCCESS
    }
}

/// Prints what would be run.
pub(crate) fn dry_run(request: &RunRequest, printer: &Printer) -> Result<ExitCode, Failure> {
    let config = RunConfig::of(request);
    let plan = Plan::of(config.run_id(), request);
    if printer.json() {
        let value: serde_json::Value = serde_json::from_str(&config.to_json()).unwrap_or_default();
        printer.json_data(&serde_json::json!({
            "run_id": plan.run.as_str(), "trials": plan.trials.len(), "config": value,
        }))?;
    } else {
        printer.data(&format!("run {}: {} trials", plan.run, plan.trials.len()));
        for trial in &plan.trials {
            let key = &trial.key;
            printer.data(&format!(
                "{}  {}  {}  {}  seed {}",
                trial.id, key.suite, key.task, key.policy, key.seed
            ));
        }
    }
    Ok(ExitCode::SUCCESS)
}
