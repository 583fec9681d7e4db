//! A run from its request to its end: what is left to do, with what, and in which order.
//!
//! Policies whose limits are percentiles need a baseline, so every policy that needs none runs first, the
//! unlimited one among them; then the percentiles are taken from the database. Policies that choose by what came of trials
//! run last, block after block.

pub(crate) mod arms;
mod blocks;
pub(crate) mod config;
pub(crate) mod gate;
mod limits;
pub(crate) mod plan;
mod progress;
mod request;
pub(crate) mod select;
pub(crate) mod signals;
pub(crate) mod workplace;

use std::sync::Arc;

use turnwise_agent::{Interrupt, Parts, Summary, run_trials};
use turnwise_core::{Clock, Model, ModelInfo, Recorder, RunEvent, RunId, RunStart};
use turnwise_engine::ReplyCache;
use turnwise_store::{Reader, StoreRecorder};

pub(crate) use progress::Board;
pub(crate) use request::{EnvironmentChoice, KnownReplies, RunRequest};

use crate::{
    clock::SystemClock,
    error::Failure,
    printer::{Printer, plural},
    run::{
        config::RunConfig,
        limits::Limits,
        plan::{Left, Phase, Plan},
    },
};

/// What became of a run.
#[derive(Debug)]
pub(crate) struct Done {
    /// The run.
    pub(crate) run: RunId,
    /// What was done this time.
    pub(crate) summary: Summary,
    /// Whether it was cut off by the user.
    pub(crate) interrupted: bool,
}

/// Everything that is open while a run is worked on.
struct Session<'a> {
    request: &'a RunRequest,
    plan: &'a Plan,
    recorder: StoreRecorder,
    reader: Reader,
    limits: Limits<'a>,
    parts: Parts,
    board: Arc<Board>,
}

/// Carries out a request: goes on with the run if the database has it, and never runs finished trials again.
pub(crate) async fn execute(request: &RunRequest, printer: &Printer) -> Result<Done, Failure> {
    let config = RunConfig::of(request);
    let plan = Plan::of(config.run_id(), request);
    let recorder = StoreRecorder::open(&request.db).await?;
    let reader = Reader::open(&request.db).await?;
    plan.forget(&recorder, &reader, &request.again).await?;
    let left = Left::of(&plan, &reader).await?;
    let run = plan.run.clone();
    if left.is_empty() {
        recorder.close().await?;
        printer.say("Running", &format!("nothing: run {run} is complete"));
        return Ok(Done { run, summary: Summary::default(), interrupted: false });
    }
    let limits = Limits::of(&run, request, &reader).await?;
    limits.refuse_missing_baselines(&reader).await?;
    let environments = workplace::open(&request.environment).await?;
    let clock = Arc::new(SystemClock::new());
    let interrupt = Interrupt::default();
    let board = Arc::new(Board::new(printer, left.len()));
    printer.say("Running", &request.headline(left.len(), &environments.protection().kind));
    if request.seeds.len() > 1 && request.sampling.temperature == 0.0 {
        printer.say(
            "hint:",
            "every seed gives the same replies at temperature 0; see `--set sampling.temperature=0.7`",
        );
    }
    let ungraded = request.suites.iter().flat_map(|suite| &suite.tasks).filter(|task| !task.is_graded());
    match ungraded.count() {
        0 => {}
        n => printer.say("hint:", &format!("{} without tests: run, but not graded", plural(n, "task"))),
    }
    let start = RunStart {
        run: run.clone(),
        fingerprint: config.fingerprint(),
        config: config.to_json(),
        model: ModelInfo { profile: request.profile.name.clone(), ..request.model.info().clone() },
        protection: environments.protection().clone(),
        command: request.command.clone(),
        at: clock.now_ms(),
    };
    recorder.record(RunEvent::RunStarted(start)).await?;
    let parts = Parts {
        model: model(request, &reader, clock.clone()),
        price: request.price,
        profile: Arc::clone(&request.profile),
        environments,
        recorder: Arc::new(recorder.clone()),
        clock: clock.clone(),
        progress: board.clone(),
        keep_states: request.keep_states,
        interrupt: interrupt.clone(),
    };
    let watch = signals::watch(interrupt.clone(), printer.clone());
    let session = Session { request, plan: &plan, recorder, reader, limits, parts, board };
    let result = session.work(left).await;
    watch.abort();
    session.board.finish();
    let summary = result?;
    session.recorder.record(RunEvent::RunFinished { run: run.clone(), at: clock.now_ms() }).await?;
    let Session { recorder, parts, .. } = session;
    drop(parts);
    recorder.close().await?;
    summarize(&run, &summary, printer);
    Ok(Done { run, summary, interrupted: interrupt.is_raised() })
}

impl Session<'_> {
    /// Runs what is left: first what needs no baseline, then the rest.
    async fn work(&self, left: Left) -> Result<Summary, Failure> {
        let mut summary = Summary::default();
        for phase in [Phase::Free, Phase::Relative] {
            let trials = left.of_phase(self.request, phase);
            if trials.is_empty() {
                continue;
            }
            if self.parts.interrupt.is_raised() {
                summary.interrupted += trials.len();
                continue;
            }
            let policies = self.limits.resolve(phase, &self.reader).await?;
            let trials = trials.into_iter().filter_map(|trial| {
                let policy = trial.policy(self.request, &policies, None)?;
                Some((trial, policy))
            });
            let plans = left.plans(&self.plan.run, self.request, trials.collect());
            summary = summary.and(run_trials(&self.parts, plans, self.request.workers).await?);
        }
        Ok(summary.and(self.play(&left).await?))
    }
}

/// The model, behind what the database knows of its replies. One that only recites computes nothing that could be saved.
fn model(request: &RunRequest, reader: &Reader, clock: Arc<SystemClock>) -> Arc<dyn Model> {
    let model = Arc::clone(&request.model);
    let recites = model.info().device == "none";
    match request.known_replies {
        KnownReplies::Reused if !recites => Arc::new(ReplyCache::new(model, Arc::new(reader.clone()), clock)),
        KnownReplies::Reused | KnownReplies::Computed => model,
    }
}

fn summarize(run: &RunId, summary: &Summary, printer: &Printer) {
    let mut parts =
        vec![format!("{} finished", plural(summary.finished, "trial")), format!("{} solved", summary.solved)];
    if summary.infra_errors > 0 {
        parts.push(format!("{} lost to the harness", summary.infra_errors));
    }
    if summary.interrupted > 0 {
        parts.push(format!("{} interrupted", summary.interrupted));
    }
    printer.note("────────────");
    printer.say("Summary", &format!("run {run}: {}", parts.join(", ")));
    if summary.interrupted + summary.infra_errors > 0 {
        printer.say("hint:", "the same command again goes on with what is left");
    }
}
