//! The plain numbers behind a tensor.

use candle_core::{CpuStorage, Error, Layout, Result, Tensor};

/// The slice of a contiguous f32 argument.
pub(super) fn of<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    let (start, end) =
        layout.contiguous_offsets().ok_or_else(|| Error::msg("a fused operation wants contiguous input"))?;
    Ok(&storage.as_slice::<f32>()?[start..end])
}

/// A copy of a tensor's numbers, row by row.
pub(super) fn copied(tensor: &Tensor) -> Result<Vec<f32>> {
    tensor.flatten_all()?.to_vec1()
}
