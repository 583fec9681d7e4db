//! `turnwise learn guarantees RUN --on OTHER`: learns on one half of a run's tasks, calibrates on the other half, and says on other runs
//! whether each promise held, what was saved, and what was lost.

mod exits;
mod progress;
mod resampled;
mod text;

use std::process::ExitCode;

use clap::Args;
use serde::Serialize;
use turnwise_learn::{Predicts, Probe, ProbeKind};
use turnwise_policy::calibration::{Calibration, Method, Terms};
use turnwise_report::stats::Estimate;
use turnwise_store::Reader;

use self::{
    exits::{Looked, Outcome, duration_cap},
    progress::ProgressReport,
    resampled::{Resampled, resampled},
};
use super::{
    calibrate::among,
    datasets::Features,
    material::{Material, Trial},
    measure::{calibration, looks, part},
    train::Learning,
};
use crate::{error::Failure, options::DbOption, printer::Printer};

/// The shares that are asked for.
const DELTAS: [f64; 3] = [0.05, 0.1, 0.2];
/// The probability that a tolerance bound may fail.
const RISK: f64 = 0.1;
/// The methods that are held against each other.
const METHODS: [Method; 4] = [Method::PerEvent, Method::PerRun, Method::Pac, Method::Ltt];

/// What is learned from and shown on.
#[derive(Args, Debug)]
pub(super) struct GuaranteesArgs {
    /// The labelled run that is learned from and calibrated on, a half of its tasks each
    #[arg(value_name = "RUN")]
    run: String,
    /// The labelled runs that the promises are held against (repeatable)
    #[arg(long, value_name = "RUN", required = true)]
    on: Vec<String>,
    /// How often tasks are dealt anew into calibration and test
    #[arg(long, default_value_t = 200, value_name = "N")]
    resamples: usize,
    /// What is drawn comes from it
    #[arg(long, default_value_t = 0, value_name = "N")]
    seed: u64,
    /// Print Markdown tables
    #[arg(long)]
    markdown: bool,
    #[command(flatten)]
    db: DbOption,
}

/// Everything that was found.
#[derive(Debug, Serialize)]
struct Report {
    learned_on: Counted,
    calibrated_on: Counted,
    tested_on: Counted,
    probes: Vec<ProbeReport>,
    progress: ProgressReport,
}

#[derive(Debug, Serialize)]
struct Counted {
    runs: usize,
    tasks: usize,
    solved: usize,
}

/// How one probe did.
#[derive(Debug, Serialize)]
struct ProbeReport {
    predicts: Predicts,
    kind: ProbeKind,
    auroc: Option<f64>,
    auroc_lo: Option<f64>,
    auroc_hi: Option<f64>,
    brier: f64,
    slope: f64,
    tested: Vec<Tested>,
    resampled: Vec<Resampled>,
}

/// How a threshold did on the runs that nothing was learned from.
#[derive(Debug, Serialize)]
struct Tested {
    method: &'static str,
    delta: f64,
    /// None: never.
    threshold: Option<f64>,
    outcome: Outcome,
    /// The share of wrong acts on families that the model was not trained on.
    unseen_wrong: Option<Estimate>,
}

/// Learns, tests and reports.
pub(super) async fn guarantees(args: GuaranteesArgs, printer: &Printer) -> Result<ExitCode, Failure> {
    let reader = Reader::open(&args.db.db).await?;
    let learned = Material::read(&reader, std::slice::from_ref(&args.run), &[]).await?;
    let tested = Material::read(&reader, &args.on, &[]).await?;
    let (train, calibrate) = halves(learned, args.seed);
    let features = Features { states: true, scalars: Vec::new() };
    let mut probes = Vec::new();
    for (predicts, kind) in [
        (Predicts::Pass, ProbeKind::Logistic),
        (Predicts::Hopeless, ProbeKind::Logistic),
        (Predicts::Think, ProbeKind::Logistic),
    ] {
        let learning = Learning { kind, predicts, features: features.clone(), seed: args.seed };
        let probe = learning.probe(&train, printer)?;
        probes.push(probe_report(&probe, &calibrate, &tested, &args));
    }
    let progress = progress::report(&train, &tested, &features, args.seed, printer)?;
    let report = Report {
        learned_on: counted(&train),
        calibrated_on: counted(&calibrate),
        tested_on: counted(&tested),
        probes,
        progress,
    };
    match printer.json() {
        true => printer.json_data(&report)?,
        false => printer.data(&text::of(&report, args.markdown)),
    }
    Ok(ExitCode::SUCCESS)
}

/// The tasks dealt into two halves.
fn halves(material: Material, seed: u64) -> (Material, Material) {
    let parts: Vec<u64> = part(&material, seed, 2).into_iter().map(|(part, _)| part).collect();
    let Material { made_for, trials } = material;
    let mut halves = [Vec::new(), Vec::new()];
    for (trial, part) in trials.into_iter().zip(parts) {
        halves[usize::from(part == 1)].push(trial);
    }
    let [one, other] = halves;
    (Material { made_for: made_for.clone(), trials: one }, Material { made_for, trials: other })
}

fn counted(material: &Material) -> Counted {
    let mut tasks: Vec<&str> = material.trials.iter().map(|trial| trial.task.as_str()).collect();
    tasks.sort_unstable();
    tasks.dedup();
    let solved = material.trials.iter().filter(|trial| trial.solved).count();
    Counted { runs: material.trials.len(), tasks: tasks.len(), solved }
}

fn probe_report(
    probe: &Probe,
    calibrate: &Material,
    tested: &Material,
    args: &GuaranteesArgs,
) -> ProbeReport {
    let predicts = probe.card().predicts;
    let of = |material: &Material| calibration(probe, &material.trials);
    let (calibrated, test) = (of(calibrate), of(tested));
    let looked: Vec<Looked<'_>> =
        tested.trials.iter().map(|trial| Looked { trial, looks: looks(probe, trial), predicts }).collect();
    let mut rows = Vec::new();
    for method in methods(predicts) {
        for delta in DELTAS {
            let threshold = threshold(&calibrated, predicts, method, delta);
            rows.push(row(method.as_str(), delta, threshold, &looked));
        }
    }
    if predicts == Predicts::Hopeless {
        for delta in DELTAS {
            rows.push(capped(&calibrate.trials, &looked, delta));
        }
    }
    let figures = &probe.card().figures;
    ProbeReport {
        predicts,
        kind: probe.card().kind,
        auroc: figures.auroc,
        auroc_lo: figures.auroc_lo,
        auroc_hi: figures.auroc_hi,
        brier: figures.brier,
        slope: figures.slope,
        tested: rows,
        resampled: resampled(&calibrated, &test, predicts, (args.resamples, args.seed)),
    }
}

/// The methods that promise something of a probe. Learn-then-Test is about the first firing of a run, and thinking is left in every reply.
fn methods(predicts: Predicts) -> impl Iterator<Item = Method> {
    METHODS.into_iter().filter(move |method| predicts != Predicts::Think || *method != Method::Ltt)
}

/// A threshold on the usual terms.
fn threshold(calibration: &Calibration, predicts: Predicts, method: Method, delta: f64) -> f64 {
    let terms = Terms { method, delta, risk: RISK, among: among(predicts), ..Terms::default() };
    calibration.threshold(&terms).value
}

fn row(method: &'static str, delta: f64, threshold: f64, looked: &[Looked<'_>]) -> Tested {
    let unseen = looked.iter().filter(|looked| looked.trial.seen == Some(false));
    let unseen = Outcome::of(unseen, |looked| looked.first(threshold));
    Tested {
        method,
        delta,
        threshold: Some(threshold).filter(|value| value.is_finite()),
        outcome: Outcome::of(looked.iter(), |looked| looked.first(threshold)),
        unseen_wrong: unseen.wrong,
    }
}

/// The plain rule that a learned one must beat: a cap on duration, calibrated on the same runs.
fn capped(calibrate: &[Trial], looked: &[Looked<'_>], delta: f64) -> Tested {
    let cap = duration_cap(calibrate, delta);
    let unseen = looked.iter().filter(|looked| looked.trial.seen == Some(false));
    Tested {
        method: "duration",
        delta,
        threshold: Some(cap).filter(|cap| cap.is_finite()),
        outcome: Outcome::of(looked.iter(), |looked| looked.capped(cap)),
        unseen_wrong: Outcome::of(unseen, |looked| looked.capped(cap)).wrong,
    }
}
