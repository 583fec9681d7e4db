//! `turnwise learn values RUN`: what it was worth to stand behind each turn of recorded runs, by drawing runs from there on and grading them
//! (Monte-Carlo values by forking; ExIt, arXiv 2509.04575). They check what progress estimators credit, and show where runs were decided.

use std::{collections::BTreeMap, process::ExitCode, sync::Arc};

use clap::Args;
use rand::{SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;
use serde_json::json;
use turnwise_agent::{BegunAttempt, Interrupt, KeepStates, Parts, Summary, TrialPlan, run_trials};
use turnwise_core::{Sampling, Task, TrialId, TrialKey, TurnRecord};
use turnwise_policy::Policy;
use turnwise_store::{Reader, RunRow, StoreRecorder, TrialRow, TurnKey};

use super::{
    drawn_with::DrawnWith,
    fork_tally::{ForkTally, Tallied},
    material::is_whole,
};
use crate::{
    clock::SystemClock,
    commands::grade::Tasks,
    error::{Failure, INTERRUPTED, SOME_INFRA_ERRORS},
    options::{DbOption, ModelOptions, PlaceOptions},
    printer::{Printer, plural},
    run::{Board, signals, workplace::with_patches},
};

/// What values are wanted of.
#[derive(Args, Debug)]
pub(super) struct ValuesArgs {
    /// The run: its id, the beginning of one, or `latest`
    #[arg(value_name = "RUN")]
    run: String,
    /// How many of its trials, drawn by the seed; 0 for all
    #[arg(long, default_value_t = 20, value_name = "N")]
    sample: usize,
    /// How many runs are drawn from behind each turn
    #[arg(long, default_value_t = 8, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    forks: u32,
    /// The temperature that they are drawn at
    #[arg(long, default_value_t = 0.7, value_name = "T")]
    temperature: f64,
    /// What is drawn follows from it
    #[arg(long, default_value_t = 0, value_name = "N")]
    seed: u64,
    /// Where a suite of the run lies, if not where its name is looked for (repeatable)
    #[arg(long = "suite", value_name = "FILE|FOLDER")]
    suites: Vec<String>,
    /// How many runs at once
    #[arg(short, long, default_value_t = 8, value_name = "N")]
    workers: usize,
    #[command(flatten)]
    place: PlaceOptions,
    #[command(flatten)]
    model: ModelOptions,
    #[command(flatten)]
    db: DbOption,
}

/// A recorded trial that is forked.
struct Recorded {
    row: TrialRow,
    task: Arc<Task>,
    policy: Arc<Policy>,
    turns: Vec<TurnRecord>,
}

/// Draws, grades, stores and reports.
pub(super) async fn values(args: ValuesArgs, printer: &Printer) -> Result<ExitCode, Failure> {
    if !args.temperature.is_finite() || args.temperature <= 0.0 {
        return Err(Failure::usage(
            "`--temperature` is above 0: forks that are drawn greedily are all the same",
        ));
    }
    let recorder = StoreRecorder::open(&args.db.db).await?;
    let reader = Reader::open(&args.db.db).await?;
    let run = reader.find_run(&args.run).await?;
    let drawn = DrawnWith::of(&run, &args.model, printer)?;
    let sample = sample(&args, &run, &reader).await?;
    let sampling = Sampling { temperature: args.temperature, ..drawn.sampling };
    let (plans, forks) = plans(&args, &run, &sample, (&reader, &sampling)).await?;
    let tally = Arc::new(ForkTally::new(recorder.clone(), forks, args.forks, (args.temperature, args.seed)));
    let interrupt = Interrupt::default();
    let board = Arc::new(Board::new(printer, plans.len()));
    let parts = Parts {
        model: drawn.model,
        price: None,
        profile: drawn.profile,
        environments: with_patches(&args.place, sample.iter().map(|one| &*one.task)).await?,
        recorder: tally.clone(),
        clock: Arc::new(SystemClock::new()),
        progress: board.clone(),
        keep_states: KeepStates::AsNeeded,
        interrupt: interrupt.clone(),
    };
    let watch = signals::watch(interrupt.clone(), printer.clone());
    let summary = run_trials(&parts, plans, args.workers).await;
    watch.abort();
    board.finish();
    let (summary, tallied) = (summary?, tally.tallied());
    drop((parts, tally));
    recorder.close().await?;
    report(&run, (sample.len(), tallied), &summary, printer)?;
    if interrupt.is_raised() {
        printer.say("hint:", "the same command again goes on with what is left");
        return Ok(ExitCode::from(INTERRUPTED));
    }
    Ok(if summary.infra_errors > 0 { ExitCode::from(SOME_INFRA_ERRORS) } else { ExitCode::SUCCESS })
}

/// Trials that can be forked, drawn by the seed: those that came to an end by one attempt whose model was shown everything.
async fn sample(args: &ValuesArgs, run: &RunRow, reader: &Reader) -> Result<Vec<Recorded>, Failure> {
    let tasks = Tasks::of_run(run, &args.suites)?;
    let policies: BTreeMap<String, Arc<Policy>> = reader
        .resolved_policies(&run.run_id)
        .await?
        .into_iter()
        .filter(|row| is_whole(&row.json))
        .filter_map(|row| Some((row.policy, Policy::from_json(&row.json).ok()?)))
        // What was learned is no part of the record, so verdicts on it could not be given again.
        .filter(|(_, policy)| policy.learned.is_empty() && policy.think.is_none())
        .map(|(name, policy)| (name, Arc::new(policy)))
        .collect();
    let mut rows: Vec<TrialRow> = reader.trials(&run.run_id).await?;
    rows.retain(|row| {
        row.solved.is_some() && row.attempts == 1 && row.turns > 0 && policies.contains_key(&row.policy)
    });
    rows.shuffle(&mut ChaCha8Rng::seed_from_u64(args.seed));
    if args.sample > 0 {
        rows.truncate(args.sample);
    }
    let mut sample = Vec::new();
    for row in rows {
        let Some((task, _)) = tasks.find(&row.suite, &row.task) else { continue };
        let turns = reader.turns(&TrialId::new(row.trial_id.clone())).await?;
        sample.extend(policies.get(&row.policy).map(|policy| Recorded {
            task: Arc::clone(task),
            policy: Arc::clone(policy),
            turns,
            row,
        }));
    }
    if sample.is_empty() {
        let message = format!(
            "run {} has no trial to fork: a finished one of one attempt, whose policy shows the model everything and names \
             nothing learned",
            run.run_id
        );
        return Err(Failure::Nothing { message });
    }
    Ok(sample)
}

/// The forks behind every turn that has no value yet; behind the last one the outcome is known.
async fn plans(
    args: &ValuesArgs,
    run: &RunRow,
    sample: &[Recorded],
    (reader, sampling): (&Reader, &Sampling),
) -> Result<(Vec<TrialPlan>, BTreeMap<TrialId, TurnKey>), Failure> {
    let (mut plans, mut forks) = (Vec::new(), BTreeMap::new());
    for Recorded { row, task, policy, turns } in sample {
        let trial = TrialId::new(row.trial_id.clone());
        let known = reader.fork_values(&trial).await?;
        let attempt = turns.first().map_or(1, |turn| turn.attempt);
        for kept in 0..turns.len() {
            let turn = turns.get(..kept).and_then(<[_]>::last).map_or(0, |last| last.facts.turn);
            let same = |value: &turnwise_store::ForkValue| {
                (value.forks, value.temperature, value.seed) == (args.forks, args.temperature, args.seed)
            };
            if known.get(&(attempt, turn)).is_some_and(same) {
                continue;
            }
            for fork in 0..args.forks {
                let id = TrialId::new(format!("{trial}@{turn}.{fork}"));
                forks.insert(id.clone(), TurnKey { trial: trial.clone(), attempt, turn });
                let begun =
                    BegunAttempt { attempt: 1, place: 1, behind: None, turns: renumbered(&turns[..kept]) };
                plans.push(TrialPlan {
                    run: run.run_id.clone(),
                    trial: id,
                    key: TrialKey {
                        suite: row.suite.clone(),
                        task: row.task.clone(),
                        policy: row.policy.clone(),
                        seed: turnwise_agent::attempt_seed(args.seed, trial.as_str(), turn)
                            .wrapping_add(fork.into()),
                    },
                    task: Arc::clone(task),
                    policy: Arc::clone(policy),
                    sampling: sampling.clone(),
                    begun: if kept == 0 { Vec::new() } else { vec![begun] },
                });
            }
        }
    }
    Ok((plans, forks))
}

/// The turns as those of a fork's first attempt.
fn renumbered(turns: &[TurnRecord]) -> Vec<TurnRecord> {
    turns.iter().map(|turn| TurnRecord { attempt: 1, ..turn.clone() }).collect()
}

fn report(
    run: &RunRow,
    (trials, tallied): (usize, Tallied),
    summary: &Summary,
    printer: &Printer,
) -> Result<(), Failure> {
    let Tallied { known, strayed } = tallied;
    if printer.json() {
        return printer.json_data(&json!({
            "run_id": run.run_id.as_str(), "trials": trials, "values": known, "forks": summary.finished,
            "solved": summary.solved, "strayed": strayed, "failed": summary.infra_errors,
        }));
    }
    printer.data(&format!(
        "run {}: {} worth by {} behind the turns of {}",
        run.run_id,
        plural(known, "state"),
        plural(summary.finished, "run"),
        plural(trials, "trial"),
    ));
    if strayed > 0 {
        printer.say(
            "hint:",
            &format!(
                "in {} the recorded turns did not come out again; they count for nothing",
                plural(strayed, "run")
            ),
        );
    }
    Ok(())
}
