//! The hidden layers of the MLP over a turn's features: as a training graph, and for scoring a turn.

use candle_core::{Result, Tensor, Var};

use super::{
    matrix::{Matrix, relu},
    net::Linear,
};

/// `x Wᵀ + b` for rows of `x`, `[n, in]` to `[n, out]`.
pub(super) fn linear(x: &Tensor, layer: &Linear<Var>) -> Result<Tensor> {
    x.matmul(&layer.weight.t()?)?.broadcast_add(layer.bias.as_tensor())
}

/// The states of turns, `[turns, in]` to `[turns, out]`.
pub(super) fn graph(layers: &[Linear<Var>], rows: &Tensor) -> Result<Tensor> {
    layers.iter().try_fold(rows.clone(), |x, layer| linear(&x, layer)?.relu())
}

/// The state of a turn.
pub(super) fn state(layers: &[Linear<Matrix>], row: &[f32]) -> Vec<f32> {
    layers.iter().fold(row.to_vec(), |x, layer| {
        let mut x = layer.apply(&x);
        relu(&mut x);
        x
    })
}
