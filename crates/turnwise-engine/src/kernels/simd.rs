//! Sixteen lanes of `f32`: as one AVX-512 register, or as an array for any other processor.
//!
//! A value of [`Avx512`] is the proof that the processor has the instructions, so everything built on it is
//! safe. No other instruction set has a version of its own.

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
    /// Whatever the compiler makes of arrays.
    Portable,
}

impl Isa {
    /// The best instruction set of this processor.
    pub(crate) fn detect() -> Self {
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx512f") {
            return Self::Avx512(Avx512(()));
        }
        Self::Portable
    }

    /// Runs a kernel.
    pub(crate) fn run(self, kernel: impl Kernel) {
        match self {
            #[cfg(target_arch = "x86_64")]
            #[expect(unsafe_code, reason = "calls a function compiled for more than the baseline processor")]
            // SAFETY: an `Avx512` exists only after the processor was seen to have AVX-512.
            Self::Avx512(simd) => unsafe { run_avx512(simd, kernel) },
            Self::Portable => kernel.run(Portable),
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
fn run_avx512(simd: Avx512, kernel: impl Kernel) {
    kernel.run(simd);
}

/// Arithmetic on sixteen lanes.
pub(crate) trait Simd: Copy {
    /// Sixteen numbers.
    type V: Copy;

    fn splat(self, x: f32) -> Self::V;
    fn load(self, from: &[f32; LANES]) -> Self::V;
    /// Loads numbers stored as bfloat16, exactly.
    fn load_bf16(self, from: &[u16; LANES]) -> Self::V;
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

/// Lanes as an array.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Portable;

impl Portable {
    #[inline(always)]
    fn zip(a: [f32; LANES], b: [f32; LANES], f: impl Fn(f32, f32) -> f32) -> [f32; LANES] {
        let mut out = a;
        for (x, y) in out.iter_mut().zip(b) {
            *x = f(*x, y);
        }
        out
    }
}

impl Simd for Portable {
    type V = [f32; LANES];

    #[inline(always)]
    fn splat(self, x: f32) -> Self::V {
        [x; LANES]
    }
    #[inline(always)]
    fn load(self, from: &[f32; LANES]) -> Self::V {
        *from
    }
    #[inline(always)]
    fn load_bf16(self, from: &[u16; LANES]) -> Self::V {
        from.map(|bits| f32::from_bits(u32::from(bits) << 16))
    }
    #[inline(always)]
    fn store(self, v: Self::V, to: &mut [f32; LANES]) {
        *to = v;
    }
    #[inline(always)]
    fn fma(self, a: Self::V, b: Self::V, c: Self::V) -> Self::V {
        // Two roundings: a fused operation would be a slow library call on a processor without one.
        Self::zip(Self::zip(a, b, |x, y| x * y), c, |x, y| x + y)
    }
    #[inline(always)]
    fn mul(self, a: Self::V, b: Self::V) -> Self::V {
        Self::zip(a, b, |x, y| x * y)
    }
    #[inline(always)]
    fn div(self, a: Self::V, b: Self::V) -> Self::V {
        Self::zip(a, b, |x, y| x / y)
    }
    #[inline(always)]
    fn max(self, a: Self::V, b: Self::V) -> Self::V {
        Self::zip(a, b, f32::max)
    }
    #[inline(always)]
    fn round(self, a: Self::V) -> Self::V {
        a.map(f32::round_ties_even)
    }
    #[inline(always)]
    fn scale(self, a: Self::V, n: Self::V) -> Self::V {
        Self::zip(a, n, |x, n| {
            #[expect(clippy::cast_possible_truncation, reason = "a whole number between the clamped bounds")]
            let n = n.clamp(-126.0, 127.0) as i32;
            x * f32::from_bits((n + 127).cast_unsigned() << 23)
        })
    }
}

#[cfg(target_arch = "x86_64")]
pub(crate) use x86::Avx512;

#[cfg(target_arch = "x86_64")]
#[expect(unsafe_code, reason = "vector instructions; an `Avx512` is the proof that the processor has them")]
mod x86 {
    //! Every block below is sound for the same reason: the caller holds an [`Avx512`].

    use std::arch::x86_64::{
        __m512, _mm256_loadu_si256, _mm512_castsi512_ps, _mm512_cvtepu16_epi32, _mm512_div_ps,
        _mm512_fmadd_ps, _mm512_loadu_ps, _mm512_max_ps, _mm512_mul_ps, _mm512_roundscale_ps,
        _mm512_scalef_ps, _mm512_set1_ps, _mm512_slli_epi32, _mm512_storeu_ps,
    };

    use super::{LANES, Simd};

    /// The proof that the processor has AVX-512.
    #[derive(Clone, Copy, Debug)]
    pub(crate) struct Avx512(pub(super) ());

    impl Simd for Avx512 {
        type V = __m512;

        #[inline(always)]
        fn splat(self, x: f32) -> __m512 {
            // SAFETY: `self` proves AVX-512.
            unsafe { _mm512_set1_ps(x) }
        }
        #[inline(always)]
        fn load(self, from: &[f32; LANES]) -> __m512 {
            // SAFETY: `self` proves AVX-512, and the array holds the 64 bytes read.
            unsafe { _mm512_loadu_ps(from.as_ptr()) }
        }
        #[inline(always)]
        fn load_bf16(self, from: &[u16; LANES]) -> __m512 {
            // SAFETY: `self` proves AVX-512, and the array holds the 32 bytes read.
            unsafe {
                let bits = _mm512_cvtepu16_epi32(_mm256_loadu_si256(from.as_ptr().cast()));
                _mm512_castsi512_ps(_mm512_slli_epi32::<16>(bits))
            }
        }
        #[inline(always)]
        fn store(self, v: __m512, to: &mut [f32; LANES]) {
            // SAFETY: `self` proves AVX-512, and the array holds the 64 bytes written.
            unsafe { _mm512_storeu_ps(to.as_mut_ptr(), v) }
        }
        #[inline(always)]
        fn fma(self, a: __m512, b: __m512, c: __m512) -> __m512 {
            // SAFETY: `self` proves AVX-512.
            unsafe { _mm512_fmadd_ps(a, b, c) }
        }
        #[inline(always)]
        fn mul(self, a: __m512, b: __m512) -> __m512 {
            // SAFETY: `self` proves AVX-512.
            unsafe { _mm512_mul_ps(a, b) }
        }
        #[inline(always)]
        fn div(self, a: __m512, b: __m512) -> __m512 {
            // SAFETY: `self` proves AVX-512.
            unsafe { _mm512_div_ps(a, b) }
        }
        #[inline(always)]
        fn max(self, a: __m512, b: __m512) -> __m512 {
            // SAFETY: `self` proves AVX-512.
            unsafe { _mm512_max_ps(a, b) }
        }
        #[inline(always)]
        fn round(self, a: __m512) -> __m512 {
            // SAFETY: `self` proves AVX-512.
            unsafe { _mm512_roundscale_ps::<0>(a) }
        }
        #[inline(always)]
        fn scale(self, a: __m512, n: __m512) -> __m512 {
            // SAFETY: `self` proves AVX-512.
            unsafe { _mm512_scalef_ps(a, n) }
        }
    }
}
