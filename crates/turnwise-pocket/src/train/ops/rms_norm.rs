//! Root-mean-square normalisation with a gain (Zhang & Sennrich 2019): y = x / rms(x) · w.

use super::slices;
use candle_core::{CpuStorage, CustomOp2, Layout, Result, Shape, Tensor};
use multiversion::multiversion;

/// The operation; arguments are x (n, d) and w (d).
pub(in crate::train) struct RmsNorm {
    /// Added to the mean square.
    pub(in crate::train) eps: f32,
}

impl CustomOp2 for RmsNorm {
    fn name(&self) -> &'static str {
        "rms-norm"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        xl: &Layout,
        w: &CpuStorage,
        wl: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (x, w) = (slices::of(x, xl)?, slices::of(w, wl)?);
        let mut y = vec![0.0; x.len()];
        for (x, y) in x.chunks_exact(w.len()).zip(y.chunks_exact_mut(w.len())) {
            forward(x, w, self.eps, y);
        }
        Ok((CpuStorage::F32(y), xl.shape().clone()))
    }

    fn bwd(
        &self,
        x: &Tensor,
        w: &Tensor,
        _: &Tensor,
        g: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let (xs, ws, gs) = (slices::copied(x)?, slices::copied(w)?, slices::copied(g)?);
        let d = ws.len();
        let (mut dx, mut dw) = (vec![0.0; xs.len()], vec![0.0; d]);
        for ((x, g), dx) in xs.chunks_exact(d).zip(gs.chunks_exact(d)).zip(dx.chunks_exact_mut(d)) {
            backward(Row { x, w: &ws, g }, self.eps, dx, &mut dw);
        }
        let device = x.device();
        Ok((Some(Tensor::from_vec(dx, x.shape(), device)?), Some(Tensor::from_vec(dw, w.shape(), device)?)))
    }
}

/// A row with its gain and the gradient of its result.
#[derive(Clone, Copy)]
pub(super) struct Row<'a> {
    pub(super) x: &'a [f32],
    pub(super) w: &'a [f32],
    pub(super) g: &'a [f32],
}

/// Normalises one row. Its length is a multiple of 16.
#[multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2+fma"))]
pub(super) fn forward(x: &[f32], w: &[f32], eps: f32, y: &mut [f32]) {
    let mut sums = [0.0f32; 16];
    for chunk in x.chunks_exact(16) {
        for i in 0..16 {
            sums[i] += chunk[i] * chunk[i];
        }
    }
    let r = 1.0 / (sums.iter().sum::<f32>() / x.len() as f32 + eps).sqrt();
    for i in 0..x.len() {
        y[i] = x[i] * r * w[i];
    }
}

/// The gradients of one row; that of the gain is added to `dw`. Its length is a multiple of 16.
#[multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2+fma"))]
pub(super) fn backward(row: Row<'_>, eps: f32, dx: &mut [f32], dw: &mut [f32]) {
    let Row { x, w, g } = row;
    let n = x.len() as f32;
    let (mut squares, mut dots) = ([0.0f32; 16], [0.0f32; 16]);
    for ((x, w), g) in x.chunks_exact(16).zip(w.chunks_exact(16)).zip(g.chunks_exact(16)) {
        for i in 0..16 {
            squares[i] += x[i] * x[i];
            dots[i] += x[i] * w[i] * g[i];
        }
    }
    let r = 1.0 / (squares.iter().sum::<f32>() / n + eps).sqrt();
    let shared = dots.iter().sum::<f32>() * r * r * r / n;
    for i in 0..x.len() {
        dx[i] = w[i] * g[i] * r - x[i] * shared;
        dw[i] += g[i] * x[i] * r;
    }
}
