//! `turnwise learn label RUN`: what recorded runs do not say by themselves and probes are learned from.
//!
//! The work after every turn is graded; each attempt is gone through with its model once more, for the hidden states at the ends of its
//! replies and at the cues in its thinking, and for what it would have answered had its thinking ended there. Each trial is
//! stored when it is done, so the same command goes on.

use std::{collections::BTreeMap, process::ExitCode, sync::Arc};

use clap::Args;
use serde_json::json;
use tokio::task::JoinSet;
use turnwise_agent::{Interrupt, Level, Profile, Relived, Reliving, attempt_seed};
use turnwise_core::{Model, Sampling, Task, TrialId, TurnRecord, quarters};
use turnwise_env::Patches;
use turnwise_store::{Exit, Finding, Reader, RunRow, Spot, StoreRecorder, TrialRow, TurnKey};

use super::{
    drawn_with::DrawnWith,
    effects::{Grades, Judge},
    material::is_whole,
};
use crate::{
    commands::grade::{self, Tasks},
    error::{Failure, INTERRUPTED, in_words},
    options::{DbOption, ModelOptions, PlaceOptions},
    printer::{Printer, plural},
    run::{signals, workplace::with_patches},
};

/// What to label.
#[derive(Args, Debug)]
pub(super) struct LabelArgs {
    /// The run: its id, the beginning of one, or `latest`
    #[arg(value_name = "RUN")]
    run: String,
    /// The words that are cues in the thinking
    #[arg(long, value_name = "A,B", value_delimiter = ',', default_value = "wait,hmm,alternatively")]
    cues: Vec<String>,
    /// Force no exits in the thinking
    #[arg(long, conflicts_with = "cues")]
    no_cues: bool,
    /// Where a suite of the run lies, if not where its name is looked for (repeatable)
    #[arg(long = "suite", value_name = "FILE|FOLDER")]
    suites: Vec<String>,
    /// How many trials at once
    #[arg(short, long, default_value_t = 8, value_name = "N")]
    workers: usize,
    #[command(flatten)]
    place: PlaceOptions,
    #[command(flatten)]
    model: ModelOptions,
    #[command(flatten)]
    db: DbOption,
}

/// What trials are gone through with.
#[derive(Clone)]
struct Workshop {
    model: Arc<dyn Model>,
    profile: Arc<Profile>,
    sampling: Sampling,
    layers: Vec<usize>,
    cues: Vec<String>,
    provider: Arc<dyn Patches>,
}

/// A trial to be gone through.
struct Job {
    trial: TrialId,
    seed: u64,
    task: Arc<Task>,
    turns: Vec<TurnRecord>,
    grades: Grades,
}

/// What was done.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    trials: usize,
    turns: usize,
    cues: usize,
    as_good: usize,
    failed: usize,
}

/// Labels a run.
pub(super) async fn label(args: LabelArgs, printer: &Printer) -> Result<ExitCode, Failure> {
    let code =
        grade::every_turn(&args.run, &args.suites, (args.workers, args.place.clone()), &args.db, printer)
            .await?;
    if code != ExitCode::SUCCESS {
        return Ok(code);
    }
    let recorder = StoreRecorder::open(&args.db.db).await?;
    let reader = Reader::open(&args.db.db).await?;
    let run = reader.find_run(&args.run).await?;
    let jobs = jobs(&args, &run, &reader).await?;
    let workshop = workshop(&args, &run, &jobs, printer).await?;
    let (counts, interrupted) = go_through(jobs, workshop, &args, &recorder, printer).await?;
    recorder.close().await?;
    let bytes = reader.states_bytes(&run.run_id).await?;
    report(&run, counts, bytes, printer)?;
    if interrupted {
        printer.say("hint:", "the same command again goes on with what is left");
        return Ok(ExitCode::from(INTERRUPTED));
    }
    Ok(ExitCode::SUCCESS)
}

/// Loads the model that the run was run with, and refuses another.
async fn workshop(
    args: &LabelArgs,
    run: &RunRow,
    jobs: &[Job],
    printer: &Printer,
) -> Result<Workshop, Failure> {
    let DrawnWith { model, profile, sampling } = DrawnWith::of(run, &args.model, printer)?;
    let Some(layers) = model.layers() else {
        let name = &model.info().name;
        let message = format!("model `{name}` shows no hidden states; only models in the process do");
        return Err(Failure::Nothing { message });
    };
    Ok(Workshop {
        profile,
        sampling,
        layers: quarters(layers),
        cues: if args.no_cues { Vec::new() } else { args.cues.clone() },
        provider: with_patches(&args.place, jobs.iter().map(|job| &*job.task)).await?,
        model,
    })
}

/// The trials that are left: those that came to an end by one attempt, whose model was shown everything, and that hold no forced exits yet.
async fn jobs(args: &LabelArgs, run: &RunRow, reader: &Reader) -> Result<Vec<Job>, Failure> {
    let tasks = Tasks::of_run(run, &args.suites)?;
    let mut grades: BTreeMap<(String, String), Grades> = BTreeMap::new();
    for row in reader.grades(&run.run_id).await? {
        let of_task = grades.entry((row.suite, row.task)).or_default();
        of_task.insert(row.patch, (row.solved, row.score));
    }
    let whole: BTreeMap<String, bool> = reader
        .resolved_policies(&run.run_id)
        .await?
        .into_iter()
        .map(|row| (row.policy, is_whole(&row.json)))
        .collect();
    let mut jobs = Vec::new();
    for row in reader.trials(&run.run_id).await? {
        let is_wanted =
            row.solved.is_some() && row.attempts == 1 && whole.get(&row.policy).copied().unwrap_or(false);
        let Some((task, _)) = tasks.find(&row.suite, &row.task).filter(|_| is_wanted) else { continue };
        let trial = TrialId::new(row.trial_id.clone());
        if !reader.exits(&trial).await?.is_empty() {
            continue;
        }
        let of_task = grades.get(&(row.suite.clone(), row.task.clone())).cloned().unwrap_or_default();
        let (seed, turns) = (seed(&row), reader.turns(&trial).await?);
        jobs.push(Job { trial, seed, task: Arc::clone(task), turns, grades: of_task });
    }
    Ok(jobs)
}

fn seed(row: &TrialRow) -> u64 {
    attempt_seed(row.seed.cast_unsigned(), &row.task, 1)
}

async fn go_through(
    jobs: Vec<Job>,
    workshop: Workshop,
    args: &LabelArgs,
    recorder: &StoreRecorder,
    printer: &Printer,
) -> Result<(Counts, bool), Failure> {
    let mut counts = Counts::default();
    let interrupt = Interrupt::default();
    let watch = signals::watch(interrupt.clone(), printer.clone());
    let bar = printer.bar(jobs.len(), "trials");
    let mut left = jobs.into_iter();
    let mut running = JoinSet::new();
    let result = loop {
        while running.len() < args.workers.max(1) && !interrupt.is_raised() {
            let Some(job) = left.next() else { break };
            let workshop = workshop.clone();
            running.spawn(async move { workshop.go_through(job).await });
        }
        let ended = tokio::select! {
            ended = running.join_next() => ended,
            () = interrupt.reached(Level::Now) => None,
        };
        let Some(ended) = ended else { break Ok(()) };
        match ended.unwrap_or_else(|error| Err(error.to_string())) {
            Ok((of_trial, findings)) => {
                counts.add(of_trial);
                if let Err(error) = recorder.findings(findings).await {
                    break Err(error.into());
                }
            }
            Err(why) => {
                counts.failed += 1;
                bar.suspend(|| printer.say("INFRA", &why));
            }
        }
        bar.inc(1);
    };
    running.shutdown().await;
    watch.abort();
    bar.finish_and_clear();
    result.map(|()| (counts, interrupt.is_raised()))
}

impl Workshop {
    /// Goes through a trial; what was found out of it, or what failed in words.
    async fn go_through(self, job: Job) -> Result<(Counts, Vec<(TurnKey, Finding)>), String> {
        let Job { trial, seed, task, turns, grades } = job;
        let in_trial = |error: &dyn std::error::Error| format!("{trial}: {}", in_words(error));
        let Self { model, profile, sampling, layers, cues, provider } = self;
        let reliving = Reliving { model, profile, sampling, seed, layers, cues };
        let mut judge = Judge::new(provider, Arc::clone(&task), grades);
        let mut conversation = reliving.open(&task).map_err(|error| in_trial(&error))?;
        let (mut counts, mut findings) = (Counts { trials: 1, ..Counts::default() }, Vec::new());
        for (at, turn) in turns.iter().enumerate() {
            let relived = reliving.turn(&mut *conversation, turn).await.map_err(|error| in_trial(&error))?;
            let Some(Relived { end, cues, .. }) = relived else { continue };
            counts.turns += 1;
            let key = TurnKey { trial: trial.clone(), attempt: turn.attempt, turn: turn.facts.turn };
            findings.extend(end.map(|states| (key.clone(), Finding::States(Spot::End, states))));
            let before = at.checked_sub(1).and_then(|before| turns.get(before));
            for cue in cues {
                let judged =
                    judge.judge(before, turn, &cue.answer).await.map_err(|error| in_trial(&error))?;
                counts.cues += 1;
                counts.as_good += usize::from(judged.0 == Some(true));
                findings.push((key.clone(), Finding::States(Spot::Token(cue.place), cue.states.clone())));
                findings.push((key.clone(), Finding::Exit(exit(&cue, judged))));
            }
        }
        Ok((counts, findings))
    }
}

fn exit(
    cue: &turnwise_agent::RelivedCue,
    (as_good, because): (Option<bool>, turnwise_store::Because),
) -> Exit {
    Exit {
        place: cue.place,
        cue: cue.word.clone(),
        nth: cue.nth,
        spent: cue.spent,
        spared: cue.spared,
        entropy: Some(cue.entropy),
        logprob: Some(cue.logprob),
        answer: cue.answer.text().to_owned(),
        as_good,
        because,
    }
}

impl Counts {
    fn add(&mut self, other: Self) {
        self.trials += other.trials;
        self.turns += other.turns;
        self.cues += other.cues;
        self.as_good += other.as_good;
    }
}

fn report(run: &RunRow, counts: Counts, bytes: u64, printer: &Printer) -> Result<(), Failure> {
    let Counts { trials, turns, cues, as_good, failed } = counts;
    if printer.json() {
        return printer.json_data(&json!({
            "run_id": run.run_id.as_str(), "trials": trials, "turns": turns, "cues": cues, "as_good": as_good,
            "failed": failed, "states_bytes": bytes,
        }));
    }
    printer.data(&format!(
        "run {}: {} labelled now, {} and {}, at {as_good} of which the answer is as good; hidden states take {:.1} MB",
        run.run_id,
        plural(trials, "trial"),
        plural(turns, "turn"),
        plural(cues, "cue"),
        bytes as f64 / 1e6,
    ));
    if failed > 0 {
        printer.say(
            "hint:",
            &format!("{} could not be gone through; the same command tries again", plural(failed, "trial")),
        );
    }
    Ok(())
}
