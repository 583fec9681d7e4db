//! Sixteen lanes as one AVX-512 register.
#![expect(unsafe_code, reason = "vector instructions; an `Avx512` is the proof that the processor has them")]

use std::arch::x86_64::{
    __m128i, __m256i, __m512, _mm512_and_si512, _mm512_castsi512_ps, _mm512_cvtepi8_epi32,
    _mm512_cvtepi32_ps, _mm512_cvtepu8_epi32, _mm512_cvtepu16_epi32, _mm512_div_ps, _mm512_fmadd_ps,
    _mm512_max_ps, _mm512_mul_ps, _mm512_roundscale_ps, _mm512_scalef_ps, _mm512_set1_epi32, _mm512_set1_ps,
    _mm512_slli_epi32, _mm512_srli_epi32,
};

use super::{Kernel, LANES, Simd};

/// The proof that the processor has AVX-512.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Avx512(());

impl Avx512 {
    /// The proof, where the processor has the instructions.
    pub(super) fn detect() -> Option<Self> {
        is_x86_feature_detected!("avx512f").then_some(Self(()))
    }

    /// Runs a kernel compiled for these instructions.
    pub(super) fn run(self, kernel: impl Kernel) {
        #[target_feature(enable = "avx512f")]
        fn compiled(simd: Avx512, kernel: impl Kernel) {
            kernel.run(simd);
        }
        // SAFETY: `self` proves AVX-512.
        unsafe { compiled(self, kernel) }
    }
}

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
        unsafe { from.as_ptr().cast::<__m512>().read_unaligned() }
    }
    #[inline(always)]
    fn load_bf16(self, from: &[u16; LANES]) -> __m512 {
        // SAFETY: `self` proves AVX-512, and the array holds the 32 bytes read.
        unsafe {
            let bits = _mm512_cvtepu16_epi32(from.as_ptr().cast::<__m256i>().read_unaligned());
            _mm512_castsi512_ps(_mm512_slli_epi32::<16>(bits))
        }
    }
    #[inline(always)]
    fn load_i8(self, from: &[i8; LANES]) -> __m512 {
        // SAFETY: `self` proves AVX-512, and the array holds the 16 bytes read.
        unsafe {
            let bytes = from.as_ptr().cast::<__m128i>().read_unaligned();
            _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(bytes))
        }
    }
    #[inline(always)]
    fn load_nibbles(self, from: &[u8; LANES]) -> [__m512; 2] {
        // SAFETY: `self` proves AVX-512, and the array holds the 16 bytes read.
        unsafe {
            let bytes = _mm512_cvtepu8_epi32(from.as_ptr().cast::<__m128i>().read_unaligned());
            let low = _mm512_and_si512(bytes, _mm512_set1_epi32(15));
            [_mm512_cvtepi32_ps(low), _mm512_cvtepi32_ps(_mm512_srli_epi32::<4>(bytes))]
        }
    }
    #[inline(always)]
    fn store(self, v: __m512, to: &mut [f32; LANES]) {
        // SAFETY: `self` proves AVX-512, and the array holds the 64 bytes written.
        unsafe { to.as_mut_ptr().cast::<__m512>().write_unaligned(v) }
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
