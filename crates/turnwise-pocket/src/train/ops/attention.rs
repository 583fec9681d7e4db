//! Causal attention over packed sequences, with the normalisation of queries and keys (Qwen3) and the
//! rotary position embedding (Su et al. 2021) inside.
//!
//! Nothing of size length² is kept: the backward pass computes the probabilities again, a block of rows at
//! a time (Dao et al. 2022).

use super::{
    cross_entropy,
    matrix::{Into, Matrix, Sizes, multiply},
    rms_norm, slices,
    swiglu::exp,
};
use candle_core::{CpuStorage, CustomOp3, Layout, Result, Shape, Tensor};
use multiversion::multiversion;
use std::{ops::Range, sync::Arc};

/// A block of one head's score matrix: rows of a sequence against the sequence up to the last of them.
#[derive(Clone)]
struct Block {
    sequence: Range<usize>,
    rows: Range<usize>,
    head: usize,
}

impl Block {
    fn columns(&self) -> usize {
        self.rows.end - self.sequence.start
    }
}

/// Rows of the score matrix that are in work at a time.
const BLOCK: usize = 128;

/// The rotation of each position: cosines and sines (length, width / 2).
pub(in crate::train) struct Rope {
    cos: Vec<f32>,
    sin: Vec<f32>,
    half: usize,
}

impl Rope {
    /// The rotations of `length` positions for heads of `width`.
    pub(in crate::train) fn new(length: usize, width: usize, theta: f64) -> Self {
        let half = width / 2;
        let angle = |k: usize| {
            let (position, pair) = (k / half, k % half);
            position as f64 / theta.powf(2.0 * pair as f64 / width as f64)
        };
        #[expect(clippy::cast_possible_truncation, reason = "the table is f32")]
        let table = |f: fn(f64) -> f64| (0..length * half).map(|k| f(angle(k)) as f32).collect();
        Self { cos: table(f64::cos), sin: table(f64::sin), half }
    }

    /// Cosines and sines of a position.
    pub(in crate::train) fn at(&self, position: usize) -> (&[f32], &[f32]) {
        let range = position * self.half..(position + 1) * self.half;
        (&self.cos[range.clone()], &self.sin[range])
    }
}

/// The operation; arguments are qkv (n, (heads + 2 groups) · width) and the gains of queries and keys
/// (width); the result is (n, heads · width).
pub(in crate::train) struct Attention {
    /// The rows of each sequence.
    pub(in crate::train) sequences: Arc<Vec<Range<usize>>>,
    /// The rotations.
    pub(in crate::train) rope: Arc<Rope>,
    /// Query heads.
    pub(in crate::train) heads: usize,
    /// Key and value heads.
    pub(in crate::train) groups: usize,
    /// Width of a head.
    pub(in crate::train) width: usize,
    /// Of the normalisation.
    pub(in crate::train) eps: f32,
}

impl CustomOp3 for Attention {
    fn name(&self) -> &'static str {
        "attention"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        xl: &Layout,
        q_gain: &CpuStorage,
        ql: &Layout,
        k_gain: &CpuStorage,
        kl: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let x = slices::of(x, xl)?;
        let turned = self.turned(x, slices::of(q_gain, ql)?, slices::of(k_gain, kl)?);
        let n = x.len() / self.row();
        let mut out = vec![0.0; n * self.heads * self.width];
        let mut scores = Vec::new();
        for block in self.blocks() {
            self.probabilities(&turned, &block, &mut scores);
            let sizes = Sizes { m: block.rows.len(), k: block.columns(), n: self.width };
            let value = self.value(block.sequence.start, block.head);
            let to = (&mut out[..], self.result(&block), Into::Set);
            multiply(sizes, 1.0, (&scores, dense(block.columns())), (&turned, value), to);
        }
        Ok((CpuStorage::F32(out), Shape::from((n, self.heads * self.width))))
    }

    fn bwd(
        &self,
        x: &Tensor,
        q_gain: &Tensor,
        k_gain: &Tensor,
        _: &Tensor,
        g: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let (xs, gs) = (slices::copied(x)?, slices::copied(g)?);
        let (qg, kg) = (slices::copied(q_gain)?, slices::copied(k_gain)?);
        let turned = self.turned(&xs, &qg, &kg);
        let mut dx = vec![0.0; xs.len()];
        let (mut scores, mut dscores) = (Vec::new(), Vec::new());
        for block in self.blocks() {
            self.probabilities(&turned, &block, &mut scores);
            self.block_gradient((&turned, &gs), &block, (&scores, &mut dscores), &mut dx);
        }
        let (mut dqg, mut dkg) = (vec![0.0; self.width], vec![0.0; self.width]);
        self.turn_back(&xs, (&qg, &kg), &mut dx, (&mut dqg, &mut dkg));
        let device = x.device();
        Ok((
            Some(Tensor::from_vec(dx, x.shape(), device)?),
            Some(Tensor::from_vec(dqg, q_gain.shape(), device)?),
            Some(Tensor::from_vec(dkg, k_gain.shape(), device)?),
        ))
    }
}

impl Attention {
    /// The width of a row of qkv.
    fn row(&self) -> usize {
        (self.heads + 2 * self.groups) * self.width
    }

    fn query(&self, row: usize, head: usize) -> Matrix {
        Matrix { start: row * self.row() + head * self.width, row: self.row(), column: 1 }
    }

    fn key(&self, row: usize, head: usize) -> Matrix {
        let group = head * self.groups / self.heads;
        Matrix { start: row * self.row() + (self.heads + group) * self.width, row: self.row(), column: 1 }
    }

    fn value(&self, row: usize, head: usize) -> Matrix {
        let key = self.key(row, head);
        Matrix { start: key.start + self.groups * self.width, ..key }
    }

    /// qkv with queries and keys normalised and rotated.
    fn turned(&self, x: &[f32], q_gain: &[f32], k_gain: &[f32]) -> Vec<f32> {
        let mut out = x.to_vec();
        for sequence in self.sequences.iter() {
            for row in sequence.clone() {
                let (cos, sin) = self.rope.at(row - sequence.start);
                for head in 0..self.heads + self.groups {
                    let at = row * self.row() + head * self.width;
                    let gain = if head < self.heads { q_gain } else { k_gain };
                    let to = &mut out[at..at + self.width];
                    rms_norm::forward(&x[at..at + self.width], gain, self.eps, to);
                    rotate(to, cos, sin, 1.0);
                }
            }
        }
        out
    }

    /// Takes gradients of normalised, rotated queries and keys in `dx` back to those of qkv.
    fn turn_back(
        &self,
        x: &[f32],
        gains: (&[f32], &[f32]),
        dx: &mut [f32],
        dgains: (&mut [f32], &mut [f32]),
    ) {
        let mut back = vec![0.0; self.width];
        for sequence in self.sequences.iter() {
            for row in sequence.clone() {
                let (cos, sin) = self.rope.at(row - sequence.start);
                for head in 0..self.heads + self.groups {
                    let at = row * self.row() + head * self.width;
                    let to = &mut dx[at..at + self.width];
                    rotate(to, cos, sin, -1.0);
                    let (w, dw) =
                        if head < self.heads { (gains.0, &mut *dgains.0) } else { (gains.1, &mut *dgains.1) };
                    let row = rms_norm::Row { x: &x[at..at + self.width], w, g: to };
                    rms_norm::backward(row, self.eps, &mut back, dw);
                    to.copy_from_slice(&back);
                }
            }
        }
    }

    /// All blocks, sequence by sequence, head by head.
    fn blocks(&self) -> impl Iterator<Item = Block> {
        self.sequences.iter().flat_map(move |sequence| {
            (0..self.heads).flat_map(move |head| {
                sequence.clone().step_by(BLOCK).map(move |start| Block {
                    sequence: sequence.clone(),
                    rows: start..(start + BLOCK).min(sequence.end),
                    head,
                })
            })
        })
    }

    /// Where a block's rows stand in the result and in its gradient.
    fn result(&self, block: &Block) -> Matrix {
        let row = self.heads * self.width;
        Matrix { start: block.rows.start * row + block.head * self.width, row, column: 1 }
    }

    /// The attention probabilities of a block, (rows, columns).
    fn probabilities(&self, turned: &[f32], block: &Block, scores: &mut Vec<f32>) {
        let (m, n) = (block.rows.len(), block.columns());
        scores.resize(m * n, 0.0);
        let scale = 1.0 / (self.width as f32).sqrt();
        let query = self.query(block.rows.start, block.head);
        let key = self.key(block.sequence.start, block.head).t();
        let sizes = Sizes { m, k: self.width, n };
        multiply(sizes, scale, (turned, query), (turned, key), (scores, dense(n), Into::Set));
        for (row, scores) in block.rows.clone().zip(scores.chunks_exact_mut(n)) {
            let (seen, unseen) = scores.split_at_mut(row + 1 - block.sequence.start);
            softmax(seen);
            unseen.fill(0.0);
        }
    }

    /// Adds the gradients of one block to `dx`, those of queries and keys as normalised and rotated. `p` are
    /// its probabilities, `dp` is room for their gradient.
    fn block_gradient(
        &self,
        (turned, g): (&[f32], &[f32]),
        block: &Block,
        (p, dp): (&[f32], &mut Vec<f32>),
        dx: &mut [f32],
    ) {
        let (rows, columns, width) = (block.rows.len(), block.columns(), self.width);
        let square = dense(columns);
        let gradient = (g, self.result(block));
        let value = self.value(block.sequence.start, block.head);
        let down = Sizes { m: columns, k: rows, n: width };
        multiply(down, 1.0, (p, square.t()), gradient, (dx, value, Into::Add));
        dp.resize(rows * columns, 0.0);
        let across = Sizes { m: rows, k: width, n: columns };
        multiply(across, 1.0, gradient, (turned, value.t()), (dp, square, Into::Set));
        for (p, dp) in p.chunks_exact(columns).zip(dp.chunks_exact_mut(columns)) {
            through_softmax(p, dp);
        }
        let scale = 1.0 / (width as f32).sqrt();
        let query = self.query(block.rows.start, block.head);
        let key = self.key(block.sequence.start, block.head);
        let back = Sizes { m: rows, k: columns, n: width };
        multiply(back, scale, (dp, square), (turned, key), (dx, query, Into::Add));
        multiply(down, scale, (dp, square.t()), (turned, query), (dx, key, Into::Add));
    }
}

fn dense(columns: usize) -> Matrix {
    Matrix { start: 0, row: columns, column: 1 }
}

#[multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2+fma"))]
fn rotate(x: &mut [f32], cos: &[f32], sin: &[f32], sign: f32) {
    let (a, b) = x.split_at_mut(cos.len());
    for i in 0..cos.len() {
        let (u, v, s) = (a[i], b[i], sin[i] * sign);
        a[i] = u * cos[i] - v * s;
        b[i] = v * cos[i] + u * s;
    }
}

/// Turns scores into probabilities, in place.
#[multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2+fma"))]
fn softmax(scores: &mut [f32]) {
    let max = cross_entropy::largest(scores);
    let mut sums = [0.0f32; 16];
    let (chunks, rest) = scores.as_chunks_mut::<16>();
    for chunk in chunks {
        for i in 0..16 {
            chunk[i] = exp(chunk[i] - max);
            sums[i] += chunk[i];
        }
    }
    let mut sum = sums.iter().sum::<f32>();
    for x in rest {
        *x = exp(*x - max);
        sum += *x;
    }
    for x in scores {
        *x *= 1.0 / sum;
    }
}

/// `dp = p · (dp − Σ p · dp)`: the gradient through a softmax, in place.
#[multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2+fma"))]
fn through_softmax(p: &[f32], dp: &mut [f32]) {
    let mut sums = [0.0f32; 16];
    let full = p.len() / 16 * 16;
    for (p, d) in p.chunks_exact(16).zip(dp.chunks_exact(16)) {
        for i in 0..16 {
            sums[i] += p[i] * d[i];
        }
    }
    let rest: f32 = p[full..].iter().zip(&dp[full..]).map(|(p, d)| p * d).sum();
    let dot = sums.iter().sum::<f32>() + rest;
    for i in 0..p.len() {
        dp[i] = p[i] * (dp[i] - dot);
    }
}
