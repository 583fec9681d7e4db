//! Weight matrices in the order in which the GPU's kernels take them.
//!
//! A tile is 16 outputs by 32 inputs: two halves of 8 outputs, and in each half 8 numbers for each of a warp's 32 lanes.
//! Tiles that share outputs lie one after another, so that a warp reads from end to end.

use candle_core::{DType, Result};
use half::bf16;

use super::super::Stored;

/// Numbers that a lane takes at once.
const EIGHT: usize = 8;

/// A matrix as bfloat16, or as the sum of two such matrices where bfloat16 is not exact.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Tiles {
    /// The matrices of the sum, one after another.
    pub(super) bits: Vec<u16>,
    /// How many there are.
    pub(super) terms: usize,
    pub(super) outputs: usize,
    pub(super) inputs: usize,
}

impl Tiles {
    /// Packs matrices of the same inputs, stacked by their outputs.
    pub(super) fn pack(stacked: &[Stored]) -> Result<Self> {
        let (mut outputs, mut inputs) = (0, 1);
        let (mut first, mut rest) = (Vec::new(), Vec::new());
        for stored in stacked {
            let (rows, columns) = match stored {
                Stored::Plain(tensor) => tensor.dims2()?,
                Stored::Quantised(tensor) => tensor.shape().dims2()?,
            };
            (outputs, inputs) = (outputs + rows, columns);
            terms(stored, &mut first, &mut rest)?;
        }
        let exact = rest.iter().all(|bits| bits & 0x7fff == 0);
        let mut bits = tiled(&first, inputs);
        if !exact {
            // Parts that are exact have no rest yet.
            rest.resize(first.len(), 0);
            bits.extend(tiled(&rest, inputs));
        }
        Ok(Self { bits, terms: if exact { 1 } else { 2 }, outputs, inputs })
    }
}

/// Appends a part's numbers rounded to bfloat16, and what rounding took away.
fn terms(stored: &Stored, first: &mut Vec<u16>, rest: &mut Vec<u16>) -> Result<()> {
    if let Stored::Plain(tensor) = stored
        && tensor.dtype() == DType::BF16
    {
        first.extend(tensor.flatten_all()?.to_vec1::<bf16>()?.into_iter().map(bf16::to_bits));
        return Ok(());
    }
    rest.resize(first.len(), 0);
    for number in stored.widened()?.flatten_all()?.to_vec1::<f32>()? {
        let rounded = bf16::from_f32(number);
        first.push(rounded.to_bits());
        rest.push(bf16::from_f32(number - rounded.to_f32()).to_bits());
    }
    Ok(())
}

/// Rows of `inputs` numbers as tiles; what a tile has beyond them is nought.
fn tiled(rows: &[u16], inputs: usize) -> Vec<u16> {
    let outputs = rows.len() / inputs;
    let steps = inputs.div_ceil(32);
    let mut bits = vec![0; outputs.div_ceil(16) * steps * 512];
    for (index, eight) in bits.chunks_exact_mut(EIGHT).enumerate() {
        let (tile, lane) = (index / 64, index % 32);
        let output = tile / steps * 16 + index % 64 / 32 * 8 + lane / 4;
        let start = tile % steps * 32 + lane % 4 * EIGHT;
        if output < outputs && start < inputs {
            let end = inputs.min(start + EIGHT);
            eight[..end - start].copy_from_slice(&rows[output * inputs + start..output * inputs + end]);
        }
    }
    bits
}

#[cfg(test)]
mod tests {
    use candle_core::{DType, Device, Tensor};

    use super::{Stored, Tiles};

    fn number(tiles: &Tiles, output: usize, input: usize) -> f32 {
        let (steps, count) = (tiles.inputs.div_ceil(32), tiles.bits.len() / tiles.terms);
        let lane = output % 8 * 4 + input % 32 / 8;
        let at = ((output / 16 * steps + input / 32) * 64 + output % 16 / 8 * 32 + lane) * 8 + input % 8;
        let term = |term: usize| half::bf16::from_bits(tiles.bits[term * count + at]).to_f32();
        (0..tiles.terms).map(term).sum()
    }

    #[test]
    fn every_number_is_where_the_kernels_look_for_it() {
        let (outputs, inputs) = (21, 40);
        let numbers: Vec<f32> = (0..outputs * inputs).map(|i| (i % 251) as f32 - 99.0).collect();
        let tensor = Tensor::from_vec(numbers.clone(), (outputs, inputs), &Device::Cpu).unwrap();
        let halves = [tensor.narrow(0, 0, 9).unwrap(), tensor.narrow(0, 9, 12).unwrap()];
        let [upper, lower] = halves.map(|half| half.contiguous().unwrap());
        let stacked = [Stored::Plain(upper), Stored::Plain(lower.to_dtype(DType::BF16).unwrap())];
        let tiles = Tiles::pack(&stacked).unwrap();
        assert_eq!((tiles.terms, tiles.outputs, tiles.inputs, tiles.bits.len()), (1, 21, 40, 2 * 2 * 512));
        for (i, expected) in numbers.iter().enumerate() {
            assert_eq!(number(&tiles, i / inputs, i % inputs), *expected);
        }
        assert_eq!(
            tiles.bits.iter().filter(|bits| **bits & 0x7fff != 0).count(),
            numbers.iter().filter(|x| **x != 0.0).count()
        );
    }

    #[test]
    fn what_bfloat16_cannot_hold_becomes_a_sum() {
        let numbers = [0.1_f32, -1.0 / 3.0, 65519.0, 1.0];
        let tensor = Tensor::new(&[numbers], &Device::Cpu).unwrap();
        let exact = Stored::Plain(Tensor::ones((1, 4), DType::BF16, &Device::Cpu).unwrap());
        let tiles = Tiles::pack(&[exact, Stored::Plain(tensor)]).unwrap();
        assert_eq!((tiles.terms, tiles.outputs), (2, 2));
        for (i, expected) in numbers.iter().enumerate() {
            assert_eq!(number(&tiles, 0, i), 1.0);
            assert!((number(&tiles, 1, i) - expected).abs() <= expected.abs() / 65536.0, "{expected}");
        }
    }
}
