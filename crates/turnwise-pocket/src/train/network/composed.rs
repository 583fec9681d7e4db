//! The same operations composed of candle's own: what runs on a GPU, and what the fused ones are held
//! against.

use crate::train::ops::Attention;
use candle_core::{D, Result, Tensor};
use candle_nn::ops;

/// See [`crate::train::ops::RmsNorm`].
pub(super) fn rms_norm(x: &Tensor, gain: &Tensor, eps: f64) -> Result<Tensor> {
    let mean = x.sqr()?.mean_keepdim(D::Minus1)?;
    x.broadcast_div(&(mean + eps)?.sqrt()?)?.broadcast_mul(gain)
}

/// See [`crate::train::ops::SwiGlu`].
pub(super) fn swiglu(gate_up: &Tensor) -> Result<Tensor> {
    let parts = gate_up.chunk(2, 1)?;
    ops::silu(&parts[0].contiguous()?)?.mul(&parts[1].contiguous()?)
}

/// See [`crate::train::ops::CrossEntropy`].
pub(super) fn cross_entropy(logits: &Tensor, targets: &[u32], weights: &[f32]) -> Result<Tensor> {
    let device = logits.device();
    let targets = Tensor::new(targets, device)?.unsqueeze(1)?;
    let logs = ops::log_softmax(logits, D::Minus1)?.gather(&targets, 1)?.squeeze(1)?;
    logs.mul(&Tensor::new(weights, device)?)?.sum_all()?.neg()
}

/// See [`Attention`].
pub(super) fn attention(qkv: &Tensor, gains: (&Tensor, &Tensor), op: &Attention) -> Result<Tensor> {
    let mut all = Vec::new();
    for rows in op.sequences.iter() {
        all.push(one(&qkv.narrow(0, rows.start, rows.len())?, gains, op)?);
    }
    Tensor::cat(&all, 0)
}

fn one(qkv: &Tensor, (q_gain, k_gain): (&Tensor, &Tensor), op: &Attention) -> Result<Tensor> {
    let (n, _) = qkv.dims2()?;
    let (q_width, kv_width) = (op.heads * op.width, op.groups * op.width);
    let heads = |x: Tensor, heads: usize| x.reshape((n, heads, op.width))?.transpose(0, 1)?.contiguous();
    let q = heads(qkv.narrow(1, 0, q_width)?.contiguous()?, op.heads)?;
    let k = heads(qkv.narrow(1, q_width, kv_width)?.contiguous()?, op.groups)?;
    let v = heads(qkv.narrow(1, q_width + kv_width, kv_width)?.contiguous()?, op.groups)?;
    let (cos, sin) = table(n, op, qkv)?;
    let q = rotated(&rms_norm(&q, q_gain, f64::from(op.eps))?, &cos, &sin)?;
    let k = repeated(&rotated(&rms_norm(&k, k_gain, f64::from(op.eps))?, &cos, &sin)?, op)?;
    let scale = 1.0 / (op.width as f64).sqrt();
    let scores = (q.matmul(&k.transpose(1, 2)?.contiguous()?)? * scale)?;
    let p = ops::softmax(&scores.broadcast_add(&mask(n, qkv)?)?, D::Minus1)?;
    p.matmul(&repeated(&v, op)?)?.transpose(0, 1)?.contiguous()?.reshape((n, q_width))
}

/// Each key or value head once for every query head that reads it.
fn repeated(x: &Tensor, op: &Attention) -> Result<Tensor> {
    let (groups, n, width) = x.dims3()?;
    let times = op.heads / groups;
    x.unsqueeze(1)?.broadcast_as((groups, times, n, width))?.contiguous()?.reshape((op.heads, n, width))
}

fn rotated(x: &Tensor, cos: &Tensor, sin: &Tensor) -> Result<Tensor> {
    let halves = x.chunk(2, D::Minus1)?;
    let (a, b) = (&halves[0], &halves[1]);
    let left = (a.broadcast_mul(cos)? - b.broadcast_mul(sin)?)?;
    let right = (b.broadcast_mul(cos)? + a.broadcast_mul(sin)?)?;
    Tensor::cat(&[left, right], D::Minus1)
}

fn table(n: usize, op: &Attention, like: &Tensor) -> Result<(Tensor, Tensor)> {
    let (mut cos, mut sin) = (Vec::new(), Vec::new());
    for position in 0..n {
        let (c, s) = op.rope.at(position);
        cos.extend_from_slice(c);
        sin.extend_from_slice(s);
    }
    let tensor = |values| Tensor::from_vec(values, (n, op.width / 2), like.device());
    Ok((tensor(cos)?, tensor(sin)?))
}

fn mask(n: usize, like: &Tensor) -> Result<Tensor> {
    let value = |k: usize| if k % n > k / n { f32::NEG_INFINITY } else { 0.0 };
    Tensor::from_vec((0..n * n).map(value).collect::<Vec<f32>>(), (n, n), like.device())
}
