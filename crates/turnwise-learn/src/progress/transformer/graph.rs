//! The transformer as a training graph, composed of operations that have a gradient: candle's fused norm and
//! softmax have none, and cut it without a word.

use candle_core::{D, Result, Tensor, Var};

use super::{EPS, HEAD, Parts};
use crate::progress::{
    batch::Batch,
    mlp::linear,
    net::{HEADS, Layer, POSITIONS, WIDTH},
};

/// The states of a batch's turns, `[turns, WIDTH]`, in the order of its rows.
pub(in crate::progress) fn graph(parts: &Parts<'_, Var>, batch: &Batch) -> Result<Tensor> {
    let (runs, longest) = (batch.runs(), batch.longest());
    let rows = linear(&batch.rows, parts.input)?;
    // Runs side by side, each filled up to the longest with a row of nothing that no earlier turn looks at.
    let nothing = Tensor::zeros((1, WIDTH), rows.dtype(), rows.device())?;
    let padded = Tensor::cat(&[rows, nothing], 0)?.index_select(&batch.places, 0)?;
    let last = u32::try_from(POSITIONS - 1).unwrap_or(u32::MAX);
    let turns: Vec<u32> = (0..).map(|turn: u32| turn.min(last)).take(longest).collect();
    let positions = parts.positions.index_select(&Tensor::new(turns, padded.device())?, 0)?;
    let x = padded.reshape((runs, longest, WIDTH))?.broadcast_add(&positions)?;
    let mut x = x.reshape((runs * longest, WIDTH))?;
    let mask = mask(longest, &x)?;
    for layer in parts.layers {
        let qkv = linear(&norm(&x, &layer.attention_gain)?, &layer.qkv)?;
        x = (x + attend(&qkv.reshape((runs, longest, 3 * WIDTH))?, layer, &mask)?)?;
        let inner = linear(&norm(&x, &layer.inner_gain)?, &layer.up)?.relu()?;
        x = (x + linear(&inner, &layer.down)?)?;
    }
    norm(&x, parts.gain)?.index_select(&batch.turns, 0)
}

/// What attention adds to the states, `[runs · longest, WIDTH]`.
fn attend(qkv: &Tensor, layer: &Layer<Var>, mask: &Tensor) -> Result<Tensor> {
    let (runs, longest, _) = qkv.dims3()?;
    let heads = |nth: usize| {
        let part = qkv.narrow(2, nth * WIDTH, WIDTH)?.contiguous()?;
        part.reshape((runs, longest, HEADS, HEAD))?.transpose(1, 2)?.contiguous()
    };
    let (q, k, v) = (heads(0)?, heads(1)?, heads(2)?);
    let scores = (q.matmul(&k.transpose(2, 3)?.contiguous()?)? * (1.0 / (HEAD as f64).sqrt()))?;
    let weights = softmax(&scores.broadcast_add(mask)?)?;
    let read = weights.matmul(&v)?.transpose(1, 2)?.contiguous()?.reshape((runs * longest, WIDTH))?;
    linear(&read, &layer.out)
}

fn softmax(x: &Tensor) -> Result<Tensor> {
    let largest = x.max_keepdim(D::Minus1)?.detach();
    let powers = x.broadcast_sub(&largest)?.exp()?;
    powers.broadcast_div(&powers.sum_keepdim(D::Minus1)?)
}

fn norm(x: &Tensor, gain: &Var) -> Result<Tensor> {
    let mean = x.sqr()?.mean_keepdim(D::Minus1)?;
    x.broadcast_div(&(mean + f64::from(EPS))?.sqrt()?)?.broadcast_mul(gain.as_tensor())
}

fn mask(n: usize, like: &Tensor) -> Result<Tensor> {
    let value = |k: usize| if k % n > k / n { f32::NEG_INFINITY } else { 0.0 };
    Tensor::from_vec((0..n * n).map(value).collect::<Vec<f32>>(), (n, n), like.device())
}
