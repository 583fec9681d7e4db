//! Sixteen lanes as an array, for any processor.

use super::{LANES, Simd};

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
    fn load_i8(self, from: &[i8; LANES]) -> Self::V {
        from.map(f32::from)
    }
    #[inline(always)]
    fn load_nibbles(self, from: &[u8; LANES]) -> [Self::V; 2] {
        [from.map(|byte| f32::from(byte & 15)), from.map(|byte| f32::from(byte >> 4))]
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
