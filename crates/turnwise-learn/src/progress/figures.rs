//! How good an estimator is on tasks that it has not seen.

use std::collections::BTreeMap;

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

use super::{Estimator, cumulative};
use crate::{LearnError, Run, metrics::area};

/// How often tasks are drawn for an interval.
const DRAWS: usize = 1000;
/// The points of a run that are looked at, in percent of its turns.
const POINTS: [usize; 3] = [25, 50, 75];
/// The published "accuracy" counts predictions that are off by at most this.
const WITHIN: f64 = 0.1;

/// A figure with its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Estimate {
    /// The figure.
    pub value: f64,
    /// The lower end.
    pub lo: f64,
    /// The upper end.
    pub hi: f64,
}

/// The figures of an estimator. Intervals are the 2.5 % and 97.5 % points of nearest rank over 1,000 draws of
/// tasks with replacement, each with all its runs, as runs of one task are not independent (Davison & Hinkley
/// 1997, section 3.8).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ProgressFigures {
    /// The runs with at least one turn.
    pub runs: usize,
    /// Their tasks.
    pub tasks: usize,
    /// The runs that succeeded: outcome 1.
    pub successes: usize,
    /// What progress says early on.
    pub early: Vec<Early>,
    /// The mean squared error of the predicted outcome.
    pub mse: Estimate,
    /// The share of the outcomes' variance that is predicted, `1 − Σ(R − R̂)² / Σ(R − mean R)²`; `None` where
    /// outcomes are all the same.
    pub r2: Option<Estimate>,
    /// The share of runs whose predicted outcome is off by at most 0.1: the paper's accuracy.
    pub within: Estimate,
    /// The largest distance between the sum of a run's credits and its predicted outcome: rounding.
    pub gap: f64,
}

/// How well success (outcome 1) is told at a point of the runs, by the area under the ROC curve; `None` where
/// all succeeded or none.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Early {
    /// The point: after so many percent of the run's turns, rounded up.
    pub percent: usize,
    /// From the progress up to there.
    pub progress: Option<Estimate>,
    /// From the number of turns up to there alone, fewer being better.
    pub turns: Option<Estimate>,
    /// The first less the second, on the same draws.
    pub gain: Option<Estimate>,
}

/// A run as the figures need it.
struct Scored {
    outcome: f64,
    predicted: f64,
    gap: f64,
    /// At each point: the cumulative progress, and the turns done.
    points: [(f64, f64); POINTS.len()],
}

/// Figures on runs of held-out tasks; those without a turn are left out. `seed` draws the tasks for the
/// intervals.
///
/// # Errors
/// [`LearnError::Empty`] where no run has a turn.
pub fn progress_figures(
    estimator: &Estimator,
    runs: &[Run],
    seed: u64,
) -> Result<ProgressFigures, LearnError> {
    let runs: Vec<&Run> = runs.iter().filter(|run| !run.samples.is_empty()).collect();
    let scored: Vec<Scored> = runs.iter().map(|run| Scored::new(estimator, run)).collect();
    let draws = Draws::new(&runs, seed);
    let nothing = || LearnError::Empty { what: "turns", advice: "record runs of held-out tasks first" };
    let mean = |of: &dyn Fn(&Scored) -> f64| {
        let values: Vec<f64> = scored.iter().map(of).collect();
        draws.estimate(|times| mean(&values, times)).ok_or_else(nothing)
    };
    Ok(ProgressFigures {
        runs: runs.len(),
        tasks: draws.tasks,
        successes: scored.iter().filter(|run| run.succeeded()).count(),
        early: (0..POINTS.len()).map(|point| early(&scored, point, &draws)).collect(),
        mse: mean(&|run| run.error().powi(2))?,
        r2: draws.estimate(|times| r2(&scored, times)),
        within: mean(&|run| f64::from(u8::from(run.error().abs() <= WITHIN)))?,
        gap: scored.iter().map(|run| run.gap).fold(0.0, f64::max),
    })
}

fn early(scored: &[Scored], point: usize, draws: &Draws) -> Early {
    let sorted = |score: &dyn Fn(&Scored) -> f64| {
        let rows = scored.iter().enumerate().map(|(nth, run)| (score(run), run.succeeded(), nth));
        let mut rows: Vec<(f64, bool, usize)> = rows.collect();
        rows.sort_by(|a, b| a.0.total_cmp(&b.0));
        rows
    };
    let progress = sorted(&|run| run.points[point].0);
    let turns = sorted(&|run| -run.points[point].1);
    Early {
        percent: POINTS[point],
        progress: draws.estimate(|times| area(&progress, times)),
        turns: draws.estimate(|times| area(&turns, times)),
        gain: draws.estimate(|times| Some(area(&progress, times)? - area(&turns, times)?)),
    }
}

impl Scored {
    /// Of a run with at least one turn.
    fn new(estimator: &Estimator, run: &Run) -> Self {
        let mut tracker = estimator.begin();
        let credits: Vec<f64> = run.samples.iter().map(|sample| tracker.credit(&sample.features)).collect();
        let progress = cumulative(&credits);
        let points = POINTS.map(|percent| {
            let turns = (credits.len() * percent).div_ceil(100).max(1);
            (progress[turns - 1], turns as f64)
        });
        let predicted = tracker.predicted();
        Self { outcome: run.outcome, predicted, gap: (predicted - tracker.cumulative()).abs(), points }
    }

    fn error(&self) -> f64 {
        self.predicted - self.outcome
    }

    fn succeeded(&self) -> bool {
        self.outcome == 1.0
    }
}

/// The mean of values that each count so many times.
fn mean(values: &[f64], times: &[f64]) -> Option<f64> {
    let count: f64 = times.iter().sum();
    (count > 0.0).then(|| values.iter().zip(times).map(|(value, times)| value * times).sum::<f64>() / count)
}

fn r2(scored: &[Scored], times: &[f64]) -> Option<f64> {
    let outcomes: Vec<f64> = scored.iter().map(|run| run.outcome).collect();
    let middle = mean(&outcomes, times)?;
    let around: Vec<f64> = outcomes.iter().map(|outcome| (outcome - middle).powi(2)).collect();
    let left: Vec<f64> = scored.iter().map(|run| run.error().powi(2)).collect();
    let around = mean(&around, times)?;
    (around > 0.0).then_some(1.0 - mean(&left, times)? / around)
}

/// Draws of tasks with replacement, shared by all figures.
struct Draws {
    tasks: usize,
    /// How often each run counts, by draw.
    drawn: Vec<Vec<f64>>,
    runs: usize,
}

impl Draws {
    fn new(runs: &[&Run], seed: u64) -> Self {
        let mut by_task: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (nth, run) in runs.iter().enumerate() {
            by_task.entry(&run.task).or_default().push(nth);
        }
        let tasks: Vec<Vec<usize>> = by_task.into_values().collect();
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut draw = || {
            let mut times = vec![0.0; runs.len()];
            for _ in 0..tasks.len() {
                tasks[rng.random_range(0..tasks.len())].iter().for_each(|run| times[*run] += 1.0);
            }
            times
        };
        Self { drawn: (0..DRAWS).map(|_| draw()).collect(), runs: runs.len(), tasks: tasks.len() }
    }

    /// A statistic, given how often each run counts, with its interval. Draws on which it has no value are
    /// left out; `None` where it has none on the runs as they are.
    fn estimate(&self, statistic: impl Fn(&[f64]) -> Option<f64>) -> Option<Estimate> {
        let value = statistic(&vec![1.0; self.runs])?;
        let mut values: Vec<f64> = self.drawn.iter().filter_map(|times| statistic(times)).collect();
        values.sort_unstable_by(f64::total_cmp);
        let point =
            |thousandths: usize| values.get((values.len() * thousandths).div_ceil(1000).checked_sub(1)?);
        Some(Estimate { value, lo: *point(25)?, hi: *point(975)? })
    }
}

#[cfg(test)]
mod tests;
