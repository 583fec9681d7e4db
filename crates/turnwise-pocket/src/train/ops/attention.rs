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
        for sequence in self.sequences.iter() {
            for head in 0..self.heads {
                for rows in blocks(sequence) {
                    let length = rows.end - sequence.start;
                    self.probabilities(&turned, sequence, &rows, head, &mut scores);
                    let sizes = Sizes { m: rows.len(), k: length, n: self.width };
                    let to = Matrix {
                        start: (rows.start * self.heads + head) * self.width,
                        row: self.heads * self.width,
                        column: 1,
                    };
                    multiply(
                        sizes,
                        1.0,
                        (&scores, dense(length)),
                        (&turned, self.value(sequence.start, head)),
                        (&mut out, to, Into::Set),
                    );
                }
            }
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
        for sequence in self.sequences.iter() {
            for head in 0..self.heads {
                for rows in blocks(sequence) {
                    self.probabilities(&turned, sequence, &rows, head, &mut scores);
                    self.block_gradient(
                        &turned,
                        &gs,
                        (sequence, &rows, head),
                        (&scores, &mut dscores),
                        &mut dx,
                    );
                }
            }
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

    /// The attention probabilities of a block of rows, (rows, length up to the last of them).
    fn probabilities(
        &self,
        turned: &[f32],
        sequence: &Range<usize>,
        rows: &Range<usize>,
        head: usize,
        scores: &mut Vec<f32>,
    ) {
        let length = rows.end - sequence.start;
        scores.resize(rows.len() * length, 0.0);
        let sizes = Sizes { m: rows.len(), k: self.width, n: length };
        let scale = 1.0 / (self.width as f32).sqrt();
        let (q, k) = (self.query(rows.start, head), self.key(sequence.start, head).t());
        multiply(sizes, scale, (turned, q), (turned, k), (scores, dense(length), Into::Set));
        for (row, scores) in rows.clone().zip(scores.chunks_exact_mut(length)) {
            let (seen, unseen) = scores.split_at_mut(row + 1 - sequence.start);
            softmax(seen);
            unseen.fill(0.0);
        }
    }

    /// Adds the gradients of one block of rows to `dx`, those of queries and keys as normalised and rotated.
    fn block_gradient(
        &self,
        turned: &[f32],
        g: &[f32],
        (sequence, rows, head): (&Range<usize>, &Range<usize>, usize),
        (p, dp): (&[f32], &mut Vec<f32>),
        dx: &mut [f32],
    ) {
        let (m, length, width) = (rows.len(), rows.end - sequence.start, self.width);
        let gt =
            Matrix { start: (rows.start * self.heads + head) * width, row: self.heads * width, column: 1 };
        let p_t = dense(length).t();
        let value = self.value(sequence.start, head);
        multiply(Sizes { m: length, k: m, n: width }, 1.0, (p, p_t), (g, gt), (dx, value, Into::Add));
        dp.resize(m * length, 0.0);
        multiply(
            Sizes { m, k: width, n: length },
            1.0,
            (g, gt),
            (turned, value.t()),
            (dp, dense(length), Into::Set),
        );
        for (p, dp) in p.chunks_exact(length).zip(dp.chunks_exact_mut(length)) {
            through_softmax(p, dp);
        }
        let scale = 1.0 / (width as f32).sqrt();
        let (query, key) = (self.query(rows.start, head), self.key(sequence.start, head));
        multiply(
            Sizes { m, k: length, n: width },
            scale,
            (dp, dense(length)),
            (turned, key),
            (dx, query, Into::Add),
        );
        multiply(
            Sizes { m: length, k: m, n: width },
            scale,
            (dp, p_t),
            (turned, query),
            (dx, key, Into::Add),
        );
    }
}

fn dense(columns: usize) -> Matrix {
    Matrix { start: 0, row: columns, column: 1 }
}

/// The rows of a sequence in blocks.
fn blocks(sequence: &Range<usize>) -> impl Iterator<Item = Range<usize>> + use<> {
    let end = sequence.end;
    sequence.clone().step_by(BLOCK).map(move |start| start..(start + BLOCK).min(end))
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
