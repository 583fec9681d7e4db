//! Sixteen lanes of `f32`: as one AVX-512 register, two of AVX2, or an array for any other processor.
//!
//! A value of `Avx512` or `Avx2` is the proof that the processor has the instructions, so everything built
//! on it is safe. Other instruction sets have no version of their own.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod portable;

use self::portable::Portable;
#[cfg(target_arch = "x86_64")]
use self::{avx2::Avx2, avx512::Avx512};
use super::LANES;

/// A kernel: arguments that can be run on any kind of lanes.
pub(crate) trait Kernel {
    /// Computes. Implementations are `#[inline(always)]`, so that they are compiled for the lanes' processor.
    fn run<S: Simd>(self, simd: S);
}

/// The instruction set that kernels run on, found once.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Isa {
    /// AVX-512 registers.
    #[cfg(target_arch = "x86_64")]
    Avx512(Avx512),
    /// AVX2 registers with fused operations.
    #[cfg(target_arch = "x86_64")]
    Avx2(Avx2),
    /// Whatever the compiler makes of arrays.
    Portable,
}

impl Isa {
    /// The best instruction set of this processor.
    pub(crate) fn detect() -> Self {
        Self::available().next().unwrap_or(Self::Portable)
    }

    /// Every instruction set of this processor, the best one first.
    pub(crate) fn available() -> impl Iterator<Item = Self> {
        #[cfg(target_arch = "x86_64")]
        let own = Avx512::detect().map(Self::Avx512).into_iter().chain(Avx2::detect().map(Self::Avx2));
        #[cfg(not(target_arch = "x86_64"))]
        let own = std::iter::empty();
        own.chain([Self::Portable])
    }

    /// Runs a kernel.
    pub(crate) fn run(self, kernel: impl Kernel) {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512(simd) => simd.run(kernel),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(simd) => simd.run(kernel),
            Self::Portable => kernel.run(Portable),
        }
    }
}

/// Arithmetic on sixteen lanes.
pub(crate) trait Simd: Copy {
    /// Sixteen numbers.
    type V: Copy;

    fn splat(self, x: f32) -> Self::V;
    fn load(self, from: &[f32; LANES]) -> Self::V;
    /// Loads numbers stored as bfloat16, exactly.
    fn load_bf16(self, from: &[u16; LANES]) -> Self::V;
    /// Loads small whole numbers.
    fn load_i8(self, from: &[i8; LANES]) -> Self::V;
    /// Loads the lower halves of bytes, and the upper ones.
    fn load_nibbles(self, from: &[u8; LANES]) -> [Self::V; 2];
    fn store(self, v: Self::V, to: &mut [f32; LANES]);
    /// `a * b + c`.
    fn fma(self, a: Self::V, b: Self::V, c: Self::V) -> Self::V;
    fn mul(self, a: Self::V, b: Self::V) -> Self::V;
    fn div(self, a: Self::V, b: Self::V) -> Self::V;
    fn max(self, a: Self::V, b: Self::V) -> Self::V;
    fn round(self, a: Self::V) -> Self::V;
    /// `a * 2^n` for whole `n`.
    fn scale(self, a: Self::V, n: Self::V) -> Self::V;

    /// The sum of the lanes, always in the same order.
    #[inline(always)]
    fn sum(self, v: Self::V) -> f32 {
        let mut lanes = [0.0; LANES];
        self.store(v, &mut lanes);
        for half in [8, 4, 2, 1] {
            for i in 0..half {
                lanes[i] += lanes[i + half];
            }
        }
        lanes[0]
    }

    /// The largest lane.
    #[inline(always)]
    fn largest(self, v: Self::V) -> f32 {
        let mut lanes = [0.0; LANES];
        self.store(v, &mut lanes);
        lanes.into_iter().fold(f32::NEG_INFINITY, f32::max)
    }

    /// `e^x` to about one part in ten million; 0 far below, no larger than `e^88` above.
    #[inline(always)]
    fn exp(self, x: Self::V) -> Self::V {
        // e^x = 2^n * e^r with |r| <= ln(2)/2, and e^r by its Taylor polynomial.
        let x = self.max(x, self.splat(-104.0));
        let n = self.round(self.mul(x, self.splat(std::f32::consts::LOG2_E)));
        let r = self.fma(n, self.splat(-0.693_359_4), x);
        let r = self.fma(n, self.splat(2.121_944_4e-4), r);
        let mut p = self.splat(1.0 / 5040.0);
        for c in [1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0] {
            p = self.fma(p, r, self.splat(c));
        }
        self.scale(p, n)
    }
}
