//! The weighted sum of the cross-entropies of rows of logits.

use super::{slices, swiglu::exp};
use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor};
use multiversion::multiversion;
use std::sync::Arc;

/// The operation; the argument is logits (n, v), the result a scalar.
pub(in crate::train) struct CrossEntropy {
    /// The right column of each row.
    pub(in crate::train) targets: Arc<Vec<u32>>,
    /// The weight of each row.
    pub(in crate::train) weights: Arc<Vec<f32>>,
}

impl CustomOp1 for CrossEntropy {
    fn name(&self) -> &'static str {
        "cross-entropy"
    }

    fn cpu_fwd(&self, logits: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let logits = slices::of(logits, layout)?;
        let (_, v) = layout.shape().dims2()?;
        let mut total = 0.0f64;
        for (row, (&target, &weight)) in
            logits.chunks_exact(v).zip(self.targets.iter().zip(self.weights.iter()))
        {
            if weight > 0.0 {
                let (max, sum) = normaliser(row);
                total += f64::from(weight) * f64::from(max + sum.ln() - row[target as usize]);
            }
        }
        #[expect(clippy::cast_possible_truncation, reason = "a loss needs no more than f32")]
        let total = total as f32;
        Ok((CpuStorage::F32(vec![total]), Shape::from(())))
    }

    fn bwd(&self, logits: &Tensor, _: &Tensor, g: &Tensor) -> Result<Option<Tensor>> {
        let (n, v) = logits.dims2()?;
        let g = g.to_scalar::<f32>()?;
        let xs = slices::copied(logits)?;
        let mut dx = vec![0.0; n * v];
        for (k, (row, dx)) in xs.chunks_exact(v).zip(dx.chunks_exact_mut(v)).enumerate() {
            let weight = self.weights[k] * g;
            if weight != 0.0 {
                let (max, sum) = normaliser(row);
                softmax(row, max, weight / sum, dx);
                dx[self.targets[k] as usize] -= weight;
            }
        }
        Ok(Some(Tensor::from_vec(dx, (n, v), logits.device())?))
    }
}

/// The largest logit and the sum of the exponentials relative to it.
#[multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2+fma"))]
fn normaliser(row: &[f32]) -> (f32, f32) {
    let max = largest(row);
    let mut sums = [0.0f32; 16];
    let (chunks, rest) = row.as_chunks::<16>();
    for chunk in chunks {
        for i in 0..16 {
            sums[i] += exp(chunk[i] - max);
        }
    }
    let rest: f32 = rest.iter().map(|&x| exp(x - max)).sum();
    (max, sums.iter().sum::<f32>() + rest)
}

/// The largest of the numbers, in lanes, as a running maximum would be one long chain.
#[inline(always)]
pub(super) fn largest(row: &[f32]) -> f32 {
    let greater = |a: f32, b: f32| if a > b { a } else { b };
    let mut lanes = [f32::NEG_INFINITY; 16];
    let (chunks, rest) = row.as_chunks::<16>();
    for chunk in chunks {
        for i in 0..16 {
            lanes[i] = greater(chunk[i], lanes[i]);
        }
    }
    rest.iter().chain(&lanes).fold(f32::NEG_INFINITY, |max, &x| greater(x, max))
}

#[multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2+fma"))]
fn softmax(row: &[f32], max: f32, scale: f32, out: &mut [f32]) {
    for i in 0..row.len() {
        out[i] = exp(row[i] - max) * scale;
    }
}
