//! Progress: which share of the outcome each turn of a run brought, so that the shares add up to the outcome
//! that is predicted.
//!
//! SPA (arXiv 2505.20732) trains per-turn credits ĉ_t on what is known of whole runs only: `R̂ = Σ_t ĉ_t ≈ R
//! ∈ [0, 1]` by squared error. Here the credits come from recorded features instead of a language model's
//! fine-tuned head, in three kinds.

mod batch;
mod cholesky;
mod compare;
mod envelope;
mod estimator;
mod figures;
mod file;
mod grounding;
mod matrix;
mod mlp;
mod net;
mod random;
mod ridge;
#[cfg(test)]
mod synthetic;
mod train;
mod transformer;

use std::{collections::BTreeSet, sync::Arc};

use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::{Dataset, LearnError, MadeFor, Run, Standardiser};
use estimator::Learned;
use random::deal;

pub use compare::{Agreement, agreement, leave_one_out, value_differences};
pub use envelope::{Reference, cumulative, lower_envelope};
pub use estimator::{Estimator, Fit, Tracker};
pub use figures::{Early, ProgressFigures, progress_figures};
pub use grounding::{ALPHA, BETA, grounded, reward};

/// Fewer tasks say nothing of tasks that were not seen.
const FEWEST_TASKS: usize = 5;
/// The folds that choose a ridge's penalty.
const FOLDS: usize = 5;

/// What a turn's credit is computed by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ProgressKind {
    /// A linear function of the turn's features, in closed form.
    Ridge,
    /// A network of two hidden layers, 64 and 32 wide, over the turn's features.
    Mlp,
    /// A causal transformer over the features of the turn and those before it: two layers, 64 wide, four
    /// heads.
    Transformer,
}

/// How to train.
#[derive(Clone, Debug)]
pub struct ProgressOptions {
    /// Which kind.
    pub kind: ProgressKind,
    /// What is drawn: first weights, orders, which tasks are held out. The same seed on the same data gives
    /// the same estimator.
    pub seed: u64,
    /// What the estimator is made for.
    pub made_for: MadeFor,
}

/// How far training is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ProgressStep {
    /// The fold of a ridge or the epoch of a network, from 1.
    pub nth: usize,
    /// How many there are at most.
    pub of: usize,
    /// The mean squared error on tasks that were left out, up to now for a ridge.
    pub mse: f64,
}

/// Learns to credit turns from runs whose samples are their turns. Labels are not looked at; runs without a
/// turn are left out. `told` hears how far it is.
///
/// A fifth of the tasks is held out to end a network's training; a ridge takes its penalty by five-fold
/// cross-validation over the tasks and is fitted on all.
///
/// # Errors
/// As [`Dataset::check`] says, and [`LearnError::TooFew`], [`LearnError::Outcome`],
/// [`LearnError::OneOutcome`], [`LearnError::Constant`].
pub fn train_progress(
    data: &Dataset,
    options: &ProgressOptions,
    told: &mut dyn FnMut(ProgressStep),
) -> Result<Estimator, LearnError> {
    data.check()?;
    let runs: Vec<&Run> = data.runs.iter().filter(|run| !run.samples.is_empty()).collect();
    let tasks = check(&runs)?;
    let rows = runs.iter().flat_map(|run| run.samples.iter().map(|sample| sample.features.as_slice()));
    let scaler = Standardiser::fit(&data.layout, rows)?;
    let mut rng = ChaCha8Rng::seed_from_u64(options.seed);
    let mut fit = Fit {
        runs: runs.len(),
        tasks,
        turns: runs.iter().map(|run| run.samples.len()).sum(),
        seed: options.seed,
        lambda: None,
        epochs: None,
        mse: 0.0,
    };
    let net = if options.kind == ProgressKind::Ridge {
        let fold_of = deal(&runs, FOLDS, &mut rng);
        let unsolved = || candle_core::Error::msg("no penalty made the regression solvable");
        let fitted = ridge::fit(&runs, &scaler, &fold_of, told).ok_or_else(unsolved)?;
        (fit.lambda, fit.mse) = (Some(fitted.lambda), fitted.mse);
        fitted.net
    } else {
        let trained = train::train(options.kind, &runs, &scaler, &mut rng, told)?;
        (fit.epochs, fit.mse) = (Some(trained.epochs), trained.mse);
        trained.net
    };
    let (layout, made_for) = (data.layout.clone(), options.made_for.clone());
    let learned = Learned { kind: options.kind, layout, made_for, fit, scaler, net };
    Ok(Estimator { learned: Arc::new(learned) })
}

/// Refuses outcomes that nothing can be learned from; gives the number of tasks.
fn check(runs: &[&Run]) -> Result<usize, LearnError> {
    if let Some(run) = runs.iter().find(|run| !(0.0..=1.0).contains(&run.outcome)) {
        return Err(LearnError::Outcome { task: run.task.clone(), outcome: run.outcome });
    }
    let tasks = runs.iter().map(|run| run.task.as_str()).collect::<BTreeSet<_>>().len();
    if tasks < FEWEST_TASKS {
        let advice = "nothing can be told of tasks that were not seen from so few; record runs of more tasks";
        return Err(LearnError::TooFew { what: "tasks", found: tasks, wanted: FEWEST_TASKS, advice });
    }
    let first = runs.first().map_or(0.0, |run| run.outcome);
    if runs.iter().all(|run| run.outcome == first) {
        return Err(LearnError::OneOutcome { count: runs.len(), outcome: first });
    }
    Ok(tasks)
}

#[cfg(test)]
mod tests;
