//! `turnwise replay RUN --policy P`: what policies would have done on recorded turns, with no model.

mod again;
mod outcome;
mod pass;
mod tally;

use std::{collections::BTreeMap, process::ExitCode};

use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use turnwise_core::Ending;
use turnwise_policy::{Baseline, BaselineTrial, Caps, Policy, PolicySpec};
use turnwise_report::Align;
use turnwise_store::{FreeTrial, LeanTrial, LeanTrials, Reader, RunRow};

use self::{again::check, outcome::Grades, tally::Tally};
use crate::{
    commands::import::RECORDED,
    error::Failure,
    options::DbOption,
    policies,
    printer::{Printer, plural},
};

/// The policy whose trials are replayed where nothing else is asked for: nothing but the model ended them.
const BASELINE: &str = "unlimited";

/// What to replay.
#[derive(Args, Debug)]
pub(crate) struct ReplayArgs {
    /// The run: its id, the beginning of one, or `latest`
    #[arg(value_name = "RUN")]
    run: String,
    /// Policies to replay: names, or files ending in .toml
    #[arg(
        short,
        long = "policy",
        visible_alias = "policies",
        value_name = "P",
        value_delimiter = ',',
        required_unless_present = "check"
    )]
    policies: Vec<String>,
    /// Only trials that were run under these policies; otherwise those of `unlimited`, or all where there are none
    #[arg(long, value_name = "POLICY", value_delimiter = ',')]
    of: Vec<String>,
    /// Change a setting of the policies: `budget.limit=12` (repeatable)
    #[arg(long = "set", value_name = "KEY=VALUE")]
    settings: Vec<String>,
    /// Decide again on every recorded turn under the trial's own policy, and say where a verdict differs
    #[arg(long, conflicts_with_all = ["policies", "of", "settings"])]
    check: bool,
    #[command(flatten)]
    db: DbOption,
}

/// Replays.
pub(crate) async fn replay(args: ReplayArgs, printer: &Printer) -> Result<ExitCode, Failure> {
    let reader = Reader::open(&args.db.db).await?;
    let run = reader.find_run(&args.run).await?;
    let LeanTrials { mut trials, policies } = reader.lean_trials(&run.run_id)?;
    // Nobody runs an imported trial again: what its file holds of one that was lost is all there is.
    trials.retain(|trial| is_imported(&run) || trial.ending.is_some_and(Ending::is_final));
    if args.check {
        if is_imported(&run) {
            let run = &run.run_id;
            return Err(Failure::usage(format!(
                "run {run} was imported and holds no verdicts to compare with"
            )));
        }
        return check(&reader, &run.run_id, &trials, &policies, printer).await;
    }
    let trials = chosen(trials, &args.of, |trial| &trial.policy)?;
    let mut replays = Vec::new();
    for name in &args.policies {
        let spec = policies::load(&policies::find(name)?, &args.settings)?;
        let policies = resolved(&spec, &reader, &run, &trials).await?;
        replays.push((Tally::of(&spec, &trials), policies));
    }
    let grades = Grades::of(reader.grades(&run.run_id).await?);
    let bar = progress(trials.len(), printer);
    let tallies = pass::over(&reader, &trials, &replays, &grades, &bar)?;
    bar.finish_and_clear();
    print(&run, &trials, &tallies, printer)?;
    Ok(ExitCode::SUCCESS)
}

/// Whether a run's trials are other tools'.
fn is_imported(run: &RunRow) -> bool {
    run.model.device == "none" && run.model.spec.starts_with(RECORDED)
}

/// The trials that are replayed; `policy` names that of a trial.
pub(super) fn chosen<T>(
    trials: Vec<T>,
    of: &[String],
    policy: impl Fn(&T) -> &String,
) -> Result<Vec<T>, Failure> {
    let is_free = |trial: &T| policy(trial) == BASELINE;
    let any_free = trials.iter().any(is_free);
    let is_wanted = |trial: &T| match of.is_empty() {
        true => is_free(trial) || !any_free,
        false => of.contains(policy(trial)),
    };
    let names: BTreeMap<String, usize> = trials.iter().map(|trial| (policy(trial).clone(), 0)).collect();
    let trials: Vec<T> = trials.into_iter().filter(is_wanted).collect();
    if trials.is_empty() {
        let names: Vec<_> = names.into_keys().collect();
        let message = match names.is_empty() {
            true => "the run has no finished trial; finish it with the command that began it".to_owned(),
            false => {
                format!("no finished trial was run under {}; there are {}", of.join(", "), names.join(", "))
            }
        };
        return Err(Failure::Nothing { message });
    }
    Ok(trials)
}

/// The policy with its numbers, for each suite. They come from the unlimited trials of the suite and model, or else (and
/// always for imported runs) from the trials that are replayed, as far as they have turns and an outcome.
async fn resolved(
    spec: &PolicySpec,
    reader: &Reader,
    run: &RunRow,
    trials: &[LeanTrial],
) -> Result<BTreeMap<String, Policy>, Failure> {
    let mut policies = BTreeMap::new();
    for trial in trials {
        if policies.contains_key(&trial.suite) {
            continue;
        }
        let free = match is_imported(run) {
            true => Vec::new(),
            false => reader.baseline_trials(&trial.suite, &run.model.hash).await?,
        };
        let free = free.into_iter();
        let mut baseline: Vec<_> =
            free.map(|FreeTrial { task, turns, solved, .. }| BaselineTrial { task, turns, solved }).collect();
        if baseline.is_empty() {
            let known = trials.iter().filter(|other| other.suite == trial.suite && other.turns > 0);
            let of = |known: &LeanTrial| BaselineTrial {
                task: known.task.clone(),
                turns: known.turns,
                solved: known.solved,
            };
            baseline = known.filter(|trial| trial.solved.is_some()).map(of).collect();
        }
        let baseline = Baseline::of_trials(&trial.suite, &trial.model, baseline);
        policies.insert(trial.suite.clone(), spec.resolve(&baseline, Caps::default())?);
    }
    Ok(policies)
}

fn progress(trials: usize, printer: &Printer) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(trials as u64), ProgressDrawTarget::hidden());
    if printer.wants_bar() {
        if let Ok(style) = ProgressStyle::with_template("{bar:24} {pos}/{len} trials, eta {eta}") {
            bar.set_style(style.progress_chars("━━─"));
        }
        bar.set_draw_target(ProgressDrawTarget::stderr());
    }
    bar
}

fn print(run: &RunRow, trials: &[LeanTrial], tallies: &[Tally], printer: &Printer) -> Result<(), Failure> {
    if printer.json() {
        return printer.json_data(&tallies);
    }
    let columns = [
        ("policy", Align::Left),
        ("solved", Align::Right),
        ("turns", Align::Right),
        ("tokens", Align::Right),
        ("stopped", Align::Right),
        ("of them solved", Align::Right),
        ("known at the cut", Align::Right),
        ("censored", Align::Right),
    ];
    let share = |replayed: u64, recorded: u64| match recorded {
        0 => "–".to_owned(),
        recorded => format!("{:+.1} %", 100.0 * (replayed as f64 / recorded as f64 - 1.0)),
    };
    let rows = tallies.iter().map(|tally| {
        let mark = if tally.lower_bound { " *" } else { "" };
        vec![
            format!("{}{mark}", tally.policy),
            format!("{} of {}", tally.solved_replayed, tally.solved_recorded),
            share(tally.turns_replayed, tally.turns_recorded),
            share(tally.tokens_replayed, tally.tokens_recorded),
            tally.stopped.to_string(),
            tally.stopped_solved.to_string(),
            format!("{} of {}", tally.cut_known, tally.cut),
            tally.censored.to_string(),
        ]
    });
    printer.table(&columns, rows.collect());
    let known = trials.iter().filter(|trial| trial.solved.is_some()).count();
    let mut below = format!(
        "\n{} of run {}, {known} with a known outcome",
        plural(trials.len(), "recorded trial"),
        run.run_id.as_str()
    );
    if tallies.iter().any(|tally| tally.lower_bound) {
        below.push_str(
            "\n* a lower bound: the recorded model was not told this budget, and one that is told paces itself",
        );
    }
    printer.data(&below);
    if !is_imported(run) && tallies.iter().any(|tally| tally.cut_known < tally.cut) {
        let run = run.run_id.as_str();
        let hint = format!("`turnwise grade {run} --every-turn` finds out what the work at a cut was worth");
        printer.say("hint:", &hint);
    }
    Ok(())
}
