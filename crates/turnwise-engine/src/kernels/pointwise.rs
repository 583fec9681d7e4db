//! What is done to each row by itself: norms, the gate of the feed-forward layer, the rotation of positions.

use super::{
    LANES,
    recurrence::silu,
    simd::{Kernel, Simd},
};

/// The kernel: the RMS norm of each row (Zhang and Sennrich 2019), times a weight.
pub(crate) struct Normalise<'a> {
    /// The rows, `[rows, width]`.
    pub(crate) x: &'a [f32],
    /// The weight, `[width]`.
    pub(crate) weight: &'a [f32],
    /// What keeps the root from zero.
    pub(crate) epsilon: f32,
    /// The normalised rows.
    pub(crate) out: &'a mut [f32],
}

impl Kernel for Normalise<'_> {
    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let width = self.weight.len();
        let (weight, _) = self.weight.as_chunks::<LANES>();
        for (x, out) in self.x.chunks_exact(width).zip(self.out.chunks_exact_mut(width)) {
            let (x, _) = x.as_chunks::<LANES>();
            let (out, _) = out.as_chunks_mut::<LANES>();
            let mut squares = simd.splat(0.0);
            for lanes in x {
                let v = simd.load(lanes);
                squares = simd.fma(v, v, squares);
            }
            let root = (simd.sum(squares) / width as f32 + self.epsilon).sqrt();
            let factor = simd.splat(1.0 / root);
            for ((x, weight), out) in x.iter().zip(weight).zip(out) {
                simd.store(simd.mul(simd.mul(simd.load(x), factor), simd.load(weight)), out);
            }
        }
    }
}

/// The kernel: `silu(gate) * up` (Shazeer 2020), where a row holds the gates and then the ups.
pub(crate) struct Gate<'a> {
    /// The rows, `[rows, 2 * width]`.
    pub(crate) x: &'a [f32],
    /// The results, `[rows, width]`.
    pub(crate) out: &'a mut [f32],
    /// The width of a result.
    pub(crate) width: usize,
}

impl Kernel for Gate<'_> {
    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        for (x, out) in self.x.chunks_exact(2 * self.width).zip(self.out.chunks_exact_mut(self.width)) {
            let (gate, up) = x.split_at(self.width);
            let ((gate, _), (up, _)) = (gate.as_chunks::<LANES>(), up.as_chunks::<LANES>());
            let (out, _) = out.as_chunks_mut::<LANES>();
            for ((gate, up), out) in gate.iter().zip(up).zip(out) {
                simd.store(simd.mul(silu(simd, simd.load(gate)), simd.load(up)), out);
            }
        }
    }
}

/// Rotates a head by its position (Su et al. 2021), first half against second half.
pub(crate) fn rotate(head: &mut [f32], cos: &[f32], sin: &[f32]) {
    let (first, second) = head.split_at_mut(cos.len());
    for ((a, b), (c, s)) in first.iter_mut().zip(second).zip(cos.iter().zip(sin)) {
        (*a, *b) = (*a * c - *b * s, *b * c + *a * s);
    }
}
