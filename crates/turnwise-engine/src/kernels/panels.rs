//! Weight matrices packed for the lanes, and their product with rows.
//!
//! A matrix is cut into panels of sixteen outputs; a panel holds, input after input, its sixteen weights. So
//! a product needs no sum across lanes, and each output is one chain over the inputs in their order, with
//! one row or with a thousand. Weights that bfloat16 holds exactly are kept in it: half the memory traffic,
//! the same bits.

use super::{
    LANES,
    blocks::{BlockProduct, Blocks},
    simd::{Kernel, Simd},
};

/// From so many rows on, quantised weights are widened once for all of them.
const WORTH_WIDENING: usize = 24;

/// A matrix of weights, packed.
#[derive(Debug)]
pub(crate) struct Panels {
    outputs: usize,
    inputs: usize,
    weights: Weights,
}

#[derive(Debug)]
enum Weights {
    F32(Vec<[f32; LANES]>),
    Bf16(Vec<[u16; LANES]>),
}

impl Panels {
    /// Packs a matrix of shape `[outputs, inputs]`, row after row. The last panel is filled up with zeros.
    pub(crate) fn pack(matrix: &[f32], inputs: usize) -> Self {
        let outputs = matrix.len() / inputs;
        let exact = matrix.iter().all(|x| x.to_bits() & 0xffff == 0);
        let weights = if exact {
            Weights::Bf16(packed(matrix, inputs, 0, |x| u16::try_from(x.to_bits() >> 16).unwrap_or(0)))
        } else {
            Weights::F32(packed(matrix, inputs, 0.0, |x| x))
        };
        Self { outputs, inputs, weights }
    }

    /// The bytes that it takes.
    pub(crate) fn bytes(&self) -> usize {
        match &self.weights {
            Weights::F32(w) => size_of_val(w.as_slice()),
            Weights::Bf16(w) => size_of_val(w.as_slice()),
        }
    }

    /// Writes the weights of one output: an embedding, where the matrix is an embedding table.
    pub(crate) fn copy_row(&self, output: usize, to: &mut [f32]) {
        let (first, lane) = (output / LANES * self.inputs, output % LANES);
        match &self.weights {
            Weights::F32(w) => to.iter_mut().zip(&w[first..]).for_each(|(x, group)| *x = group[lane]),
            Weights::Bf16(w) => to
                .iter_mut()
                .zip(&w[first..])
                .for_each(|(x, group)| *x = f32::from_bits(u32::from(group[lane]) << 16)),
        }
    }
}

fn packed<T: Copy>(matrix: &[f32], inputs: usize, zero: T, keep: impl Fn(f32) -> T) -> Vec<[T; LANES]> {
    let outputs = matrix.len() / inputs;
    let mut panels = vec![[zero; LANES]; outputs.div_ceil(LANES) * inputs];
    for (output, row) in matrix.chunks_exact(inputs).enumerate() {
        let panel = &mut panels[output / LANES * inputs..][..inputs];
        panel.iter_mut().zip(row).for_each(|(group, &x)| group[output % LANES] = keep(x));
    }
    panels
}

/// A matrix in either form.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Projected<'a> {
    /// Plain weights.
    Panels(&'a Panels),
    /// Quantised weights.
    Blocks(&'a Blocks),
}

impl Projected<'_> {
    /// How many numbers a product has.
    pub(crate) fn outputs(&self) -> usize {
        match self {
            Self::Panels(panels) => panels.outputs,
            Self::Blocks(blocks) => blocks.outputs(),
        }
    }

    /// How many numbers a product is made of.
    pub(crate) fn inputs(&self) -> usize {
        match self {
            Self::Panels(panels) => panels.inputs,
            Self::Blocks(blocks) => blocks.inputs(),
        }
    }
}

/// The kernel: a piece of `matrix * x[row]` for each row.
pub(crate) struct Project<'a, 'o> {
    /// The matrix.
    pub(crate) matrix: Projected<'a>,
    /// The first panel of the piece.
    pub(crate) panel: usize,
    /// The rows, `[rows, inputs]`.
    pub(crate) x: &'a [f32],
    /// For each row its products from that panel on; they say how far the piece goes.
    pub(crate) out: &'a mut [&'o mut [f32]],
}

impl Kernel for Project<'_, '_> {
    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Self { matrix, panel, x, out } = self;
        let panels = out.first().map_or(0, |row| row.len()).div_ceil(LANES);
        let inputs = matrix.inputs();
        let piece = panel * inputs..(panel + panels) * inputs;
        match matrix {
            Projected::Panels(Panels { weights: Weights::F32(weights), .. }) => {
                all(Product { simd, panels: &weights[piece], inputs, x, out, to: 0 });
            }
            Projected::Panels(Panels { weights: Weights::Bf16(weights), .. }) => {
                all(Product { simd, panels: &weights[piece], inputs, x, out, to: 0 });
            }
            Projected::Blocks(blocks) if out.len() >= WORTH_WIDENING => {
                let mut widened = vec![[0.0; LANES]; 2 * inputs];
                for to in (0..panels).step_by(2) {
                    let widened = &mut widened[..inputs * (panels - to).min(2)];
                    for (p, panel_of) in widened.chunks_exact_mut(inputs).enumerate() {
                        blocks.widen(simd, panel + to + p, panel_of);
                    }
                    all(Product { simd, panels: widened, inputs, x, out: &mut *out, to });
                }
            }
            Projected::Blocks(blocks) => all(BlockProduct { simd, blocks, panel, panels, x, out }),
        }
    }
}

/// A product that is computed tile by tile.
pub(super) trait Tile {
    /// How many rows there are, and how many panels.
    fn shape(&self) -> (usize, usize);

    /// `P` panels from number `panel` of the piece on times `B` rows from `row` on, in registers.
    fn tile<const P: usize, const B: usize>(&mut self, panel: usize, row: usize);
}

/// Takes as many panels at once as keep the registers full: many for few rows, two for many.
#[inline(always)]
fn all(mut product: impl Tile) {
    let (rows, panels) = product.shape();
    let mut panel = 0;
    while panel < panels {
        panel += match (rows, panels - panel) {
            (1, 8..) => tile::<8, 1, 8>(&mut product, panel, 0),
            (2..8, 4..) => few_rows(&mut product, panel, rows),
            (8.., 2..) => many_rows::<2>(&mut product, panel, rows),
            _ => many_rows::<1>(&mut product, panel, rows),
        };
    }
}

#[inline(always)]
fn few_rows(product: &mut impl Tile, panel: usize, rows: usize) -> usize {
    let mut row = 0;
    while row < rows {
        row += match rows - row {
            4.. => tile::<4, 4, 4>(product, panel, row),
            2.. => tile::<4, 2, 2>(product, panel, row),
            _ => tile::<4, 1, 1>(product, panel, row),
        };
    }
    4
}

#[inline(always)]
fn many_rows<const P: usize>(product: &mut impl Tile, panel: usize, rows: usize) -> usize {
    let mut row = 0;
    while row < rows {
        row += match rows - row {
            12.. => tile::<P, 12, 12>(product, panel, row),
            8.. => tile::<P, 8, 8>(product, panel, row),
            4.. => tile::<P, 4, 4>(product, panel, row),
            _ => tile::<P, 1, 1>(product, panel, row),
        };
    }
    P
}

/// One tile. Returns `N`, how far the caller goes on.
#[inline(always)]
fn tile<const P: usize, const B: usize, const N: usize>(
    product: &mut impl Tile,
    panel: usize,
    row: usize,
) -> usize {
    product.tile::<P, B>(panel, row);
    N
}

/// Writes the products of one row, of which the last panel may have fewer than sixteen.
#[inline(always)]
pub(super) fn put<S: Simd, const P: usize>(simd: S, out: &mut [f32], panel: usize, sums: [S::V; P]) {
    for (p, sum) in sums.into_iter().enumerate() {
        let mut lanes = [0.0; LANES];
        simd.store(sum, &mut lanes);
        let to = &mut out[(panel + p) * LANES..];
        let width = to.len().min(LANES);
        to[..width].copy_from_slice(&lanes[..width]);
    }
}

/// A weight as it is stored.
trait Weight: Copy {
    fn load<S: Simd>(simd: S, from: &[Self; LANES]) -> S::V;
}

impl Weight for f32 {
    #[inline(always)]
    fn load<S: Simd>(simd: S, from: &[Self; LANES]) -> S::V {
        simd.load(from)
    }
}

impl Weight for u16 {
    #[inline(always)]
    fn load<S: Simd>(simd: S, from: &[Self; LANES]) -> S::V {
        simd.load_bf16(from)
    }
}

struct Product<'a, 'o, S, W> {
    simd: S,
    panels: &'a [[W; LANES]],
    inputs: usize,
    x: &'a [f32],
    out: &'a mut [&'o mut [f32]],
    /// The panel of the piece that the first panel here is.
    to: usize,
}

impl<S: Simd, W: Weight> Tile for Product<'_, '_, S, W> {
    #[inline(always)]
    fn shape(&self) -> (usize, usize) {
        (self.out.len(), self.panels.len() / self.inputs)
    }

    #[inline(always)]
    fn tile<const P: usize, const B: usize>(&mut self, panel: usize, row: usize) {
        let (simd, inputs) = (self.simd, self.inputs);
        let mut panels: [&[[W; LANES]]; P] = [&[]; P];
        for (p, slot) in panels.iter_mut().enumerate() {
            *slot = &self.panels[(panel + p) * inputs..][..inputs];
        }
        let mut x: [&[f32]; B] = [&[]; B];
        for (b, slot) in x.iter_mut().enumerate() {
            *slot = &self.x[(row + b) * inputs..][..inputs];
        }
        let mut sums = [[simd.splat(0.0); P]; B];
        for k in 0..inputs {
            let mut w = [simd.splat(0.0); P];
            for p in 0..P {
                w[p] = W::load(simd, &panels[p][k]);
            }
            for b in 0..B {
                let factor = simd.splat(x[b][k]);
                for p in 0..P {
                    sums[b][p] = simd.fma(w[p], factor, sums[b][p]);
                }
            }
        }
        for (b, sums) in sums.into_iter().enumerate() {
            put(simd, self.out[row + b], self.to + panel, sums);
        }
    }
}
