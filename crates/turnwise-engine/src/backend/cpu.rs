//! The processor back end: the engine's own kernels over packed `f32` rows, on the calling thread and its helpers.

mod attention;

use std::ops::Range;

use candle_core::Result;

use super::{
    Backend, Convolution, Gauge, MatrixSize, Pages, Recurrence, ScanInputs, Site, Span, Stored,
    matrix::{CpuMatrix, Piece},
    states::{COPIES, LayerState, States},
    team::Team,
};
use crate::{
    DecoderConfig,
    backend::Cache,
    decoder_config::Rotation,
    kernels::{Convolve, Gate, Isa, LANES, Normalise, Project, Scan, softplus},
    memory,
};

/// Multiplications that are worth another thread's while: a few microseconds.
const WORTHWHILE: usize = 1 << 16;

/// The processor back end. One value serves any number of threads; each brings its own rows and caches. Its helpers
/// work for one of them at a time.
#[derive(Debug)]
pub struct Cpu {
    isa: Isa,
    team: Team,
    config: DecoderConfig,
    rotation: Rotation,
    gauge: Gauge,
}

/// What the processor remembers of one conversation.
#[derive(Clone, Debug)]
pub struct CpuCache {
    pages: Pages,
    states: States<Vec<f32>>,
}

impl Cache for CpuCache {
    fn len(&self) -> usize {
        self.pages.len()
    }

    fn truncate(&mut self, len: usize) {
        let len = self.states.rewind(self.pages.len(), len);
        self.pages.truncate(len);
    }
}

/// Rows of numbers.
#[derive(Debug, Default)]
pub struct CpuRows {
    width: usize,
    data: Vec<f32>,
    /// Room for attention scores, for each piece of attention, where these rows are its result.
    scores: Vec<Vec<f32>>,
}

impl CpuRows {
    fn shape(&mut self, rows: usize, width: usize) -> &mut [f32] {
        self.width = width;
        self.data.resize(rows * width, 0.0);
        &mut self.data
    }

    fn rows(&self) -> usize {
        self.data.len() / self.width.max(1)
    }

    fn some(&self, rows: Range<usize>) -> &[f32] {
        &self.data[rows.start * self.width..rows.end * self.width]
    }
}

impl Cpu {
    /// The back end for decoders of this shape, with the best instructions of this processor, on the calling thread.
    ///
    /// # Errors
    /// As [`Cpu::with_threads`].
    pub fn new(config: &DecoderConfig) -> Result<Self> {
        Self::with_threads(config, 1)
    }

    /// The same on so many threads, the calling one among them.
    ///
    /// # Errors
    /// When a thread cannot be started.
    pub fn with_threads(config: &DecoderConfig, threads: usize) -> Result<Self> {
        Self::on(Isa::detect(), threads, config)
    }

    /// The same with these instructions.
    pub(crate) fn on(isa: Isa, threads: usize, config: &DecoderConfig) -> Result<Self> {
        let (rotation, team) = (Rotation::new(config), Team::new(threads)?);
        Ok(Self { isa, team, config: config.clone(), rotation, gauge: Gauge::default() })
    }

    pub(super) fn isa(&self) -> Isa {
        self.isa
    }

    pub(super) fn threads(&self) -> usize {
        self.team.threads()
    }

    /// Does `work` on every piece, on whichever thread is free.
    pub(super) fn share<T: Send>(&self, pieces: Vec<T>, work: impl Fn(T) + Sync) {
        self.team.share(pieces, work);
    }

    /// How many pieces of work to make of so many multiplications: some for each thread, so that who is held up
    /// leaves the others something to do.
    fn pieces(&self, multiplications: usize) -> usize {
        match self.team.threads() {
            1 => 1,
            threads => (multiplications / WORTHWHILE).clamp(1, 4 * threads),
        }
    }
}

impl Backend for Cpu {
    type Rows = CpuRows;
    type Matrix = CpuMatrix;
    type Vector = Vec<f32>;
    type Cache = CpuCache;
    type Host = Vec<f32>;

    fn matrix(&self, stacked: Vec<Stored>) -> Result<CpuMatrix> {
        CpuMatrix::pack(stacked)
    }

    fn size(&self, matrix: &CpuMatrix) -> MatrixSize {
        matrix.size()
    }

    fn vector(&self, joined: &[Stored]) -> Result<Vec<f32>> {
        let parts = joined.iter().map(|part| part.widened()?.to_vec1());
        Ok(parts.collect::<Result<Vec<_>>>()?.concat())
    }

    fn room(&self) -> Option<u64> {
        memory::available()
    }

    fn cache(&self) -> CpuCache {
        let fresh = self.config.mamba.iter().flat_map(|mamba| {
            let rows = |count: usize| vec![0.0; count * self.config.intermediate_size];
            let state = LayerState { inputs: rows(mamba.conv_kernel - 1), states: rows(mamba.state_size) };
            vec![state; self.config.num_hidden_layers]
        });
        let states = States::new(fresh.collect(), self.config.state_bytes(), &self.gauge);
        CpuCache { pages: Pages::new(&self.config, &self.gauge), states }
    }

    fn cache_bytes(&self, positions: usize) -> usize {
        Pages::bytes(&self.config, positions) + COPIES * self.config.state_bytes()
    }

    fn gauge(&self) -> &Gauge {
        &self.gauge
    }

    fn embed(&self, table: &CpuMatrix, tokens: &[u32], out: &mut CpuRows) -> Result<()> {
        let width = self.config.hidden_size;
        for (token, row) in tokens.iter().zip(out.shape(tokens.len(), width).chunks_exact_mut(width)) {
            table.copy_row(*token as usize, row);
        }
        Ok(())
    }

    fn normalise(&self, x: &CpuRows, weight: &Vec<f32>, out: &mut CpuRows) -> Result<()> {
        #[expect(clippy::cast_possible_truncation, reason = "an epsilon needs no more digits")]
        let epsilon = self.config.rms_norm_eps as f32;
        let out = out.shape(x.rows(), x.width);
        let piece = x.rows().div_ceil(self.pieces(x.data.len())) * x.width;
        let pieces = x.data.chunks(piece).zip(out.chunks_mut(piece)).collect();
        self.team.share(pieces, |(x, out)| self.isa.run(Normalise { x, weight, epsilon, out }));
        Ok(())
    }

    fn project(&self, matrix: &CpuMatrix, x: &CpuRows, out: &mut CpuRows) -> Result<()> {
        let (rows, outputs) = (x.rows(), matrix.outputs());
        let pieces = self.pieces(rows * outputs * matrix.inputs());
        // Whole groups of eight panels are what the kernel likes best.
        let panels = outputs.div_ceil(LANES).div_ceil(pieces).next_multiple_of(8);
        let with_room = |piece| (piece, Vec::with_capacity(rows));
        let mut pieces: Vec<(Piece<'_>, Vec<&mut [f32]>)> = matrix.pieces(panels).map(with_room).collect();
        for mut row in out.shape(rows, outputs).chunks_exact_mut(outputs) {
            for (piece, out) in &mut pieces {
                out.extend(row.split_off_mut(..piece.outputs));
            }
        }
        self.team.share(pieces, |(Piece { matrix, panel, .. }, mut out)| {
            self.isa.run(Project { matrix, panel, x: &x.data, out: &mut out });
        });
        Ok(())
    }

    fn shift(&self, x: &mut CpuRows, bias: &Vec<f32>) -> Result<()> {
        for row in x.data.chunks_exact_mut(x.width) {
            row.iter_mut().zip(bias).for_each(|(x, bias)| *x += bias);
        }
        Ok(())
    }

    fn attend(
        &self,
        site: Site<'_, Self>,
        qkv: &mut CpuRows,
        spans: &mut [Span<'_, CpuCache>],
        out: &mut CpuRows,
    ) -> Result<()> {
        let mut rows = qkv.data.chunks_exact_mut(qkv.width);
        for span in spans.iter_mut() {
            let cache = &mut span.cache.pages;
            let past = cache.len();
            cache.reserve(past + span.tokens.len());
            for (i, row) in rows.by_ref().take(span.tokens.len()).enumerate() {
                self.store(&site, row, cache, past + i);
            }
        }
        self.look(&site, qkv, spans, out);
        Ok(())
    }

    fn convolve(
        &self,
        (layer, weights): (usize, &Convolution<Vec<f32>>),
        x: &CpuRows,
        spans: &mut [Span<'_, CpuCache>],
        out: &mut CpuRows,
    ) -> Result<()> {
        let (stride, width) = (x.width, weights.bias.len());
        let (mut x, mut out) = (x.data.as_slice(), out.shape(x.rows(), width));
        for span in spans {
            let rows = span.tokens.len();
            let (mine, mine_out);
            (mine, x) = x.split_at(rows * stride);
            (mine_out, out) = out.split_at_mut(rows * width);
            let state = &mut span.cache.states.layer(layer).inputs;
            let (weight, bias) = (&weights.weight, &weights.bias);
            self.isa.run(Convolve { weight, bias, state, x: mine, stride, out: mine_out });
        }
        Ok(())
    }

    fn scan(
        &self,
        (layer, weights): (usize, &Recurrence<Vec<f32>>),
        inputs: ScanInputs<'_, CpuRows>,
        spans: &mut [Span<'_, CpuCache>],
        out: &mut CpuRows,
    ) -> Result<()> {
        let ScanInputs { x, steps, in_out, gates } = inputs;
        steps.data.iter_mut().for_each(|step| *step = softplus(*step));
        out.shape(x.rows(), x.width);
        let mut first = 0;
        for span in spans {
            let last = first + span.tokens.len();
            self.isa.run(Scan {
                decay: &weights.decay,
                skip: &weights.skip,
                state: &mut span.cache.states.layer(layer).states,
                x: x.some(first..last),
                steps: steps.some(first..last),
                in_out: in_out.some(first..last),
                gates: gates.some(first..last),
                out: &mut out.data[first * x.width..last * x.width],
            });
            first = last;
        }
        Ok(())
    }

    fn gate(&self, x: &CpuRows, out: &mut CpuRows) -> Result<()> {
        let width = x.width / 2;
        // An exponential costs about as much as sixteen multiplications.
        let rows = x.rows().div_ceil(self.pieces(16 * x.data.len()));
        let out = out.shape(x.rows(), width);
        let pieces = x.data.chunks(rows * 2 * width).zip(out.chunks_mut(rows * width)).collect();
        self.team.share(pieces, |(x, out)| self.isa.run(Gate { x, out, width }));
        Ok(())
    }

    fn add(&self, x: &mut CpuRows, delta: &CpuRows) -> Result<()> {
        let piece = x.data.len().div_ceil(self.pieces(x.data.len())).max(1);
        let pieces = x.data.chunks_mut(piece).zip(delta.data.chunks(piece)).collect();
        self.team.share(pieces, |(x, delta): (&mut [f32], &[f32])| {
            x.iter_mut().zip(delta).for_each(|(x, delta)| *x += delta);
        });
        Ok(())
    }

    fn pick(&self, x: &CpuRows, rows: &[usize], out: &mut CpuRows) -> Result<()> {
        for (row, to) in rows.iter().zip(out.shape(rows.len(), x.width).chunks_exact_mut(x.width)) {
            to.copy_from_slice(&x.data[row * x.width..][..x.width]);
        }
        Ok(())
    }

    fn read(&self, x: &CpuRows, out: &mut Vec<f32>) -> Result<()> {
        out.clear();
        out.extend_from_slice(&x.data);
        Ok(())
    }

    fn commit(&self, cache: &mut CpuCache, positions: usize) {
        cache.pages.commit(positions);
        cache.states.commit(positions, cache.pages.len());
    }
}
