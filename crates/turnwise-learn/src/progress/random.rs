//! Draws that training needs: normal numbers, orders, and runs dealt out by task.

use std::collections::{BTreeMap, BTreeSet};

use rand::{RngExt as _, seq::SliceRandom as _};
use rand_chacha::ChaCha8Rng;

use crate::Run;

/// A draw from the standard normal distribution (Box & Muller 1958).
pub(super) fn normal(rng: &mut ChaCha8Rng) -> f32 {
    let (u, v): (f32, f32) = (rng.random_range(f32::MIN_POSITIVE..1.0), rng.random());
    (-2.0 * u.ln()).sqrt() * (std::f32::consts::TAU * v).cos()
}

/// Deals tasks out to `folds` folds of nearly the same number of tasks; gives each run's fold. All runs of a
/// task are in the same fold.
pub(super) fn deal(runs: &[&Run], folds: usize, rng: &mut ChaCha8Rng) -> Vec<usize> {
    let tasks: BTreeSet<&str> = runs.iter().map(|run| run.task.as_str()).collect();
    let mut tasks: Vec<&str> = tasks.into_iter().collect();
    tasks.shuffle(rng);
    let fold_of: BTreeMap<&str, usize> =
        tasks.into_iter().enumerate().map(|(nth, task)| (task, nth % folds)).collect();
    runs.iter().map(|run| fold_of[run.task.as_str()]).collect()
}
