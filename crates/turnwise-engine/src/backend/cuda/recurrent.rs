//! Recurrent layers on the GPU, conversation after conversation.

use std::sync::Arc;

use candle_core::{Error, Result};
use cudarc::driver::{CudaSlice, PushKernelArg};

use super::{
    Cuda, CudaCache, CudaRows, blocks,
    gpu::{Gpu, failed, int, launch},
};
use crate::backend::{Convolution, Recurrence, ScanInputs, Span};

/// A state that nobody else sees, made or copied where need be.
fn own<'a>(
    gpu: &Gpu,
    slot: &'a mut Option<Arc<CudaSlice<f32>>>,
    count: usize,
) -> Result<&'a mut CudaSlice<f32>> {
    let mut held = match slot.take() {
        Some(held) => held,
        None => Arc::new(gpu.zeros(count)?),
    };
    if Arc::get_mut(&mut held).is_none() {
        held = Arc::new(gpu.stream.clone_dtod(&*held).map_err(failed)?);
    }
    Arc::get_mut(slot.insert(held)).ok_or_else(|| Error::Msg("a state has two owners".into()))
}

impl Cuda {
    pub(super) fn convolve_spans(
        &self,
        (layer, weights): (usize, &Convolution<CudaSlice<f32>>),
        x: &CudaRows,
        spans: &mut [Span<'_, CudaCache>],
        out: &mut CudaRows,
    ) -> Result<()> {
        let width = weights.bias.len();
        let taps = weights.weight.len() / width;
        let (stride, channels, tap_count) = (int(x.width)?, int(width)?, int(taps)?);
        let out = out.shape(&self.gpu, x.rows, width)?;
        let mut first = 0;
        for span in spans {
            let rows = span.tokens.len();
            let slot = &mut span.cache.states.layer(layer).inputs;
            // One number at least: there is no memory of none.
            let before = own(&self.gpu, slot, ((taps - 1) * width).max(1))?;
            let row_count = int(rows)?;
            let from = x.numbers.held()?.slice(first * x.width..(first + rows) * x.width);
            let mut to = out.slice_mut(first * width..(first + rows) * width);
            let mut call = self.gpu.call(&self.gpu.convolve);
            call.arg(&weights.weight).arg(&weights.bias).arg(before).arg(&from).arg(&stride);
            call.arg(&channels).arg(&row_count).arg(&tap_count).arg(&mut to);
            launch(&mut call, blocks(width), 256)?;
            first += rows;
        }
        Ok(())
    }

    pub(super) fn scan_spans(
        &self,
        (layer, weights): (usize, &Recurrence<CudaSlice<f32>>),
        inputs: &ScanInputs<'_, CudaRows>,
        spans: &mut [Span<'_, CudaCache>],
        out: &mut CudaRows,
    ) -> Result<()> {
        let width = weights.skip.len();
        let states = weights.decay.len() / width;
        let (channels, state_count) = (int(width)?, int(states)?);
        let out = out.shape(&self.gpu, inputs.x.rows, width)?;
        let mut first = 0;
        for span in spans {
            let rows = span.tokens.len();
            let slot = &mut span.cache.states.layer(layer).states;
            let state = own(&self.gpu, slot, states * width)?;
            let row_count = int(rows)?;
            let of = |width: usize| first * width..(first + rows) * width;
            let x = inputs.x.numbers.held()?.slice(of(width));
            let steps = inputs.steps.numbers.held()?.slice(of(width));
            let in_out = inputs.in_out.numbers.held()?.slice(of(2 * states));
            let gates = inputs.gates.numbers.held()?.slice(of(2 * width));
            let mut to = out.slice_mut(of(width));
            let mut call = self.gpu.call(&self.gpu.scan);
            call.arg(&weights.decay)
                .arg(&weights.skip)
                .arg(state)
                .arg(&x)
                .arg(&steps)
                .arg(&in_out)
                .arg(&gates);
            call.arg(&channels).arg(&state_count).arg(&row_count).arg(&mut to);
            launch(&mut call, blocks(width), 256)?;
            first += rows;
        }
        Ok(())
    }
}
