//! How long probes take: to train on 12,000 made-up samples of 1,060 features, and to score one of 2,048.
//!
//! `cargo run --release -p turnwise-learn --example probe_speed -- mlp`, or without a name for every kind.

#![expect(clippy::print_stdout, reason = "an example says what it measures")]

use std::{error::Error, hint::black_box, time::Instant};

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use turnwise_learn::{
    Dataset, Layout, MadeFor, Predicts, Probe, ProbeKind, Run, Sample, Scalar, TrainOptions, train,
};

/// Samples of a run.
const STEPS: usize = 20;

fn main() -> Result<(), Box<dyn Error>> {
    println!("kind        epochs train s   cpu s   AUROC   slope   warm us   cold us  weights");
    let wanted = std::env::args().nth(1);
    for kind in
        ProbeKind::ALL.into_iter().filter(|kind| wanted.as_ref().is_none_or(|name| name == kind.name()))
    {
        let (trained, epochs, seconds, cpu) = timed(kind, &dataset(600, 4, 256, 36))?;
        let (wide, ..) = timed(kind, &dataset(10, 4, 512, 0))?;
        let figures = &trained.card().figures;
        println!(
            "{:<10} {epochs:>7} {seconds:>7.1} {cpu:>7.1} {:>7.3} {:>7.3} {:>9.1} {:>9.1}  {:.12}",
            kind.name(),
            figures.auroc.unwrap_or(f64::NAN),
            figures.slope,
            scoring(&wide, false),
            scoring(&wide, true),
            trained.card().weights_sha256
        );
    }
    Ok(())
}

/// A probe, how many epochs it took, how many seconds, and how many of all processors.
fn timed(kind: ProbeKind, dataset: &Dataset) -> Result<(Probe, u32, f64, f64), Box<dyn Error>> {
    let predicts = if kind == ProbeKind::Gate { Predicts::Exit } else { Predicts::Pass };
    let options = TrainOptions::new(kind, predicts, 1, MadeFor::default());
    let (began, cpu, mut epochs) = (Instant::now(), cpu_seconds()?, 0);
    let probe = train(dataset, &options, &mut |epoch| epochs = epoch.number)?;
    Ok((probe, epochs, began.elapsed().as_secs_f64(), cpu_seconds()? - cpu))
}

/// What this process has had of the processors: user and system time, in ticks of a hundredth (proc(5)).
fn cpu_seconds() -> Result<f64, Box<dyn Error>> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let ticks = stat.rsplit(')').next().unwrap_or_default().split_whitespace().skip(11).take(2);
    Ok(ticks.map(str::parse::<f64>).sum::<Result<f64, _>>()? / 100.0)
}

/// The median time of a score in microseconds, with the weights as the caches have them, or after 64 MiB of
/// something else.
fn scoring(probe: &Probe, cold: bool) -> f64 {
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let features: Vec<f32> = (0..2048).map(|_| rng.random_range(-1.0..1.0)).collect();
    let mut other = vec![1_u64; if cold { 8 << 20 } else { 1 }];
    let mut scorer = probe.begin();
    let mut times: Vec<f64> = (0..301)
        .map(|_| {
            other.iter_mut().for_each(|word| *word = black_box(*word + 1));
            let began = Instant::now();
            black_box(scorer.score(black_box(&features)));
            began.elapsed().as_secs_f64() * 1e6
        })
        .collect();
    times.sort_unstable_by(f64::total_cmp);
    times[times.len() / 2]
}

/// Runs of 20 samples, five to a task; a tenth of the features say something of the label.
fn dataset(runs: usize, layers: usize, width: usize, scalars: usize) -> Dataset {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let scalar = |at| Scalar { name: format!("scalar {at}"), version: 1 };
    let layout = Layout { layers: (0..layers).collect(), width, scalars: (0..scalars).map(scalar).collect() };
    let features = layout.features();
    let mut sample = || {
        let label: bool = rng.random();
        let shift = if label { 0.1 } else { -0.1 };
        let value = |at: usize| rng.random_range(-1.0..1.0) + if at.is_multiple_of(10) { shift } else { 0.0 };
        Sample { features: (0..features).map(value).collect(), label: Some(label), tokens: 100.0 }
    };
    let run = |at: usize| Run {
        task: format!("task {}", at / 5),
        samples: (0..STEPS).map(|_| sample()).collect(),
        outcome: 0.0,
    };
    let runs: Vec<Run> = (0..if runs < 25 { 25 } else { runs }).map(run).collect();
    Dataset { layout, runs }
}
