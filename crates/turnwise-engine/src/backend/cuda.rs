//! The back end for NVIDIA GPUs: the engine's own kernels, launched through the driver.
//!
//! Weights stay bfloat16 where that is exact and become sums of two bfloat16 where it is not; activations are single
//! precision, keys and values bfloat16. Like the processor's, its results do not depend on what else is in a step:
//! every sum has one order. It needs the driver and no other of CUDA's libraries.

mod attention;
mod gpu;
mod look;
mod pages;
mod plan;
mod recurrent;
mod tiles;

use std::sync::Arc;

use candle_core::{Error, Result};
use cudarc::driver::{CudaSlice, DeviceRepr, PushKernelArg};

pub use self::gpu::CudaHost;
pub(super) use self::look::found;
use self::{
    gpu::{Buffer, Gpu, int, launch},
    pages::{CudaPages, PAGE},
    plan::Plan,
    tiles::Tiles,
};
use super::{
    Backend, Cache, Convolution, Gauge, MatrixSize, Recurrence, ScanInputs, Site, Span, Stored,
    states::{COPIES, LayerState, States},
};
use crate::{DecoderConfig, decoder_config::Rotation};

/// The widest head that the kernels have room for.
const WIDEST: usize = 256;

/// The back end for NVIDIA GPUs.
#[derive(Debug)]
pub struct Cuda {
    gpu: Gpu,
    config: DecoderConfig,
    rotation: Rotation,
    gauge: Gauge,
    kept: Kept,
}

/// In which type keys and values are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// In bfloat16, as other engines keep them.
    Bf16,
    /// In single precision, twice the memory, for comparisons digit by digit.
    F32,
}

/// What the GPU remembers of one conversation.
#[derive(Clone, Debug)]
pub struct CudaCache {
    pages: CudaPages,
    /// Shared with forks and snapshots until one of them goes on.
    states: States<Option<Arc<CudaSlice<f32>>>>,
}

impl Cache for CudaCache {
    fn len(&self) -> usize {
        self.pages.len
    }

    fn truncate(&mut self, len: usize) {
        let len = self.states.rewind(self.pages.len, len);
        self.pages.truncate(len);
    }
}

/// A matrix on the GPU.
#[derive(Debug)]
pub struct CudaMatrix {
    bits: CudaSlice<u16>,
    terms: i32,
    outputs: usize,
    inputs: usize,
}

/// Rows of numbers on the GPU.
#[derive(Debug, Default)]
pub struct CudaRows {
    numbers: Buffer<f32>,
    rows: usize,
    width: usize,
    /// Which rows or tokens these were taken from.
    taken: Buffer<i32>,
    /// The step's plan and room for parts of the result, where these rows are the result of attention.
    plan: Plan,
    parts: Buffer<f32>,
}

impl CudaRows {
    fn shape(&mut self, gpu: &Gpu, rows: usize, width: usize) -> Result<&mut CudaSlice<f32>> {
        (self.rows, self.width) = (rows, width);
        self.numbers.room(gpu, rows * width)
    }

    fn count(&self) -> usize {
        self.rows * self.width
    }
}

/// How many heads there are and how wide, as the kernels take it.
#[derive(Clone, Copy)]
#[repr(C)]
struct Heads {
    queries: i32,
    keys: i32,
    width: i32,
}

#[expect(unsafe_code, reason = "only its author knows what a type looks like to a kernel")]
// SAFETY: three integers, in the order of the kernels' own `Heads`.
unsafe impl DeviceRepr for Heads {}

impl Cuda {
    /// The back end on device number `number` for decoders of this shape.
    ///
    /// # Errors
    /// When there is no such device, its driver refuses the kernels, or heads are wider than 256.
    pub fn new(number: usize, config: &DecoderConfig) -> Result<Self> {
        Self::keeping(Kept::Bf16, number, config)
    }

    /// The same with keys and values in a type of one's own choice.
    ///
    /// # Errors
    /// As [`Cuda::new`].
    pub fn keeping(kept: Kept, number: usize, config: &DecoderConfig) -> Result<Self> {
        if config.head_dim > WIDEST {
            return Err(Error::Msg(format!("heads of {} are wider than {WIDEST}", config.head_dim)));
        }
        let name = match kept {
            Kept::Bf16 => "bf16",
            Kept::F32 => "f32",
        };
        let (gpu, rotation) = (Gpu::open(number, name)?, Rotation::new(config));
        Ok(Self { gpu, config: config.clone(), rotation, gauge: Gauge::default(), kept })
    }

    /// A matrix of numbers that nobody chose, as bfloat16 near nought, made on the GPU: for measurements.
    ///
    /// # Errors
    /// When the device fails.
    pub fn random_matrix(&self, outputs: usize, inputs: usize) -> Result<CudaMatrix> {
        let count = outputs.div_ceil(16) * inputs.div_ceil(32) * 512;
        let mut state = u32::try_from(outputs).unwrap_or(1);
        // The same million numbers again and again: their values do not matter to the time.
        let piece: Vec<u16> = (0..count.min(1 << 20))
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                // A small float of either sign: sign, exponent of about 1/64, seven bits.
                let [.., low, high] = ((state >> 16 & 0x8000) | 0x3c80 | (state >> 20 & 0x7f)).to_be_bytes();
                u16::from_be_bytes([low, high])
            })
            .collect();
        let mut bits = self.gpu.zeros(count)?;
        let mut start = 0;
        while start < count {
            let end = count.min(start + piece.len());
            let mut part = bits.slice_mut(start..end);
            self.gpu.stream.memcpy_htod(&piece[..end - start], &mut part).map_err(gpu::failed)?;
            start = end;
        }
        Ok(CudaMatrix { bits, terms: 1, outputs, inputs })
    }

    /// Bytes of a page: keys and values of every layer, none where layers are recurrent.
    fn page_bytes(&self) -> usize {
        let size = match self.kept {
            Kept::Bf16 => 2,
            Kept::F32 => 4,
        };
        // A decoder without attention has pages all the same, which count its positions.
        (self.config.num_hidden_layers * 2 * self.config.key_width() * PAGE * size).max(1)
    }

    fn product(&self, matrix: &CudaMatrix, x: &CudaRows, out: &mut CudaSlice<f32>, onto: i32) -> Result<()> {
        let tiles = matrix.outputs.div_ceil(16);
        let (kernel, wide, high) = match x.rows {
            0..=8 => (0, 1, 8),
            9..=16 => (1, 2, 16),
            // Fewer, larger blocks read rows less often; where they were too few to fill the device, more are better.
            17..=32 if tiles < 512 => (2, 2, 32),
            17..=32 => (3, 4, 32),
            _ => (4, 4, 64),
        };
        let (rows, inputs, outputs) = (int(x.rows)?, int(matrix.inputs)?, int(matrix.outputs)?);
        let mut call = self.gpu.call(&self.gpu.project[kernel]);
        call.arg(&matrix.bits).arg(&matrix.terms).arg(x.numbers.held()?);
        call.arg(&rows).arg(&inputs).arg(&outputs).arg(out).arg(&onto);
        launch(&mut call, (tiles.div_ceil(wide), x.rows.div_ceil(high), 1), 256)
    }
}

/// Blocks of 256 threads for a thread each.
fn blocks(count: usize) -> (usize, usize, usize) {
    (count.div_ceil(256), 1, 1)
}

impl Backend for Cuda {
    type Rows = CudaRows;
    type Matrix = CudaMatrix;
    type Vector = CudaSlice<f32>;
    type Cache = CudaCache;
    type Host = CudaHost;

    fn matrix(&self, stacked: Vec<Stored>) -> Result<CudaMatrix> {
        let Tiles { bits, terms, outputs, inputs } = Tiles::pack(&stacked)?;
        Ok(CudaMatrix { bits: self.gpu.upload(&bits)?, terms: int(terms)?, outputs, inputs })
    }

    fn size(&self, matrix: &CudaMatrix) -> MatrixSize {
        MatrixSize {
            multiplications: (matrix.outputs * matrix.inputs) as u64,
            bytes: (matrix.bits.len() * size_of::<u16>()) as u64,
        }
    }

    fn vector(&self, joined: &[Stored]) -> Result<CudaSlice<f32>> {
        let parts = joined.iter().map(|part| part.widened()?.to_vec1::<f32>());
        self.gpu.upload(&parts.collect::<Result<Vec<_>>>()?.concat())
    }

    fn room(&self) -> Option<u64> {
        self.gpu.free().ok()
    }

    fn cache(&self) -> CudaCache {
        let layers = self.config.mamba.as_ref().map_or(0, |_| self.config.num_hidden_layers);
        let fresh = vec![LayerState::default(); layers];
        let states = States::new(fresh, self.config.state_bytes(), &self.gauge);
        CudaCache { pages: CudaPages::new(self.page_bytes(), &self.gauge), states }
    }

    fn cache_bytes(&self, positions: usize) -> usize {
        positions.div_ceil(PAGE) * self.page_bytes() + COPIES * self.config.state_bytes()
    }

    fn gauge(&self) -> &Gauge {
        &self.gauge
    }

    fn embed(&self, table: &CudaMatrix, tokens: &[u32], out: &mut CudaRows) -> Result<()> {
        let (width, known) = (int(table.inputs)?, int(table.outputs)?);
        let named = tokens.iter().map(|token| int(*token as usize)).collect::<Result<Vec<_>>>()?;
        out.shape(&self.gpu, tokens.len(), table.inputs)?;
        let named = out.taken.fill(&self.gpu, &named)?;
        let mut call = self.gpu.call(&self.gpu.embed);
        call.arg(&table.bits).arg(&table.terms).arg(named).arg(&width).arg(&known);
        call.arg(out.numbers.held_mut()?);
        launch(&mut call, (tokens.len(), 1, 1), 256)
    }

    fn normalise(&self, x: &CudaRows, weight: &CudaSlice<f32>, out: &mut CudaRows) -> Result<()> {
        let (width, epsilon) = (int(x.width)?, self.epsilon());
        let out = out.shape(&self.gpu, x.rows, x.width)?;
        let mut call = self.gpu.call(&self.gpu.normalise);
        call.arg(x.numbers.held()?).arg(weight).arg(&width).arg(&epsilon).arg(out);
        launch(&mut call, (x.rows, 1, 1), 256)
    }

    fn project(&self, matrix: &CudaMatrix, x: &CudaRows, out: &mut CudaRows) -> Result<()> {
        self.product(matrix, x, out.shape(&self.gpu, x.rows, matrix.outputs)?, 0)
    }

    fn project_onto(
        &self,
        matrix: &CudaMatrix,
        x: &CudaRows,
        sum: &mut CudaRows,
        _room: &mut CudaRows,
    ) -> Result<()> {
        self.product(matrix, x, sum.numbers.held_mut()?, 1)
    }

    fn shift(&self, x: &mut CudaRows, bias: &CudaSlice<f32>) -> Result<()> {
        let (width, count) = (int(x.width)?, x.count());
        let threads = int(count)?;
        let mut call = self.gpu.call(&self.gpu.shift);
        call.arg(x.numbers.held_mut()?).arg(bias).arg(&width).arg(&threads);
        launch(&mut call, blocks(count), 256)
    }

    fn attend(
        &self,
        site: Site<'_, Self>,
        qkv: &mut CudaRows,
        spans: &mut [Span<'_, CudaCache>],
        out: &mut CudaRows,
    ) -> Result<()> {
        if site.layer == 0 {
            out.plan.make(&self.gpu, &self.rotation, spans)?;
        }
        self.place(&site, qkv, &out.plan)?;
        self.mix(&site, qkv, out)
    }

    fn convolve(
        &self,
        layer: (usize, &Convolution<CudaSlice<f32>>),
        x: &CudaRows,
        spans: &mut [Span<'_, CudaCache>],
        out: &mut CudaRows,
    ) -> Result<()> {
        self.convolve_spans(layer, x, spans, out)
    }

    fn scan(
        &self,
        layer: (usize, &Recurrence<CudaSlice<f32>>),
        inputs: ScanInputs<'_, CudaRows>,
        spans: &mut [Span<'_, CudaCache>],
        out: &mut CudaRows,
    ) -> Result<()> {
        self.scan_spans(layer, &inputs, spans, out)
    }

    fn gate(&self, x: &CudaRows, out: &mut CudaRows) -> Result<()> {
        let (width, count) = (int(x.width / 2)?, x.count() / 2);
        let threads = int(count)?;
        let out = out.shape(&self.gpu, x.rows, x.width / 2)?;
        let mut call = self.gpu.call(&self.gpu.gate);
        call.arg(x.numbers.held()?).arg(&width).arg(&threads).arg(out);
        launch(&mut call, blocks(count), 256)
    }

    fn add(&self, x: &mut CudaRows, delta: &CudaRows) -> Result<()> {
        let count = x.count();
        let threads = int(count)?;
        let mut call = self.gpu.call(&self.gpu.add);
        call.arg(x.numbers.held_mut()?).arg(delta.numbers.held()?).arg(&threads);
        launch(&mut call, blocks(count), 256)
    }

    fn pick(&self, x: &CudaRows, rows: &[usize], out: &mut CudaRows) -> Result<()> {
        let width = int(x.width)?;
        let named = rows.iter().map(|row| int(*row)).collect::<Result<Vec<_>>>()?;
        out.shape(&self.gpu, rows.len(), x.width)?;
        let named = out.taken.fill(&self.gpu, &named)?;
        let mut call = self.gpu.call(&self.gpu.pick);
        call.arg(x.numbers.held()?).arg(named).arg(&width).arg(out.numbers.held_mut()?);
        launch(&mut call, (rows.len(), 1, 1), 256)
    }

    fn read(&self, x: &CudaRows, out: &mut CudaHost) -> Result<()> {
        out.take(&self.gpu, x.numbers.held()?, x.count())
    }

    fn commit(&self, cache: &mut CudaCache, positions: usize) {
        cache.pages.len += positions;
        cache.states.commit(positions, cache.pages.len);
    }
}

impl Cuda {
    #[expect(clippy::cast_possible_truncation, reason = "an epsilon needs no more digits")]
    fn epsilon(&self) -> f32 {
        self.config.rms_norm_eps as f32
    }
}

#[cfg(test)]
mod tests;
