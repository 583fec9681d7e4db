//! Sixteen lanes as two AVX2 registers.
#![expect(unsafe_code, reason = "vector instructions; an `Avx2` is the proof that the processor has them")]

use std::arch::x86_64::{
    __m128i, __m256, _MM_FROUND_NO_EXC, _MM_FROUND_TO_NEAREST_INT, _mm_srli_si128, _mm256_add_epi32,
    _mm256_and_si256, _mm256_castsi256_ps, _mm256_cvtepi8_epi32, _mm256_cvtepi32_ps, _mm256_cvtepu8_epi32,
    _mm256_cvtepu16_epi32, _mm256_cvtps_epi32, _mm256_div_ps, _mm256_fmadd_ps, _mm256_max_ps, _mm256_min_ps,
    _mm256_mul_ps, _mm256_round_ps, _mm256_set1_epi32, _mm256_set1_ps, _mm256_slli_epi32, _mm256_srli_epi32,
};

use super::{Kernel, LANES, Simd};

/// The proof that the processor has AVX2 and fused multiplication and addition.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Avx2(());

impl Avx2 {
    /// The proof, where the processor has the instructions.
    pub(super) fn detect() -> Option<Self> {
        (is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma")).then_some(Self(()))
    }

    /// Runs a kernel compiled for these instructions.
    pub(super) fn run(self, kernel: impl Kernel) {
        #[target_feature(enable = "avx2,fma")]
        fn compiled(simd: Avx2, kernel: impl Kernel) {
            kernel.run(simd);
        }
        // SAFETY: `self` proves AVX2 and FMA.
        unsafe { compiled(self, kernel) }
    }
}

impl Simd for Avx2 {
    type V = [__m256; 2];

    #[inline(always)]
    fn splat(self, x: f32) -> Self::V {
        // SAFETY: `self` proves AVX2.
        unsafe { [_mm256_set1_ps(x); 2] }
    }
    #[inline(always)]
    fn load(self, from: &[f32; LANES]) -> Self::V {
        // SAFETY: the array holds the 64 bytes read, and any bits are numbers.
        unsafe { from.as_ptr().cast::<Self::V>().read_unaligned() }
    }
    #[inline(always)]
    fn load_bf16(self, from: &[u16; LANES]) -> Self::V {
        // SAFETY: `self` proves AVX2, and the array holds the 32 bytes read.
        unsafe {
            let [low, high] = from.as_ptr().cast::<[__m128i; 2]>().read_unaligned();
            [
                _mm256_castsi256_ps(_mm256_slli_epi32::<16>(_mm256_cvtepu16_epi32(low))),
                _mm256_castsi256_ps(_mm256_slli_epi32::<16>(_mm256_cvtepu16_epi32(high))),
            ]
        }
    }
    #[inline(always)]
    fn load_i8(self, from: &[i8; LANES]) -> Self::V {
        // SAFETY: `self` proves AVX2, and the array holds the 16 bytes read.
        unsafe {
            let bytes = from.as_ptr().cast::<__m128i>().read_unaligned();
            let half = |bytes| _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(bytes));
            [half(bytes), half(_mm_srli_si128::<8>(bytes))]
        }
    }
    #[inline(always)]
    fn load_nibbles(self, from: &[u8; LANES]) -> [Self::V; 2] {
        // SAFETY: `self` proves AVX2, and the array holds the 16 bytes read.
        unsafe {
            let bytes = from.as_ptr().cast::<__m128i>().read_unaligned();
            let halves = [bytes, _mm_srli_si128::<8>(bytes)].map(|half| _mm256_cvtepu8_epi32(half));
            let low = halves.map(|half| _mm256_cvtepi32_ps(_mm256_and_si256(half, _mm256_set1_epi32(15))));
            [low, halves.map(|half| _mm256_cvtepi32_ps(_mm256_srli_epi32::<4>(half)))]
        }
    }
    #[inline(always)]
    fn store(self, v: Self::V, to: &mut [f32; LANES]) {
        // SAFETY: the array holds the 64 bytes written.
        unsafe { to.as_mut_ptr().cast::<Self::V>().write_unaligned(v) }
    }
    #[inline(always)]
    fn fma(self, a: Self::V, b: Self::V, c: Self::V) -> Self::V {
        // SAFETY: `self` proves FMA.
        unsafe { [_mm256_fmadd_ps(a[0], b[0], c[0]), _mm256_fmadd_ps(a[1], b[1], c[1])] }
    }
    #[inline(always)]
    fn mul(self, a: Self::V, b: Self::V) -> Self::V {
        // SAFETY: `self` proves AVX2.
        unsafe { [_mm256_mul_ps(a[0], b[0]), _mm256_mul_ps(a[1], b[1])] }
    }
    #[inline(always)]
    fn div(self, a: Self::V, b: Self::V) -> Self::V {
        // SAFETY: `self` proves AVX2.
        unsafe { [_mm256_div_ps(a[0], b[0]), _mm256_div_ps(a[1], b[1])] }
    }
    #[inline(always)]
    fn max(self, a: Self::V, b: Self::V) -> Self::V {
        // SAFETY: `self` proves AVX2.
        unsafe { [_mm256_max_ps(a[0], b[0]), _mm256_max_ps(a[1], b[1])] }
    }
    #[inline(always)]
    fn round(self, a: Self::V) -> Self::V {
        const NEAREST: i32 = _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC;
        // SAFETY: `self` proves AVX2.
        unsafe { [_mm256_round_ps::<NEAREST>(a[0]), _mm256_round_ps::<NEAREST>(a[1])] }
    }
    #[inline(always)]
    fn scale(self, a: Self::V, n: Self::V) -> Self::V {
        // SAFETY: `self` proves AVX2.
        unsafe { [scale_half(a[0], n[0]), scale_half(a[1], n[1])] }
    }
}

/// `a * 2^n`, by making the exponent of a float.
#[target_feature(enable = "avx2")]
#[inline]
fn scale_half(a: __m256, n: __m256) -> __m256 {
    let n = _mm256_min_ps(_mm256_max_ps(n, _mm256_set1_ps(-126.0)), _mm256_set1_ps(127.0));
    let bits = _mm256_slli_epi32::<23>(_mm256_add_epi32(_mm256_cvtps_epi32(n), _mm256_set1_epi32(127)));
    _mm256_mul_ps(a, _mm256_castsi256_ps(bits))
}
