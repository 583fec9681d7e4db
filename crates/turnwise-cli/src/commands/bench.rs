//! `turnwise bench harness | engine`. The harness: many turns of a scripted model through the ordinary path, so that its
//! own cost can be measured from outside.

pub(crate) mod engine;

use std::{path::PathBuf, process::ExitCode, sync::Arc, time::Instant};

use clap::{Args, Subcommand};
use serde_json::json;
use turnwise_agent::{KeepStates, Profile};
use turnwise_core::{Sampling, Task, TaskFile};
use turnwise_engine::ScriptedModel;
use turnwise_env::base_commit;
use turnwise_policy::Caps;

use crate::{
    commands::run::exit_code,
    error::Failure,
    options::{AgainOptions, SandboxOption},
    policies,
    printer::Printer,
    profiles,
    run::{
        EnvironmentChoice, KnownReplies, RunRequest,
        arms::Policies,
        execute,
        workplace::{Places, sandbox},
    },
    suites::Suite,
};

/// What to measure.
#[derive(Args, Debug)]
pub(crate) struct BenchArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// N tasks of T turns: a scripted model, the policy `unlimited`, the sandbox, the database
    Harness(HarnessArgs),
    /// How fast a model reads and writes on this machine
    Engine(engine::EngineArgs),
}

#[derive(Args, Debug)]
struct HarnessArgs {
    /// How many tasks
    #[arg(long, default_value_t = 100, value_name = "N")]
    tasks: usize,
    /// How many turns each; the last one hands in
    #[arg(long, default_value_t = 20, value_name = "T", value_parser = clap::value_parser!(u16).range(1..))]
    turns: u16,
    /// What is run on every turn but the last
    #[arg(long, default_value = "cat small.txt", value_name = "CMD")]
    action: String,
    /// Start no process: every action gets the same 64 bytes
    #[arg(long, conflicts_with = "action")]
    no_process: bool,
    /// How many trials at once
    #[arg(short, long, default_value_t = 1, value_name = "C")]
    workers: usize,
    /// The run database; it should not exist yet
    #[arg(long, value_name = "FILE")]
    db: PathBuf,
    /// How actions are kept apart from the machine
    #[arg(long, value_enum, default_value = "namespaces", value_name = "KIND")]
    sandbox: SandboxOption,
}

/// Measures.
pub(crate) async fn bench(args: BenchArgs, printer: &Printer) -> Result<ExitCode, Failure> {
    match args.action {
        Action::Harness(args) => harness(args, printer).await,
        Action::Engine(args) => engine::bench(args, printer).map(|()| ExitCode::SUCCESS),
    }
}

async fn harness(args: HarnessArgs, printer: &Printer) -> Result<ExitCode, Failure> {
    let turns = args.tasks as u64 * u64::from(args.turns);
    let request = request(args)?;
    let began = Instant::now();
    let done = execute(&request, printer).await?;
    let seconds = began.elapsed().as_secs_f64();
    let per_second = turns as f64 / seconds;
    if printer.json() {
        printer.json_data(&json!({ "turns": turns, "seconds": seconds, "turns_per_second": per_second }))?;
    } else {
        printer.data(&format!("{turns} turns in {seconds:.2} s: {per_second:.0} turns a second"));
    }
    Ok(exit_code(&done))
}

fn request(args: HarnessArgs) -> Result<RunRequest, Failure> {
    let environment = match args.no_process {
        true => EnvironmentChoice::Nowhere(small_text()),
        false => EnvironmentChoice::Somewhere(Box::new(Places::local(sandbox(args.sandbox)?))),
    };
    let tasks = (0..args.tasks).map(|number| Ok(Arc::new(task(number)?))).collect::<Result<_, Failure>>()?;
    let profile = Arc::new(Profile::load(&profiles::find("pocket")?)?);
    Ok(RunRequest {
        suites: vec![Suite { name: "bench".to_owned(), tasks }],
        policies: Policies {
            named: vec![policies::load(&policies::find("unlimited")?, &[])?],
            arms: std::collections::BTreeMap::new(),
        },
        model: Arc::new(script(&args.action, args.turns)?),
        price: None,
        profile,
        seeds: vec![0],
        sampling: Sampling::greedy(64),
        caps: Caps::default(),
        environment,
        db: args.db,
        workers: args.workers,
        again: AgainOptions { redo_existing: true, retry: Vec::new(), dry_run: false },
        known_replies: KnownReplies::Computed,
        keep_states: KeepStates::AsNeeded,
        command: "bench harness".to_owned(),
    })
}

/// A model that gives the action until its last turn.
fn script(action: &str, turns: u16) -> Result<ScriptedModel, Failure> {
    let mut replies = vec![action; usize::from(turns) - 1];
    replies.push("submit");
    let path = std::env::temp_dir().join(format!("turnwise-bench-{}.jsonl", std::process::id()));
    let file = |access| {
        let path = path.clone();
        move |source| Failure::File { path, access, source }
    };
    std::fs::write(&path, json!({ "task": "*", "replies": replies }).to_string()).map_err(file("written"))?;
    let model = ScriptedModel::from_file(&path);
    std::fs::remove_file(&path).map_err(file("removed"))?;
    Ok(model?)
}

fn task(number: usize) -> Result<Task, Failure> {
    let files = vec![TaskFile { path: "small.txt".to_owned(), content: small_text() }];
    let base_commit = base_commit(&files)
        .map_err(|source| Failure::Internal { what: "make a task".to_owned(), source: source.into() })?;
    Ok(Task {
        id: format!("bench-{number:05}"),
        suite: "bench".to_owned(),
        statement: "Read small.txt.".to_owned(),
        repo: "bench".to_owned(),
        base_commit,
        files,
        test_command: "echo PASS read".to_owned(),
        fail_to_pass: vec!["read".to_owned()],
        ..Task::default()
    })
}

/// 64 bytes.
fn small_text() -> String {
    "x".repeat(63) + "\n"
}
