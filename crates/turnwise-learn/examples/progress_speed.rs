//! How long progress estimators take: to train on 1,000 made-up runs of 12 turns with 1,060 features, and to
//! credit a turn; and how well they then do on 250 runs of other tasks.
//!
//! `cargo run --release -p turnwise-learn --example progress_speed`

#![expect(clippy::print_stdout, reason = "an example says what it measures")]

use std::{error::Error, hint::black_box, time::Instant};

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use turnwise_learn::{
    Dataset, Layout, MadeFor, Run, Sample, Scalar,
    progress::{
        Estimator, ProgressFigures, ProgressKind, ProgressOptions, agreement, progress_figures,
        train_progress,
    },
};

/// Turns of a run.
const TURNS: usize = 12;

fn main() -> Result<(), Box<dyn Error>> {
    let (mut data, truths) = make_up(250);
    let held_out = data.runs.split_off(1000);
    println!(
        "{:<12} {:>6} {:>6} {:>8} {:>7} {:>6} {:>6} {:>7} {:>7} {:>7} {:>7} {:>9}",
        "kind",
        "epochs",
        "lambda",
        "train s",
        "mse",
        "R2",
        "within",
        "AUC 25",
        "AUC 50",
        "AUC 75",
        "rho in",
        "us a turn"
    );
    for kind in [ProgressKind::Ridge, ProgressKind::Mlp, ProgressKind::Transformer] {
        let options = ProgressOptions { kind, seed: 1, made_for: MadeFor::default() };
        let began = Instant::now();
        let estimator = train_progress(&data, &options, &mut |_| {})?;
        let seconds = began.elapsed().as_secs_f64();
        let figures = progress_figures(&estimator, &held_out, 1)?;
        let credits: Vec<Vec<f64>> = held_out.iter().map(|run| estimator.credits(&run.samples)).collect();
        let within = agreement(&credits, &truths[1000..]).spearman_within.unwrap_or(f64::NAN);
        print_row(kind, &estimator, seconds, &figures);
        println!(" {within:>7.3} {:>9.1}", scoring(&estimator, &held_out));
    }
    Ok(())
}

fn print_row(kind: ProgressKind, estimator: &Estimator, seconds: f64, figures: &ProgressFigures) {
    let or_none = |value: Option<String>| value.unwrap_or_else(|| "-".to_owned());
    print!(
        "{:<12} {:>6} {:>6} {seconds:>8.1} {:>7.4} {:>6.3} {:>6.3}",
        format!("{kind:?}"),
        or_none(estimator.fit().epochs.map(|epochs| epochs.to_string())),
        or_none(estimator.fit().lambda.map(|lambda| lambda.to_string())),
        figures.mse.value,
        figures.r2.map_or(f64::NAN, |r2| r2.value),
        figures.within.value
    );
    for early in &figures.early {
        print!(" {:>7.3}", early.progress.map_or(f64::NAN, |area| area.value));
    }
}

/// The median time of a credit, in microseconds.
fn scoring(estimator: &Estimator, runs: &[Run]) -> f64 {
    let mut times = Vec::new();
    for run in runs {
        let mut tracker = estimator.begin();
        for sample in &run.samples {
            let began = Instant::now();
            black_box(tracker.credit(black_box(&sample.features)));
            times.push(began.elapsed().as_secs_f64() * 1e6);
        }
    }
    times.sort_unstable_by(f64::total_cmp);
    times[times.len() / 2]
}

/// Runs, five to a task, with what each turn brought: a step forward, or nothing, or a step back, which one
/// direction of the states says among noise. Outcomes are eighths.
fn make_up(tasks: usize) -> (Dataset, Vec<Vec<f64>>) {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let scalars = (0..36).map(|at| Scalar { name: format!("scalar {at}"), version: 1 }).collect();
    let layout = Layout { layers: vec![0, 1, 2, 3], width: 256, scalars };
    let features = layout.features();
    let direction: Vec<f32> = (0..features).map(|_| rng.random_range(-1.0..1.0)).collect();
    let (mut runs, mut truths) = (Vec::new(), Vec::new());
    for task in 0..tasks {
        let easy = rng.random_range(0.05..0.5);
        for _ in 0..5 {
            let mut sum = 0.0_f32;
            let mut truth = Vec::new();
            let mut turn = || {
                let step: f32 =
                    if rng.random_bool(easy) { 0.25 } else { f32::from(rng.random_range(-1_i8..=0)) / 8.0 };
                let step = step.clamp(-sum, 1.0 - sum);
                sum += step;
                truth.push(f64::from(step));
                let noisy = |towards: &f32| towards * step * 0.5 + rng.random_range(-1.0_f32..1.0);
                Sample { features: direction.iter().map(noisy).collect(), label: None, tokens: 100.0 }
            };
            let samples = (0..TURNS).map(|_| turn()).collect();
            runs.push(Run { task: format!("task {task}"), samples, outcome: f64::from(sum) });
            truths.push(truth);
        }
    }
    (Dataset { layout, runs }, truths)
}
