//! `turnwise suite list | show | check`: looks at suites of tasks.

mod check;

use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::json;
use turnwise_core::Task;
use turnwise_report::Align;

use crate::{error::Failure, printer::Printer, suites};

/// What to do with suites.
#[derive(Args, Debug)]
pub(crate) struct SuiteArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List the suites that can be named
    List,
    /// List a suite's tasks, or show one of them
    Show {
        /// The suite
        suite: String,
        /// The task
        task: Option<String>,
    },
    /// Grade the suite's own solution and no solution at all on each task
    Check(Box<check::CheckArgs>),
}

/// Lists, shows or checks.
pub(crate) async fn suite(args: SuiteArgs, printer: &Printer) -> Result<ExitCode, Failure> {
    match args.action {
        Action::List => list(printer)?,
        Action::Show { suite, task } => show(&suite, task.as_deref(), printer)?,
        Action::Check(args) => return check::check(*args, printer).await,
    }
    Ok(ExitCode::SUCCESS)
}

fn list(printer: &Printer) -> Result<(), Failure> {
    let suites = suites::names().iter().map(|name| suites::find(name)).collect::<Result<Vec<_>, _>>()?;
    if printer.json() {
        let suites: Vec<_> = suites
            .iter()
            .map(|suite| json!({ "suite": suite.name, "tasks": suite.entries.len(), "summary": suite.summary }))
            .collect();
        return printer.json_data(&suites);
    }
    let rows = suites
        .into_iter()
        .map(|suite| vec![suite.name, suite.entries.len().to_string(), suite.summary])
        .collect();
    printer.table(&[("suite", Align::Left), ("tasks", Align::Right), ("what it is", Align::Left)], rows);
    Ok(())
}

fn show(name: &str, task: Option<&str>, printer: &Printer) -> Result<(), Failure> {
    let mut suite = suites::find(name)?;
    if let Some(id) = task {
        suite.entries.retain(|entry| entry.id == id);
    }
    let suite = suite.load()?;
    if let Some(id) = task {
        let task = suite.tasks.first().ok_or_else(|| Failure::Nothing {
            message: format!("suite `{name}` has no task `{id}`; `turnwise suite show {name}` lists them"),
        })?;
        return show_task(task, printer);
    }
    if printer.json() {
        return printer.json_data(&suite.tasks.iter().map(|task| as_json(task)).collect::<Vec<_>>());
    }
    let rows = suite.tasks.iter().map(|task| {
        let labels: Vec<String> = task.labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let tests = task.fail_to_pass.len() + task.pass_to_pass.len();
        vec![task.id.clone(), tests.to_string(), labels.join(" ")]
    });
    printer.table(&[("task", Align::Left), ("tests", Align::Right), ("labels", Align::Left)], rows.collect());
    Ok(())
}

fn show_task(task: &Task, printer: &Printer) -> Result<(), Failure> {
    if printer.json() {
        return printer.json_data(&as_json(task));
    }
    printer.data(&format!("{}\n\n{}", task.id, task.statement));
    for file in &task.files {
        printer.data(&format!("\n── {}\n{}", file.path, file.content));
    }
    if let Some(patch) = &task.gold_patch {
        printer.data(&format!("\n── the suite's own solution\n{patch}"));
    }
    Ok(())
}

fn as_json(task: &Task) -> serde_json::Value {
    let labels: serde_json::Map<_, _> =
        task.labels.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    json!({
        "instance_id": task.id, "repo": task.repo, "base_commit": task.base_commit,
        "problem_statement": task.statement, "FAIL_TO_PASS": task.fail_to_pass,
        "PASS_TO_PASS": task.pass_to_pass, "patch": task.gold_patch, "labels": labels,
    })
}
