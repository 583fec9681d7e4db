//! `turnwise replay RUN --policy P`: what policies would have done on recorded turns, with no model.

mod tally;

use std::{collections::BTreeMap, process::ExitCode};

use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use turnwise_core::{Ending, RunId, TrialId, TurnRecord};
use turnwise_policy::{Baseline, BaselineTrial, Caps, Policy, PolicySpec, Replay, Spoken};
use turnwise_report::Align;
use turnwise_store::{FreeTrial, Reader, RunRow, TrialRow};

use self::tally::Tally;
use crate::{
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
    let trials: Vec<TrialRow> =
        reader.trials(&run.run_id).await?.into_iter().filter(|trial| trial.finished).collect();
    if args.check {
        return check(&reader, &run.run_id, &trials, printer).await;
    }
    let trials = chosen(trials, &args.of)?;
    let mut tallies = Vec::new();
    for name in &args.policies {
        let spec = policies::load(&policies::find(name)?, &args.settings)?;
        tallies.push((Tally::of(&spec, &trials), resolved(&spec, &reader, &run, &trials).await?));
    }
    let bar = progress(trials.len(), printer);
    for trial in &trials {
        let turns = reader.turns(&TrialId::new(trial.trial_id.clone())).await?;
        let ending = recorded_ending(trial);
        for (tally, policies) in &mut tallies {
            if let Some(policy) = policies.get(&trial.suite) {
                tally.add(trial, &turns, policy, ending);
            }
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    let tallies: Vec<Tally> = tallies.into_iter().map(|(tally, _)| tally).collect();
    print(&run, &trials, &tallies, printer)?;
    Ok(ExitCode::SUCCESS)
}

/// The trials that are replayed.
fn chosen(trials: Vec<TrialRow>, of: &[String]) -> Result<Vec<TrialRow>, Failure> {
    let is_free = |trial: &TrialRow| trial.policy == BASELINE;
    let any_free = trials.iter().any(is_free);
    let is_wanted = |trial: &TrialRow| match of.is_empty() {
        true => is_free(trial) || !any_free,
        false => of.contains(&trial.policy),
    };
    let names: BTreeMap<String, usize> = trials.iter().map(|trial| (trial.policy.clone(), 0)).collect();
    let trials: Vec<TrialRow> = trials.into_iter().filter(is_wanted).collect();
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

/// The policy with its numbers, for each suite. They come from the unlimited trials of the suite and model, or else from
/// the trials that are replayed, as far as they have turns and an outcome.
async fn resolved(
    spec: &PolicySpec,
    reader: &Reader,
    run: &RunRow,
    trials: &[TrialRow],
) -> Result<BTreeMap<String, Policy>, Failure> {
    let mut policies = BTreeMap::new();
    for trial in trials {
        if policies.contains_key(&trial.suite) {
            continue;
        }
        let free = reader.baseline_trials(&trial.suite, &run.model.hash).await?.into_iter();
        let mut baseline: Vec<_> =
            free.map(|FreeTrial { task, turns, solved, .. }| BaselineTrial { task, turns, solved }).collect();
        if baseline.is_empty() {
            let known = trials.iter().filter(|other| other.suite == trial.suite && other.turns > 0);
            baseline = known
                .filter(|trial| trial.solved.is_some())
                .map(|trial| BaselineTrial {
                    task: trial.task.clone(),
                    turns: u32::try_from(trial.turns).unwrap_or(u32::MAX),
                    solved: trial.solved,
                })
                .collect();
        }
        let baseline = Baseline::of_trials(&trial.suite, &trial.model, baseline);
        policies.insert(trial.suite.clone(), spec.resolve(&baseline, Caps::default())?);
    }
    Ok(policies)
}

fn recorded_ending(trial: &TrialRow) -> Option<Ending> {
    trial.ending.as_deref()?.parse().ok()
}

/// Decides again on every recorded turn.
async fn check(
    reader: &Reader,
    run: &RunId,
    trials: &[TrialRow],
    printer: &Printer,
) -> Result<ExitCode, Failure> {
    let mut policies = BTreeMap::new();
    for stored in reader.resolved_policies(run).await? {
        policies.insert((stored.suite, stored.policy), Policy::from_json(&stored.json)?);
    }
    let bar = progress(trials.len(), printer);
    let (mut turns, mut different) = (0_usize, Vec::new());
    for trial in trials {
        let Some(policy) = policies.get(&(trial.suite.clone(), trial.policy.clone())) else { continue };
        let recorded = reader.turns(&TrialId::new(trial.trial_id.clone())).await?;
        turns += recorded.len();
        for attempt in recorded.chunk_by(|one, next| one.attempt == next.attempt) {
            let first = first_difference(policy, &trial.task, attempt)
                .map(|turn| format!("{} attempt {} turn {}", trial.trial_id, turn.attempt, turn.facts.turn));
            different.extend(first);
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    if printer.json() {
        printer.json_data(&serde_json::json!({
            "run_id": run.as_str(), "trials": trials.len(), "turns": turns, "different": different,
        }))?;
    } else {
        let trials = plural(trials.len(), "trial");
        printer.data(&format!("{turns} turns of {trials} decided again: {} differ", different.len()));
        different.iter().for_each(|place| printer.data(place));
    }
    Ok(if different.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The first turn on which the policy now says something else than was recorded.
fn first_difference<'a>(policy: &Policy, task: &str, turns: &'a [TurnRecord]) -> Option<&'a TurnRecord> {
    let mut replay = Replay::new(policy, task);
    let differs = |turn: &&TurnRecord| {
        let decision = replay.turn(&mut turn.facts.clone(), Spoken::of(turn));
        decision.verdict.kind() != turn.verdict || decision.votes != turn.votes
    };
    turns.iter().find(differs)
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

fn print(run: &RunRow, trials: &[TrialRow], tallies: &[Tally], printer: &Printer) -> Result<(), Failure> {
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
    Ok(())
}
