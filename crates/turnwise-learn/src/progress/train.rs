//! Training the estimators that are networks: the mean squared error between the outcome and the sum of a
//! run's credits.

use candle_core::{Error, Result, Tensor, Var};
use candle_nn::{AdamW, Optimizer as _, ParamsAdamW};
use rand::seq::SliceRandom as _;
use rand_chacha::ChaCha8Rng;

use super::{
    ProgressKind, ProgressStep,
    batch::Batch,
    matrix::Matrix,
    mlp::{self, linear},
    net::{Net, Trunk},
    random::deal,
    transformer,
};
use crate::{Run, Standardiser};

/// The most times that the runs are gone through.
const EPOCHS: usize = 60;
/// After so many without a better held-out error, training ends.
const PATIENCE: usize = 8;
/// Runs a step, at most.
const BATCH: usize = 32;
/// Steps an epoch, at least, where there are so many runs: few runs must not mean few steps.
const STEPS: usize = 16;
/// One task in so many is held out to say when to end.
const HELD_OUT: usize = 5;
/// Decoupled decay of the matrices, in units of the learning rate (Loshchilov & Hutter 2019); biases and gains
/// do not decay. There are about as many features as runs: with 0.05 an MLP knows its runs by heart after two
/// epochs and predicts R² 0.53 on other tasks, with this 0.64 (`examples/progress_speed.rs`).
const DECAY: f64 = 3.0;
const RATE: f64 = 1e-3;

/// What training found.
pub(super) struct Trained {
    pub(super) net: Net<Matrix>,
    /// Epochs up to the best one.
    pub(super) epochs: usize,
    /// The mean squared error of the held-out runs there.
    pub(super) mse: f64,
}

/// Trains on runs with at least one turn each, of at least two tasks.
pub(super) fn train(
    kind: ProgressKind,
    runs: &[&Run],
    scaler: &Standardiser,
    rng: &mut ChaCha8Rng,
    told: &mut dyn FnMut(ProgressStep),
) -> Result<Trained> {
    let fold_of = deal(runs, HELD_OUT, rng);
    let side = |held_out: bool| {
        let here = runs.iter().zip(&fold_of).filter(move |(_, fold)| (**fold == 0) == held_out);
        here.map(|(run, _)| *run).collect::<Vec<_>>()
    };
    let (mut learned, held_out) = (side(false), side(true));
    let net = start(kind, &learned, scaler.width(), rng)?;
    let [mut matrices, mut others] = optimisers(&net)?;
    let mut best = Trained { net: numbers(&net)?, epochs: 0, mse: error(&net, &held_out, scaler)? };
    let size = (learned.len() / STEPS).clamp(1, BATCH);
    for epoch in 1..=EPOCHS {
        learned.shuffle(rng);
        for runs in learned.chunks(size) {
            let batch = Batch::new(runs, scaler)?;
            let loss = predicted(&net, &batch)?.sub(&batch.outcomes)?.sqr()?.mean_all()?;
            let gradients = loss.backward()?;
            matrices.step(&gradients)?;
            others.step(&gradients)?;
        }
        let mse = error(&net, &held_out, scaler)?;
        told(ProgressStep { nth: epoch, of: EPOCHS, mse });
        if mse < best.mse {
            best = Trained { net: numbers(&net)?, epochs: epoch, mse };
        } else if epoch >= best.epochs + PATIENCE {
            break;
        }
    }
    Ok(best)
}

/// What steps the matrices, which decay, and what steps the rest, which does not.
fn optimisers(net: &Net<Var>) -> Result<[AdamW; 2]> {
    let (matrices, others): (Vec<_>, Vec<_>) =
        net.named().into_iter().partition(|(name, _)| name.ends_with(".weight"));
    let one = |variables: Vec<(String, &Var)>, weight_decay: f64| {
        let variables = variables.into_iter().map(|(_, variable)| variable.clone()).collect();
        AdamW::new(variables, ParamsAdamW { lr: RATE, weight_decay, ..ParamsAdamW::default() })
    };
    Ok([one(matrices, DECAY)?, one(others, 0.0)?])
}

/// A fresh network, whose credits are the outcome by the turn, on average.
fn start(kind: ProgressKind, runs: &[&Run], width: usize, rng: &mut ChaCha8Rng) -> Result<Net<Var>> {
    let mut first = Net::plan(kind, width).map(|_, plan| Ok::<_, Error>(plan.draw(rng)))?;
    let outcomes: f64 = runs.iter().map(|run| run.outcome).sum();
    let turns: usize = runs.iter().map(|run| run.samples.len()).sum();
    #[expect(clippy::cast_possible_truncation, reason = "parameters are f32")]
    first.credit.bias.values.fill((outcomes / turns.max(1) as f64) as f32);
    first.map(|_, matrix| {
        let shape = (matrix.rows, matrix.columns);
        Var::from_tensor(&Tensor::from_vec(matrix.values.clone(), shape, &candle_core::Device::Cpu)?)
    })
}

/// The credits of a batch's turns, `[turns, 1]`.
pub(super) fn credits(net: &Net<Var>, batch: &Batch) -> Result<Tensor> {
    let states = match &net.trunk {
        Trunk::Ridge => batch.rows.clone(),
        Trunk::Mlp(layers) => mlp::graph(layers, &batch.rows)?,
        Trunk::Transformer { input, positions, layers, gain } => {
            transformer::graph(&transformer::Parts { input, positions, layers, gain }, batch)?
        }
    };
    linear(&states, &net.credit)
}

/// The predicted outcomes of a batch's runs, `[runs, 1]`.
pub(super) fn predicted(net: &Net<Var>, batch: &Batch) -> Result<Tensor> {
    batch.pool.matmul(&credits(net, batch)?)
}

/// The mean squared error over runs.
fn error(net: &Net<Var>, runs: &[&Run], scaler: &Standardiser) -> Result<f64> {
    let mut sum = 0.0;
    for runs in runs.chunks(BATCH) {
        let batch = Batch::new(runs, scaler)?;
        let squares = predicted(net, &batch)?.detach().sub(&batch.outcomes)?.sqr()?.sum_all()?;
        sum += f64::from(squares.to_scalar::<f32>()?);
    }
    Ok(sum / runs.len() as f64)
}

fn numbers(net: &Net<Var>) -> Result<Net<Matrix>> {
    net.map(|_, variable| {
        let (rows, columns) = variable.dims2()?;
        Ok(Matrix { rows, columns, values: variable.flatten_all()?.to_vec1()? })
    })
}

#[cfg(test)]
mod tests;
