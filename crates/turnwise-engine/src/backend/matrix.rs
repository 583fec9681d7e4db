//! A weight matrix on the processor: parts packed for the kernels, one below the other.
//!
//! Plain weights that are stacked make one part. A quantised tensor is a part of its own, as its neighbours may
//! be quantised otherwise.

use candle_core::{Error, Result, Tensor, quantized::QTensor};

use super::{MatrixSize, Stored};
use crate::{
    gguf::unpack,
    kernels::{Blocks, LANES, Panels, Projected},
};

/// A matrix packed for the kernels.
#[derive(Debug)]
pub struct CpuMatrix {
    parts: Vec<Part>,
    outputs: usize,
}

/// Some products of a matrix, one beside the other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece<'a> {
    pub(super) matrix: Projected<'a>,
    /// The first panel.
    pub(super) panel: usize,
    /// How many products there are.
    pub(super) outputs: usize,
}

#[derive(Debug)]
enum Part {
    Panels(Panels),
    Blocks(Blocks),
}

impl CpuMatrix {
    pub(super) fn pack(stacked: Vec<Stored>) -> Result<Self> {
        let mut parts = Vec::new();
        let mut plain: Vec<f32> = Vec::new();
        let mut inputs = 1;
        for stored in stacked {
            if let Stored::Quantised(tensor) = &stored
                && let Some(blocks) = blocks(tensor)?
            {
                flush(&mut plain, inputs, &mut parts);
                parts.push(Part::Blocks(blocks));
                continue;
            }
            let tensor: Tensor = stored.widened()?;
            inputs = tensor.dim(1)?;
            plain.extend(tensor.flatten_all()?.to_vec1::<f32>()?);
        }
        flush(&mut plain, inputs, &mut parts);
        let outputs = parts.iter().map(|part| part.projected().outputs()).sum();
        Ok(Self { parts, outputs })
    }

    pub(super) fn outputs(&self) -> usize {
        self.outputs
    }

    pub(super) fn size(&self) -> MatrixSize {
        let bytes = |part: &Part| match part {
            Part::Panels(panels) => panels.bytes(),
            Part::Blocks(blocks) => blocks.bytes(),
        };
        MatrixSize {
            multiplications: (self.outputs * self.inputs()) as u64,
            bytes: self.parts.iter().map(bytes).sum::<usize>() as u64,
        }
    }

    /// The matrix cut into pieces of at most so many panels, in the order of their products.
    pub(super) fn pieces(&self, panels: usize) -> impl Iterator<Item = Piece<'_>> {
        self.parts.iter().flat_map(move |part| {
            let matrix = part.projected();
            let starts = (0..matrix.outputs()).step_by(panels * LANES);
            starts.map(move |first| Piece {
                matrix,
                panel: first / LANES,
                outputs: (matrix.outputs() - first).min(panels * LANES),
            })
        })
    }

    /// How many numbers a product is made of.
    pub(super) fn inputs(&self) -> usize {
        self.parts.first().map_or(0, |part| part.projected().inputs())
    }

    /// Writes one row: an embedding, where the matrix is an embedding table, which is one part.
    pub(super) fn copy_row(&self, row: usize, to: &mut [f32]) {
        match self.parts.first() {
            Some(Part::Panels(panels)) => panels.copy_row(row, to),
            Some(Part::Blocks(blocks)) => blocks.copy_row(row, to),
            None => {}
        }
    }
}

impl Part {
    fn projected(&self) -> Projected<'_> {
        match self {
            Self::Panels(panels) => Projected::Panels(panels),
            Self::Blocks(blocks) => Projected::Blocks(blocks),
        }
    }
}

/// Plain rows so far become a part.
fn flush(plain: &mut Vec<f32>, inputs: usize, parts: &mut Vec<Part>) {
    if !plain.is_empty() {
        parts.push(Part::Panels(Panels::pack(plain, inputs)));
        plain.clear();
    }
}

/// A quantised tensor as it is, where its format is known.
fn blocks(tensor: &QTensor) -> Result<Option<Blocks>> {
    let Some(format) = unpack::format(tensor.dtype()) else { return Ok(None) };
    let (outputs, inputs) = tensor.shape().dims2()?;
    if !inputs.is_multiple_of(tensor.dtype().block_size()) {
        return Err(Error::Msg(format!("rows of {inputs} are no whole blocks of {:?}", tensor.dtype())));
    }
    let bytes = tensor.data()?;
    let rows: Vec<_> = bytes.chunks_exact(bytes.len() / outputs).map(|row| format.row(row)).collect();
    Ok(Some(Blocks::pack(&rows, inputs, format.group, format.digits)))
}
