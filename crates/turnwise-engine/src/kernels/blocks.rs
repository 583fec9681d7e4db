//! Quantised weight matrices packed for the lanes: small whole numbers, with a scale and an offset for each
//! group of inputs.
//!
//! A weight is widened in registers, by one fused operation, to exactly the number that the format says it
//! stands for, and then used like any other. So a quantised matrix gives the bits that its widened one gives,
//! for a half to an eighth of the memory traffic, and activations are never rounded.

use super::{
    LANES,
    panels::{Tile, put},
    simd::Simd,
};

/// One output's weights: `scale * quant + offset`, with a scale and an offset for each group of inputs.
#[derive(Clone, Debug, Default)]
pub(crate) struct BlockRow {
    pub(crate) quants: Vec<i8>,
    pub(crate) scales: Vec<f32>,
    pub(crate) offsets: Vec<f32>,
}

/// How the whole numbers are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Digits {
    /// A byte each, from -128 to 127.
    Bytes,
    /// Two in a byte, from 0 to 15.
    Nibbles,
}

/// A quantised matrix, packed: panels of sixteen outputs, input after input.
#[derive(Debug)]
pub(crate) struct Blocks {
    outputs: usize,
    inputs: usize,
    /// Inputs that share a scale and an offset; even.
    group: usize,
    quants: Quants,
    scales: Vec<[f32; LANES]>,
    offsets: Vec<[f32; LANES]>,
}

#[derive(Debug)]
enum Quants {
    Bytes(Vec<[i8; LANES]>),
    /// The lower half of a byte belongs to the earlier input of two.
    Nibbles(Vec<[u8; LANES]>),
}

impl Blocks {
    /// Packs rows of `inputs` weights. The last panel is filled up with zeros.
    pub(crate) fn pack(rows: &[BlockRow], inputs: usize, group: usize, digits: Digits) -> Self {
        let panels = rows.len().div_ceil(LANES);
        let groups = inputs / group;
        let mut scales = vec![[0.0; LANES]; panels * groups];
        let mut offsets = scales.clone();
        let mut quants = match digits {
            Digits::Bytes => Quants::Bytes(vec![[0; LANES]; panels * inputs]),
            Digits::Nibbles => Quants::Nibbles(vec![[0; LANES]; panels * inputs / 2]),
        };
        for (output, row) in rows.iter().enumerate() {
            let (panel, lane) = (output / LANES, output % LANES);
            let spread = |to: &mut [[f32; LANES]], from: &[f32]| {
                to[panel * groups..].iter_mut().zip(from).for_each(|(to, &x)| to[lane] = x);
            };
            spread(&mut scales, &row.scales);
            spread(&mut offsets, &row.offsets);
            match &mut quants {
                Quants::Bytes(to) => {
                    to[panel * inputs..].iter_mut().zip(&row.quants).for_each(|(to, &q)| to[lane] = q);
                }
                Quants::Nibbles(to) => {
                    let pairs = row.quants.as_chunks::<2>().0.iter();
                    let to = to[panel * inputs / 2..].iter_mut().zip(pairs);
                    to.for_each(|(to, [low, high])| {
                        to[lane] = low.cast_unsigned() | high.cast_unsigned() << 4;
                    });
                }
            }
        }
        Self { outputs: rows.len(), inputs, group, quants, scales, offsets }
    }

    /// The bytes that it takes.
    pub(crate) fn bytes(&self) -> usize {
        let quants = match &self.quants {
            Quants::Bytes(quants) => size_of_val(quants.as_slice()),
            Quants::Nibbles(quants) => size_of_val(quants.as_slice()),
        };
        quants + size_of_val(self.scales.as_slice()) + size_of_val(self.offsets.as_slice())
    }

    /// How many numbers a product has.
    pub(crate) fn outputs(&self) -> usize {
        self.outputs
    }

    /// How many numbers a product is made of.
    pub(crate) fn inputs(&self) -> usize {
        self.inputs
    }

    /// Writes the weights of one output: an embedding, where the matrix is an embedding table.
    pub(crate) fn copy_row(&self, output: usize, to: &mut [f32]) {
        let (panel, lane) = (output / LANES, output % LANES);
        for (input, to) in to.iter_mut().enumerate() {
            let quant = match &self.quants {
                Quants::Bytes(quants) => f32::from(quants[panel * self.inputs + input][lane]),
                Quants::Nibbles(quants) => {
                    let pair = quants[(panel * self.inputs + input) / 2][lane];
                    f32::from(if input.is_multiple_of(2) { pair & 15 } else { pair >> 4 })
                }
            };
            let group = (panel * self.inputs + input) / self.group;
            *to = quant.mul_add(self.scales[group][lane], self.offsets[group][lane]);
        }
    }
}

impl Blocks {
    /// Writes the weights of one panel, input after input.
    #[inline(always)]
    pub(super) fn widen<S: Simd>(&self, simd: S, panel: usize, to: &mut [[f32; LANES]]) {
        for (g, to) in to.chunks_exact_mut(self.group).enumerate() {
            let (group, first) = (panel * self.inputs / self.group + g, panel * self.inputs + g * self.group);
            let (scale, offset) = (simd.load(&self.scales[group]), simd.load(&self.offsets[group]));
            match &self.quants {
                Quants::Bytes(quants) => {
                    for (to, quants) in to.iter_mut().zip(&quants[first..]) {
                        simd.store(simd.fma(simd.load_i8(quants), scale, offset), to);
                    }
                }
                Quants::Nibbles(quants) => {
                    for (to, quants) in to.as_chunks_mut::<2>().0.iter_mut().zip(&quants[first / 2..]) {
                        let [low, high] = simd.load_nibbles(quants);
                        simd.store(simd.fma(low, scale, offset), &mut to[0]);
                        simd.store(simd.fma(high, scale, offset), &mut to[1]);
                    }
                }
            }
        }
    }
}

/// The product of a quantised matrix with rows.
pub(super) struct BlockProduct<'a, 'o, S> {
    pub(super) simd: S,
    pub(super) blocks: &'a Blocks,
    /// The first panel of the piece, and how many it has.
    pub(super) panel: usize,
    pub(super) panels: usize,
    pub(super) x: &'a [f32],
    /// For each row its products from that panel on.
    pub(super) out: &'a mut [&'o mut [f32]],
}

impl<S: Simd> Tile for BlockProduct<'_, '_, S> {
    #[inline(always)]
    fn shape(&self) -> (usize, usize) {
        (self.out.len(), self.panels)
    }

    #[expect(clippy::needless_range_loop, reason = "several arrays are walked side by side")]
    #[inline(always)]
    fn tile<const P: usize, const B: usize>(&mut self, panel: usize, row: usize) {
        let (simd, inputs, group) = (self.simd, self.blocks.inputs, self.blocks.group);
        let (groups, first) = (inputs / group, self.panel + panel);
        let mut sums = [[simd.splat(0.0); P]; B];
        for g in 0..groups {
            let mut scale = [simd.splat(0.0); P];
            let mut offset = [simd.splat(0.0); P];
            for p in 0..P {
                scale[p] = simd.load(&self.blocks.scales[(first + p) * groups + g]);
                offset[p] = simd.load(&self.blocks.offsets[(first + p) * groups + g]);
            }
            let mut x: [&[f32]; B] = [&[]; B];
            for (b, slot) in x.iter_mut().enumerate() {
                *slot = &self.x[(row + b) * inputs + g * group..][..group];
            }
            match &self.blocks.quants {
                Quants::Bytes(quants) => {
                    let mut panels: [&[[i8; LANES]]; P] = [&[]; P];
                    for (p, slot) in panels.iter_mut().enumerate() {
                        *slot = &quants[(first + p) * inputs + g * group..][..group];
                    }
                    for k in 0..group {
                        let mut w = [simd.splat(0.0); P];
                        for p in 0..P {
                            w[p] = simd.fma(simd.load_i8(&panels[p][k]), scale[p], offset[p]);
                        }
                        add_products(simd, &mut sums, &w, &x, k);
                    }
                }
                Quants::Nibbles(quants) => {
                    let mut panels: [&[[u8; LANES]]; P] = [&[]; P];
                    for (p, slot) in panels.iter_mut().enumerate() {
                        *slot = &quants[((first + p) * inputs + g * group) / 2..][..group / 2];
                    }
                    for pair in 0..group / 2 {
                        let mut low = [simd.splat(0.0); P];
                        let mut high = [simd.splat(0.0); P];
                        for p in 0..P {
                            let [first, second] = simd.load_nibbles(&panels[p][pair]);
                            low[p] = simd.fma(first, scale[p], offset[p]);
                            high[p] = simd.fma(second, scale[p], offset[p]);
                        }
                        add_products(simd, &mut sums, &low, &x, 2 * pair);
                        add_products(simd, &mut sums, &high, &x, 2 * pair + 1);
                    }
                }
            }
        }
        for (b, sums) in sums.into_iter().enumerate() {
            put(simd, self.out[row + b], panel, sums);
        }
    }
}

#[inline(always)]
fn add_products<S: Simd, const P: usize, const B: usize>(
    simd: S,
    sums: &mut [[S::V; P]; B],
    weights: &[S::V; P],
    x: &[&[f32]; B],
    k: usize,
) {
    for b in 0..B {
        let factor = simd.splat(x[b][k]);
        for p in 0..P {
            sums[b][p] = simd.fma(weights[p], factor, sums[b][p]);
        }
    }
}
