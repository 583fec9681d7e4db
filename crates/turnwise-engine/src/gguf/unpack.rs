//! The quantised formats of GGUF that the processor computes with as they are: what their blocks say.
//!
//! Other formats are widened when they are loaded.

use candle_core::quantized::GgmlDType;
use half::f16;

use crate::kernels::{BlockRow, Digits};

/// A format: how many inputs share a scale, and how its whole numbers are best stored.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Format {
    pub(crate) group: usize,
    pub(crate) digits: Digits,
    block_bytes: usize,
    unpack: fn(&[u8], &mut BlockRow),
}

/// What a type of tensor is unpacked by.
pub(crate) fn format(dtype: GgmlDType) -> Option<Format> {
    let (group, digits, unpack): (_, _, fn(&[u8], &mut BlockRow)) = match dtype {
        GgmlDType::Q8_0 => (32, Digits::Bytes, q8_0),
        GgmlDType::Q4_0 => (32, Digits::Nibbles, q4_0),
        GgmlDType::Q4K => (32, Digits::Nibbles, q4_k),
        GgmlDType::Q5K => (32, Digits::Bytes, q5_k),
        GgmlDType::Q6K => (16, Digits::Bytes, q6_k),
        GgmlDType::F32 | GgmlDType::F16 | GgmlDType::BF16 => return None,
        GgmlDType::Q4_1 | GgmlDType::Q5_0 | GgmlDType::Q5_1 | GgmlDType::Q8_1 => return None,
        GgmlDType::Q2K | GgmlDType::Q3K | GgmlDType::Q8K => return None,
    };
    Some(Format { group, digits, block_bytes: dtype.type_size(), unpack })
}

impl Format {
    /// The weights of one output.
    pub(crate) fn row(&self, bytes: &[u8]) -> BlockRow {
        let mut row = BlockRow::default();
        bytes.chunks_exact(self.block_bytes).for_each(|block| (self.unpack)(block, &mut row));
        row
    }
}

fn half(bytes: &[u8], at: usize) -> f32 {
    f16::from_le_bytes([bytes[at], bytes[at + 1]]).to_f32()
}

fn q8_0(block: &[u8], row: &mut BlockRow) {
    row.scales.push(half(block, 0));
    row.offsets.push(0.0);
    row.quants.extend(block[2..].iter().map(|q| q.cast_signed()));
}

fn q4_0(block: &[u8], row: &mut BlockRow) {
    let scale = half(block, 0);
    row.scales.push(scale);
    row.offsets.push(-8.0 * scale);
    low_then_high(&block[2..], row, |_| 0);
}

/// Lower halves of all bytes and then upper halves, with a fifth bit for each.
fn low_then_high(bytes: &[u8], row: &mut BlockRow, fifth: impl Fn(usize) -> u8) {
    let low = bytes.iter().map(|byte| byte & 15);
    let all = low.chain(bytes.iter().map(|byte| byte >> 4));
    row.quants.extend(all.enumerate().map(|(i, q)| (q | fifth(i) << 4).cast_signed()));
}

/// Scales and offsets of eight groups, six bits each, times those of the whole block.
fn six_bit_scales(block: &[u8], row: &mut BlockRow) {
    let (scale, least) = (half(block, 0), half(block, 2));
    let packed = &block[4..16];
    for group in 0..8 {
        let (s, m) = match group {
            0..4 => (packed[group] & 63, packed[group + 4] & 63),
            _ => (
                packed[group + 4] & 15 | packed[group - 4] >> 6 << 4,
                packed[group + 4] >> 4 | packed[group] >> 6 << 4,
            ),
        };
        row.scales.push(scale * f32::from(s));
        row.offsets.push(-(least * f32::from(m)));
    }
}

fn q4_k(block: &[u8], row: &mut BlockRow) {
    six_bit_scales(block, row);
    block[16..].chunks_exact(32).for_each(|bytes| low_then_high(bytes, row, |_| 0));
}

fn q5_k(block: &[u8], row: &mut BlockRow) {
    six_bit_scales(block, row);
    let (fifth, fours) = (&block[16..48], &block[48..]);
    for (pair, bytes) in fours.chunks_exact(32).enumerate() {
        low_then_high(bytes, row, |i| fifth[i % 32] >> (2 * pair + i / 32) & 1);
    }
}

fn q6_k(block: &[u8], row: &mut BlockRow) {
    let (fours, twos, scales) = (&block[..128], &block[128..192], &block[192..208]);
    let scale = half(block, 208);
    row.scales.extend(scales.iter().map(|s| scale * f32::from(s.cast_signed())));
    row.offsets.extend([0.0; 16]);
    for (fours, twos) in fours.chunks_exact(64).zip(twos.chunks_exact(32)) {
        for quarter in 0..4 {
            for l in 0..32 {
                let byte = fours[quarter % 2 * 32 + l];
                let low = if quarter < 2 { byte & 15 } else { byte >> 4 };
                let q = low | (twos[l] >> (2 * quarter) & 3) << 4;
                row.quants.push(q.cast_signed() - 32);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use candle_core::{
        Device, Tensor,
        quantized::{GgmlDType, QTensor},
    };

    use super::format;
    use crate::kernels::{Blocks, Isa, Panels, Project, Projected};

    #[test]
    fn a_quantised_matrix_gives_the_bits_of_its_widened_one() {
        let (outputs, inputs) = (37, 512);
        let matrix = Tensor::randn(0f32, 1.0, (outputs, inputs), &Device::Cpu).unwrap();
        let x: Vec<f32> = Tensor::randn(0f32, 1.0, 30 * inputs, &Device::Cpu).unwrap().to_vec1().unwrap();
        for dtype in [GgmlDType::Q8_0, GgmlDType::Q4_0, GgmlDType::Q4K, GgmlDType::Q5K, GgmlDType::Q6K] {
            let stored = QTensor::quantize(&matrix, dtype).unwrap();
            let widened = stored.dequantize(&Device::Cpu).unwrap().flatten_all().unwrap();
            let widened: Vec<f32> = widened.to_vec1().unwrap();
            let format = format(dtype).unwrap();
            let bytes = stored.data().unwrap();
            let rows: Vec<_> = bytes.chunks_exact(bytes.len() / outputs).map(|row| format.row(row)).collect();
            let blocks = Blocks::pack(&rows, inputs, format.group, format.digits);
            let mut row = vec![0.0; inputs];
            blocks.copy_row(outputs - 1, &mut row);
            assert_eq!(row, widened[(outputs - 1) * inputs..], "{dtype:?}");
            let panels = Panels::pack(&widened, inputs);
            for isa in Isa::available() {
                for rows in [1, 3, 9, 30] {
                    let product = |matrix| {
                        let mut out = vec![0.0; rows * outputs];
                        let x = &x[..rows * inputs];
                        let mut lines: Vec<_> = out.chunks_exact_mut(outputs).collect();
                        isa.run(Project { matrix, panel: 0, x, out: &mut lines });
                        out
                    };
                    let got = product(Projected::Blocks(&blocks));
                    assert_eq!(got, product(Projected::Panels(&panels)), "{dtype:?} {isa:?}");
                }
            }
        }
    }
}
