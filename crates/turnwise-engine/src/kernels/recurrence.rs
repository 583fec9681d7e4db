//! The two recurrent steps of Mamba (Gu and Dao 2023): a short convolution over positions, and the selective
//! scan. Channels lie side by side in the lanes; positions come one after another.

use super::{
    LANES,
    simd::{Kernel, Simd},
};

/// The kernel: `silu(convolution + bias)` of each channel over its last positions.
pub(crate) struct Convolve<'a> {
    /// `[taps, width]`, the tap of the newest position last.
    pub(crate) weight: &'a [f32],
    /// `[width]`.
    pub(crate) bias: &'a [f32],
    /// The inputs before the first row, `[taps - 1, width]`; afterwards those before the next one.
    pub(crate) state: &'a mut [f32],
    /// Rows that begin with `width` inputs, `[rows, stride]`.
    pub(crate) x: &'a [f32],
    /// From one row of inputs to the next.
    pub(crate) stride: usize,
    /// `[rows, width]`.
    pub(crate) out: &'a mut [f32],
}

impl Kernel for Convolve<'_> {
    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let width = self.bias.len();
        let lanes = width / LANES;
        let (weight, _) = self.weight.as_chunks::<LANES>();
        let (bias, _) = self.bias.as_chunks::<LANES>();
        for (x, out) in self.x.chunks_exact(self.stride).zip(self.out.chunks_exact_mut(width)) {
            let (now, _) = x[..width].as_chunks::<LANES>();
            let (before, _) = self.state.as_chunks::<LANES>();
            let (out, _) = out.as_chunks_mut::<LANES>();
            for c in 0..lanes {
                let mut sum = simd.load(&bias[c]);
                let (taps, newest) = weight.split_at(weight.len() - lanes);
                for (tap, x) in taps.chunks_exact(lanes).zip(before.chunks_exact(lanes)) {
                    sum = simd.fma(simd.load(&tap[c]), simd.load(&x[c]), sum);
                }
                sum = simd.fma(simd.load(&newest[c]), simd.load(&now[c]), sum);
                simd.store(silu(simd, sum), &mut out[c]);
            }
            if let Some(kept) = self.state.len().checked_sub(width) {
                self.state.copy_within(width.., 0);
                self.state[kept..].copy_from_slice(&x[..width]);
            }
        }
    }
}

/// The kernel: `state = e^(step * decay) * state + step * x * b`, and from it `(state * c + skip * x) *
/// silu(gate)`, position after position.
pub(crate) struct Scan<'a> {
    /// How fast each state fades, `[states, width]`, negative.
    pub(crate) decay: &'a [f32],
    /// What of the input is added to the output, `[width]`.
    pub(crate) skip: &'a [f32],
    /// `[states, width]`.
    pub(crate) state: &'a mut [f32],
    /// `[rows, width]`.
    pub(crate) x: &'a [f32],
    /// `[rows, width]`, positive.
    pub(crate) steps: &'a [f32],
    /// What goes into the states and what comes out of them, `[rows, 2 * states]`.
    pub(crate) in_out: &'a [f32],
    /// Rows whose second half is the gate, `[rows, 2 * width]`.
    pub(crate) gates: &'a [f32],
    /// `[rows, width]`.
    pub(crate) out: &'a mut [f32],
}

impl Kernel for Scan<'_> {
    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let width = self.skip.len();
        let lanes = width / LANES;
        let states = self.decay.len() / width;
        let (decay, _) = self.decay.as_chunks::<LANES>();
        let (skip, _) = self.skip.as_chunks::<LANES>();
        let (state, _) = self.state.as_chunks_mut::<LANES>();
        for (row, out) in self.out.chunks_exact_mut(width).enumerate() {
            let (x, _) = self.x[row * width..][..width].as_chunks::<LANES>();
            let (steps, _) = self.steps[row * width..][..width].as_chunks::<LANES>();
            let (gates, _) = self.gates[(2 * row + 1) * width..][..width].as_chunks::<LANES>();
            let (enter, leave) = self.in_out[2 * row * states..][..2 * states].split_at(states);
            let (out, _) = out.as_chunks_mut::<LANES>();
            for c in 0..lanes {
                let (x, step) = (simd.load(&x[c]), simd.load(&steps[c]));
                let grown = simd.mul(x, step);
                let mut sum = simd.mul(x, simd.load(&skip[c]));
                for n in 0..states {
                    let at = n * lanes + c;
                    let kept = simd.exp(simd.mul(step, simd.load(&decay[at])));
                    let added = simd.mul(grown, simd.splat(enter[n]));
                    let now = simd.fma(kept, simd.load(&state[at]), added);
                    simd.store(now, &mut state[at]);
                    sum = simd.fma(now, simd.splat(leave[n]), sum);
                }
                simd.store(simd.mul(sum, silu(simd, simd.load(&gates[c]))), &mut out[c]);
            }
        }
    }
}

#[inline(always)]
pub(super) fn silu<S: Simd>(simd: S, x: S::V) -> S::V {
    let one = simd.splat(1.0);
    let grown = simd.exp(simd.mul(x, simd.splat(-1.0)));
    simd.div(x, simd.fma(grown, one, one))
}

/// `ln(1 + e^x)`, which keeps steps positive.
pub(crate) fn softplus(x: f32) -> f32 {
    if x > 20.0 { x } else { x.exp().ln_1p() }
}
