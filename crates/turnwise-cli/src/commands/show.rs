//! `turnwise show`: lists runs, one run's trials, or one trial's turns.

mod trial;

use std::process::ExitCode;

use clap::Args;
use serde_json::json;
use turnwise_report::Align;
use turnwise_store::{Reader, RunRow, RunSummary, StoreError, TrialRow};

use crate::{
    commands::compare::policy_table,
    error::Failure,
    options::DbOption,
    printer::{Printer, money, short_if},
};

/// What to show.
#[derive(Args, Debug)]
pub(crate) struct ShowArgs {
    /// A run or a trial by its id, the beginning of one, or `latest`; nothing lists the runs
    #[arg(value_name = "RUN|TRIAL")]
    what: Option<String>,
    /// Only this turn of a trial, with everything the model was told
    #[arg(long, value_name = "K", requires = "what")]
    turn: Option<u32>,
    #[command(flatten)]
    db: DbOption,
}

/// Shows.
pub(crate) async fn show(args: ShowArgs, printer: &Printer) -> Result<ExitCode, Failure> {
    let reader = Reader::open(&args.db.db).await?;
    match args.what.as_deref() {
        None => runs(&reader.runs().await?, printer)?,
        // Trials are named after their run, with a dash between.
        Some(name) if name.contains('-') => {
            trial::show(&reader, &reader.find_trial(name).await?, args.turn, printer).await?;
        }
        Some(name) => match (reader.find_run(name).await, args.turn) {
            (Ok(found), None) => run(&reader, &found, printer).await?,
            (Ok(found), Some(_)) => {
                return Err(Failure::usage(format!(
                    "`{}` is a run; `--turn` needs a trial, which `turnwise show {0}` lists",
                    found.run_id
                )));
            }
            (Err(StoreError::NoRun { .. }), _) => {
                return Err(Failure::Nothing {
                    message: format!(
                        "no run or trial is named `{name}`; `turnwise show` lists the runs, `turnwise show RUN` its trials"
                    ),
                });
            }
            (Err(error), _) => return Err(error.into()),
        },
    }
    Ok(ExitCode::SUCCESS)
}

fn runs(runs: &[RunSummary], printer: &Printer) -> Result<(), Failure> {
    if printer.json() {
        return printer.json_data(&runs);
    }
    let columns = [
        ("run", Align::Left),
        ("suites", Align::Left),
        ("policies", Align::Left),
        ("model", Align::Left),
        ("trials", Align::Right),
        ("solved", Align::Right),
        ("unfinished", Align::Right),
        ("turns", Align::Right),
        ("tokens", Align::Right),
    ];
    let rows = runs.iter().map(|run| {
        vec![
            run.run_id.clone(),
            run.suites.clone().unwrap_or_default(),
            run.policies.clone().unwrap_or_default(),
            run.model.clone(),
            run.finished.to_string(),
            run.solved.to_string(),
            run.unfinished.to_string(),
            run.turns.to_string(),
            short_if(run.tokens),
        ]
    });
    printer.table(&columns, rows.collect());
    Ok(())
}

async fn run(reader: &Reader, run: &RunRow, printer: &Printer) -> Result<(), Failure> {
    let (policies, trials) = (reader.policies(&run.run_id).await?, reader.trials(&run.run_id).await?);
    if printer.json() {
        let config: serde_json::Value = serde_json::from_str(&run.config).unwrap_or_default();
        return printer.json_data(&json!({
            "run_id": run.run_id.as_str(), "command": run.command, "model": run.model.spec,
            "model_hash": run.model.hash, "device": run.model.device, "sandbox": run.protection.kind,
            "protection": run.protection.facts, "started_at": run.started_at, "ended_at": run.ended_at,
            "config": config, "policies": policies, "trials": trials,
        }));
    }
    let state = if run.ended_at.is_some() { "" } else { " (under way or interrupted)" };
    let model = &run.model;
    printer.data(&format!(
        "run {}{state}: {}\nmodel {} on {}, sandbox {}",
        run.run_id, run.command, model.spec, model.device, run.protection.kind
    ));
    printer.data("");
    policy_table(&policies, printer);
    printer.data("");
    trial_table(&trials, printer);
    Ok(())
}

fn trial_table(trials: &[TrialRow], printer: &Printer) {
    let mut columns = vec![
        ("trial", Align::Left),
        ("task", Align::Left),
        ("policy", Align::Left),
        ("seed", Align::Right),
        ("ending", Align::Left),
        ("solved", Align::Left),
        ("score", Align::Right),
        ("turns", Align::Right),
        ("limit", Align::Right),
        ("tokens", Align::Right),
    ];
    let priced = trials.iter().any(|trial| trial.cost.is_some());
    columns.extend(priced.then_some(("cost", Align::Right)));
    let rows = trials.iter().map(|trial| {
        let rule = trial.stop_rule.as_ref().map(|rule| format!(" ({rule})")).unwrap_or_default();
        let mut cells = vec![
            trial.trial_id.clone(),
            trial.task.clone(),
            trial.policy.clone(),
            trial.seed.to_string(),
            format!("{}{rule}", trial.ending.as_deref().unwrap_or("under way")),
            trial.solved.map_or("–", |solved| if solved { "yes" } else { "no" }).to_owned(),
            trial.score.map_or("–".to_owned(), |score| format!("{score:.2}")),
            trial.turns.to_string(),
            trial.turn_limit.map_or("–".to_owned(), |limit| limit.to_string()),
            short_if(trial.tokens()),
        ];
        cells.extend(priced.then(|| trial.cost.map_or("–".to_owned(), money)));
        cells
    });
    printer.table(&columns, rows.collect());
}
