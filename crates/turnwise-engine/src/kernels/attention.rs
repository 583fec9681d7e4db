//! Attention of some queries over the cached keys and values of one sequence and one key head.
//!
//! Keys lie in blocks of sixteen positions, dimension after dimension, so that sixteen scores are computed
//! side by side; values lie position after position. Blocks are gathered in pages of 64 positions, the unit
//! in which a cache grows.

use std::ops::Range;

use super::{
    LANES,
    simd::{Kernel, Simd},
};

/// Positions in a page.
pub(crate) const PAGE: usize = 64;

const BLOCKS: usize = PAGE / LANES;

/// The kernel: the queries `[rows, heads, width]` of one key head, row `i` seeing `seen + i` positions.
pub(crate) struct Attention<'a, 'o> {
    /// For each page its keys, `[4 blocks][width][16]`, and its values, `[64][width]`.
    pub(crate) pages: &'a [(&'a [f32], &'a [f32])],
    /// The queries, already rotated; a query is `width` long.
    pub(crate) queries: &'a [&'a [f32]],
    /// Queries that share this key head in one row.
    pub(crate) heads: usize,
    /// Positions that the first row sees, itself included.
    pub(crate) seen: usize,
    /// How many of the positions before it, itself included, a row really looks at.
    pub(crate) window: usize,
    /// Room for scores; its content does not matter.
    pub(crate) scores: &'a mut Vec<f32>,
    /// For each query where its result goes, `width` long.
    pub(crate) out: &'a mut [&'o mut [f32]],
}

impl Kernel for Attention<'_, '_> {
    #[inline(always)]
    fn run<S: Simd>(mut self, simd: S) {
        let mut first = 0;
        while first < self.queries.len() {
            first += match self.queries.len() - first {
                4.. => self.tile::<S, 4>(simd, first),
                2.. => self.tile::<S, 2>(simd, first),
                _ => self.tile::<S, 1>(simd, first),
            };
        }
    }
}

impl Attention<'_, '_> {
    /// `Q` queries together, as they read the same keys. Returns `Q`.
    #[inline(always)]
    fn tile<S: Simd, const Q: usize>(&mut self, simd: S, first: usize) -> usize {
        // Pages that lie before the window of every query are not read at all.
        let start = self.passed_by(first) / PAGE;
        let stride = (self.seen_by(first + Q - 1).div_ceil(PAGE) - start) * PAGE;
        self.scores.resize(self.scores.len().max(Q * stride), 0.0);
        self.score::<S, Q>(simd, first, start, stride);
        let mut shares = [0.0; Q];
        for (q, share) in shares.iter_mut().enumerate() {
            let looks_at = self.passed_by(first + q) - start * PAGE..self.seen_by(first + q) - start * PAGE;
            *share = 1.0 / weigh(simd, &mut self.scores[q * stride..][..stride], looks_at);
        }
        let groups = self.queries[first].len() / LANES;
        let mut group = 0;
        while group < groups {
            group += match groups - group {
                2.. => self.gather::<S, Q, 2>(simd, (first, start), group, shares),
                _ => self.gather::<S, Q, 1>(simd, (first, start), group, shares),
            };
        }
        Q
    }

    #[inline(always)]
    fn seen_by(&self, query: usize) -> usize {
        self.seen + query / self.heads
    }

    /// How many positions lie before a query's window.
    #[inline(always)]
    fn passed_by(&self, query: usize) -> usize {
        self.seen_by(query).saturating_sub(self.window)
    }

    /// Scores against every page that some query of the tile looks at, from page `start` on.
    #[inline(always)]
    fn score<S: Simd, const Q: usize>(&mut self, simd: S, first: usize, start: usize, stride: usize) {
        let width = self.queries[first].len();
        let scale = simd.splat(1.0 / (width as f32).sqrt());
        let mut queries: [&[f32]; Q] = [&[]; Q];
        queries.copy_from_slice(&self.queries[first..first + Q]);
        for (page, (keys, _)) in self.pages[start..][..stride / PAGE].iter().enumerate() {
            let (keys, _) = keys.as_chunks::<LANES>();
            let mut blocks: [&[[f32; LANES]]; BLOCKS] = [&[]; BLOCKS];
            for (b, block) in blocks.iter_mut().enumerate() {
                *block = &keys[b * width..][..width];
            }
            let mut sums = [[simd.splat(0.0); BLOCKS]; Q];
            for d in 0..width {
                let mut k = [simd.splat(0.0); BLOCKS];
                for b in 0..BLOCKS {
                    k[b] = simd.load(&blocks[b][d]);
                }
                for q in 0..Q {
                    let x = simd.splat(queries[q][d]);
                    for b in 0..BLOCKS {
                        sums[q][b] = simd.fma(k[b], x, sums[q][b]);
                    }
                }
            }
            for (q, sums) in sums.into_iter().enumerate() {
                let (to, _) = self.scores[q * stride + page * PAGE..].as_chunks_mut::<LANES>();
                for (to, sum) in to.iter_mut().zip(sums) {
                    simd.store(simd.mul(sum, scale), to);
                }
            }
        }
    }

    /// The weighted sum of `J` groups of sixteen value dimensions. Returns `J`.
    #[inline(always)]
    fn gather<S: Simd, const Q: usize, const J: usize>(
        &mut self,
        simd: S,
        (first, start): (usize, usize),
        group: usize,
        shares: [f32; Q],
    ) -> usize {
        let width = self.queries[first].len();
        let last_seen = self.seen_by(first + Q - 1) - start * PAGE;
        let stride = last_seen.div_ceil(PAGE) * PAGE;
        let mut sums = [[simd.splat(0.0); J]; Q];
        for (page, (_, values)) in self.pages[start..][..stride / PAGE].iter().enumerate() {
            let positions = (last_seen - page * PAGE).min(PAGE);
            let mut weights: [&[f32]; Q] = [&[]; Q];
            for (q, slot) in weights.iter_mut().enumerate() {
                *slot = &self.scores[q * stride + page * PAGE..][..positions];
            }
            let (values, _) = values.as_chunks::<LANES>();
            for t in 0..positions {
                let at = &values[t * (width / LANES) + group..][..J];
                let mut value = [simd.splat(0.0); J];
                for j in 0..J {
                    value[j] = simd.load(&at[j]);
                }
                for q in 0..Q {
                    let weight = simd.splat(weights[q][t]);
                    for j in 0..J {
                        sums[q][j] = simd.fma(value[j], weight, sums[q][j]);
                    }
                }
            }
        }
        for (q, sums) in sums.into_iter().enumerate() {
            let (out, _) = self.out[first + q].as_chunks_mut::<LANES>();
            for (j, sum) in sums.into_iter().enumerate() {
                simd.store(simd.mul(sum, simd.splat(shares[q])), &mut out[group + j]);
            }
        }
        J
    }
}

/// Turns scores into weights `e^(score - largest)`, 0 where it does not look, and returns their sum.
#[inline(always)]
fn weigh<S: Simd>(simd: S, scores: &mut [f32], looks_at: Range<usize>) -> f32 {
    scores[..looks_at.start].fill(f32::NEG_INFINITY);
    scores[looks_at.end..].fill(f32::NEG_INFINITY);
    let (scores, _) = scores.as_chunks_mut::<LANES>();
    let mut largest = simd.splat(f32::NEG_INFINITY);
    for lanes in scores.iter() {
        largest = simd.max(largest, simd.load(lanes));
    }
    let shift = simd.splat(-simd.largest(largest));
    let mut sum = simd.splat(0.0);
    for lanes in scores.iter_mut() {
        let weight = simd.exp(simd.fma(simd.load(lanes), simd.splat(1.0), shift));
        sum = simd.fma(weight, simd.splat(1.0), sum);
        simd.store(weight, lanes);
    }
    let total = simd.sum(sum);
    // The exponential of minus infinity is tiny, not zero.
    let scores = scores.as_flattened_mut();
    scores[..looks_at.start].fill(0.0);
    scores[looks_at.end..].fill(0.0);
    total
}
