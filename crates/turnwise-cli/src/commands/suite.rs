//! `turnwise suite list | show | check`: looks at suites of tasks.

use std::{process::ExitCode, sync::Arc};

use clap::{Args, Subcommand};
use serde::Serialize;
use serde_json::json;
use tokio::{sync::Semaphore, task::JoinSet};
use turnwise_core::{EnvError, Task};
use turnwise_env::LocalProvider;
use turnwise_report::Align;

use crate::{
    error::Failure,
    options::{PlaceOptions, SelectOptions},
    printer::{Printer, plural},
    run::{select::select, workplace::local},
    suites,
};

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
    Check(CheckArgs),
}

#[derive(Args, Debug)]
struct CheckArgs {
    /// The suite
    suite: String,
    /// How many tasks at once
    #[arg(short, long, default_value_t = 4, value_name = "N")]
    workers: usize,
    #[command(flatten)]
    select: SelectOptions,
    #[command(flatten)]
    place: PlaceOptions,
}

/// Lists, shows or checks.
pub(crate) async fn suite(args: SuiteArgs, printer: &Printer) -> Result<ExitCode, Failure> {
    match args.action {
        Action::List => list(printer)?,
        Action::Show { suite, task } => show(&suite, task.as_deref(), printer)?,
        Action::Check(args) => return check(args, printer).await,
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

/// What a task is like: its own solution should solve it, and nothing should not.
#[derive(Debug, Serialize)]
struct Checked {
    task: String,
    gold_solves: bool,
    nothing_solves: bool,
    problem: Option<String>,
}

impl Checked {
    fn is_good(&self) -> bool {
        self.gold_solves && !self.nothing_solves
    }
}

async fn check(args: CheckArgs, printer: &Printer) -> Result<ExitCode, Failure> {
    let suite = select(suites::find(&args.suite)?, &args.select, 0).load()?;
    if suite.tasks.is_empty() {
        return Err(Failure::nothing_selected());
    }
    let provider =
        Arc::new(LocalProvider::new(local(&args.place, suite.tasks.iter().map(|task| &**task))?).await?);
    let places = Arc::new(Semaphore::new(args.workers.max(1)));
    let mut running = JoinSet::new();
    for task in suite.tasks {
        let place = Arc::clone(&places).acquire_owned().await.ok();
        let provider = Arc::clone(&provider);
        running.spawn(async move {
            let checked = check_task(&provider, &task).await;
            drop(place);
            checked
        });
    }
    let mut all: Vec<Checked> = running.join_all().await;
    all.sort_by(|a, b| a.task.cmp(&b.task));
    report(&all, printer)
}

async fn check_task(provider: &LocalProvider, task: &Task) -> Checked {
    let mut checked =
        Checked { task: task.id.clone(), gold_solves: false, nothing_solves: false, problem: None };
    let graded: Result<(), EnvError> = async {
        checked.nothing_solves = provider.grade_patch(task, "").await?.solved();
        if let Some(patch) = &task.gold_patch {
            checked.gold_solves = provider.grade_patch(task, patch).await?.solved();
        }
        Ok(())
    }
    .await;
    checked.problem = match graded {
        Err(error) => Some(crate::error::in_words(&error)),
        Ok(()) if task.gold_patch.is_none() => Some("the suite has no solution for it".to_owned()),
        Ok(()) if !checked.gold_solves => Some("the suite's own solution does not solve it".to_owned()),
        Ok(()) if checked.nothing_solves => Some("doing nothing solves it".to_owned()),
        Ok(()) => None,
    };
    checked
}

fn report(all: &[Checked], printer: &Printer) -> Result<ExitCode, Failure> {
    if printer.json() {
        printer.json_data(&all)?;
    }
    let bad: Vec<&Checked> = all.iter().filter(|checked| !checked.is_good()).collect();
    for checked in &bad {
        printer
            .say("wrong", &format!("{}: {}", checked.task, checked.problem.as_deref().unwrap_or_default()));
    }
    if !bad.is_empty() {
        return Err(Failure::BadTasks { bad: bad.len(), tasks: all.len() });
    }
    let tasks = plural(all.len(), "task");
    printer.say("ok", &format!("{tasks}: the suite's own solution solves each, doing nothing solves none"));
    Ok(ExitCode::SUCCESS)
}
