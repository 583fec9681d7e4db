//! The gated unit of the feed-forward layer (Shazeer 2020): silu(gate) · up.

use super::slices;
use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor};
use multiversion::multiversion;

/// The operation; the argument holds gate and up side by side, (n, 2 f), the result is (n, f).
pub(in crate::train) struct SwiGlu;

impl CustomOp1 for SwiGlu {
    fn name(&self) -> &'static str {
        "swiglu"
    }

    fn cpu_fwd(&self, x: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let x = slices::of(x, layout)?;
        let (n, width) = layout.shape().dims2()?;
        let mut y = vec![0.0; n * width / 2];
        for (x, y) in x.chunks_exact(width).zip(y.chunks_exact_mut(width / 2)) {
            forward(x, y);
        }
        Ok((CpuStorage::F32(y), Shape::from((n, width / 2))))
    }

    fn bwd(&self, x: &Tensor, _: &Tensor, g: &Tensor) -> Result<Option<Tensor>> {
        let (n, width) = x.dims2()?;
        let (xs, gs) = (slices::copied(x)?, slices::copied(g)?);
        let mut dx = vec![0.0; n * width];
        let rows = xs.chunks_exact(width).zip(gs.chunks_exact(width / 2)).zip(dx.chunks_exact_mut(width));
        for ((x, g), dx) in rows {
            backward(x, g, dx);
        }
        Ok(Some(Tensor::from_vec(dx, x.shape(), x.device())?))
    }
}

/// 1.5 · 2^23: adding it to a small number leaves the nearest integer in the low bits.
const ROUND: f32 = 12_582_912.0;

/// e^x to a relative error of about 1e-5: 2^k by the exponent bits, the rest by a polynomial, so that the
/// loop around it can use vector instructions.
#[inline(always)]
pub(super) fn exp(x: f32) -> f32 {
    let t = x.clamp(-87.0, 88.0) * std::f32::consts::LOG2_E;
    let rounded = t + ROUND;
    let f = (t - (rounded - ROUND)) * std::f32::consts::LN_2;
    let p = 1.0 + f * (1.0 + f * (0.5 + f * (1.0 / 6.0 + f * (1.0 / 24.0 + f * (1.0 / 120.0)))));
    let k = rounded.to_bits().wrapping_sub(ROUND.to_bits());
    f32::from_bits(k.wrapping_add(127) << 23) * p
}

#[multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2+fma"))]
fn forward(x: &[f32], y: &mut [f32]) {
    let (gate, up) = x.split_at(y.len());
    for i in 0..y.len() {
        y[i] = gate[i] / (1.0 + exp(-gate[i])) * up[i];
    }
}

#[multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2+fma"))]
fn backward(x: &[f32], g: &[f32], dx: &mut [f32]) {
    let (gate, up) = x.split_at(g.len());
    let (dgate, dup) = dx.split_at_mut(g.len());
    for i in 0..g.len() {
        let s = 1.0 / (1.0 + exp(-gate[i]));
        dup[i] = g[i] * gate[i] * s;
        dgate[i] = g[i] * up[i] * s * (1.0 + gate[i] * (1.0 - s));
    }
}

#[cfg(test)]
mod tests {
    use super::exp;

    #[test]
    fn the_fast_exponential_is_close() {
        for k in -860..880 {
            let x = k as f32 / 10.0;
            assert!((exp(x) / x.exp() - 1.0).abs() < 2e-5, "exp({x}) = {}", exp(x));
        }
    }
}
