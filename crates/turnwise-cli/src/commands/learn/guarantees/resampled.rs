//! Tasks dealt anew into calibration and test, many times: a promise on average holds on average, and one that holds for nearly every
//! calibration set holds for nearly every one of these.

use std::collections::BTreeMap;

use rand::{SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;
use turnwise_learn::Predicts;
use turnwise_policy::calibration::{Calibration, CalibrationRun};
use turnwise_report::stats::{Estimate, wilson};

use super::{DELTAS, METHODS, methods, threshold};

/// How a method did over calibration sets.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Resampled {
    method: &'static str,
    delta: f64,
    /// The mean share of runs acted on wrongly.
    pub(super) mean: f64,
    /// The share of calibration sets on whose tests that share exceeded delta, with its interval. A test of finitely many runs exceeds it by
    /// chance, too.
    pub(super) exceeding: Option<Estimate>,
    /// The share of sets that gave no threshold.
    pub(super) never: f64,
}

impl Resampled {
    pub(super) fn name(&self) -> (&'static str, f64) {
        (self.method, self.delta)
    }
}

/// Deals the tasks of both into a calibration set as large as the first and a test set of the rest.
pub(super) fn resampled(
    calibrated: &Calibration,
    tested: &Calibration,
    predicts: Predicts,
    (times, seed): (usize, u64),
) -> Vec<Resampled> {
    let mut by_task: BTreeMap<&str, Vec<&CalibrationRun>> = BTreeMap::new();
    for run in calibrated.runs.iter().chain(&tested.runs) {
        by_task.entry(&run.task).or_default().push(run);
    }
    let mut tasks: Vec<&str> = by_task.keys().copied().collect();
    let first = tasks.iter().filter(|task| calibrated.runs.iter().any(|run| run.task == **task)).count();
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut shares: BTreeMap<(usize, usize), Vec<Option<f64>>> = BTreeMap::new();
    for _ in 0..times {
        tasks.shuffle(&mut rng);
        let runs = |tasks: &[&str]| -> Vec<CalibrationRun> {
            tasks.iter().flat_map(|task| by_task[task].iter().map(|run| (*run).clone())).collect()
        };
        let (dealt, left) = tasks.split_at(first);
        let set = Calibration { runs: runs(dealt), ..calibrated.clone() };
        let left = runs(left);
        for (m, method) in methods(predicts).enumerate() {
            for (d, delta) in DELTAS.into_iter().enumerate() {
                let value = threshold(&set, predicts, method, delta);
                let share = value.is_finite().then(|| wrong_share(&left, value, predicts));
                shares.entry((m, d)).or_default().push(share);
            }
        }
    }
    shares.into_iter().map(|((m, d), shares)| summed(METHODS[m].as_str(), DELTAS[d], &shares)).collect()
}

fn summed(method: &'static str, delta: f64, shares: &[Option<f64>]) -> Resampled {
    let times = shares.len().max(1) as f64;
    let mean = shares.iter().map(|share| share.unwrap_or(0.0)).sum::<f64>() / times;
    let exceeding = shares.iter().filter(|share| share.is_some_and(|share| share > delta)).count();
    let never = shares.iter().filter(|share| share.is_none()).count() as f64 / times;
    Resampled { method, delta, mean, exceeding: wilson(exceeding as u64, shares.len() as u64), never }
}

/// The share of runs acted on wrongly at the first score above a threshold; of cues, at any of them that is acted on wrongly.
fn wrong_share(runs: &[CalibrationRun], value: f64, predicts: Predicts) -> f64 {
    let counts =
        |run: &&CalibrationRun| predicts != Predicts::Hopeless || run.events.iter().any(|event| event.wrong);
    let wrong = |run: &&CalibrationRun| match predicts {
        Predicts::Think => run.events.iter().any(|event| event.wrong && event.score > value),
        Predicts::Pass | Predicts::Hopeless | Predicts::Exit => {
            run.events.iter().find(|event| event.score > value).is_some_and(|event| event.wrong)
        }
    };
    let counted: Vec<&CalibrationRun> = runs.iter().filter(counts).collect();
    counted.iter().filter(|run| wrong(run)).count() as f64 / counted.len().max(1) as f64
}
