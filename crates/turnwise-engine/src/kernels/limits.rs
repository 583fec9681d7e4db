//! What a processor can do at most: additions in registers, and bytes read in order. Kernels are held against it.

use super::{
    LANES,
    simd::{Kernel, Simd},
};

/// As many sums as keep the pipelines full and fit the registers.
const SUMS: usize = 24;

/// Numbers read at once.
const STREAMS: usize = 8;

/// The kernel: fused additions on registers alone.
pub(crate) struct Additions<'a> {
    /// How often each of the sums is added to.
    pub(crate) rounds: u32,
    /// Takes the result, so that it has to be computed.
    pub(crate) out: &'a mut [f32; LANES],
}

impl Additions<'_> {
    /// The floating-point operations of so many rounds.
    pub(crate) fn operations(rounds: u32) -> f64 {
        2.0 * f64::from(rounds) * (SUMS * LANES) as f64
    }
}

impl Kernel for Additions<'_> {
    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let (factor, added) = (simd.load(self.out), simd.splat(0.5));
        let mut sums = [added; SUMS];
        for _ in 0..self.rounds {
            for sum in &mut sums {
                *sum = simd.fma(*sum, factor, added);
            }
        }
        let total = sums.into_iter().fold(added, |total, sum| simd.fma(sum, factor, total));
        simd.store(total, self.out);
    }
}

/// The kernel: reads numbers and sums them up.
pub(crate) struct Reading<'a> {
    /// The numbers.
    pub(crate) numbers: &'a [f32],
    /// Takes the sums, so that they have to be read.
    pub(crate) out: &'a mut [f32; LANES],
}

impl Kernel for Reading<'_> {
    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let one = simd.splat(1.0);
        let mut sums = [simd.splat(0.0); STREAMS];
        let (lanes, _) = self.numbers.as_chunks::<LANES>();
        let (groups, _) = lanes.as_chunks::<STREAMS>();
        for group in groups {
            for (sum, lanes) in sums.iter_mut().zip(group) {
                *sum = simd.fma(simd.load(lanes), one, *sum);
            }
        }
        let total = sums.into_iter().fold(one, |total, sum| simd.fma(sum, one, total));
        simd.store(total, self.out);
    }
}
