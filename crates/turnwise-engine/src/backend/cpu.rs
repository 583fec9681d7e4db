//! The processor back end: the engine's own kernels over packed `f32` rows, on the calling thread.

use std::ops::Range;

use candle_core::Result;

use super::{
    Backend, Convolution, Gauge, HeadNorms, Pages, Recurrence, ScanInputs, Site, Span, Stored,
    matrix::CpuMatrix,
    states::{COPIES, LayerState, States},
};
use crate::{
    DecoderConfig,
    backend::Cache,
    decoder_config::Rotation,
    kernels::{Attention, Convolve, Gate, Isa, Normalise, Project, Scan, rotate, softplus},
    memory,
};

/// The processor back end. One value serves any number of threads; each brings its own rows and caches.
#[derive(Debug)]
pub struct Cpu {
    isa: Isa,
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
    /// Room for attention scores, where these rows are the result of attention.
    scores: Vec<f32>,
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
    /// The back end for decoders of this shape, with the best instructions of this processor.
    ///
    /// # Errors
    /// Never; other back ends may fail here.
    pub fn new(config: &DecoderConfig) -> Result<Self> {
        Self::on(Isa::detect(), config)
    }

    /// The same with these instructions.
    pub(crate) fn on(isa: Isa, config: &DecoderConfig) -> Result<Self> {
        Ok(Self { isa, config: config.clone(), rotation: Rotation::new(config), gauge: Gauge::default() })
    }

    /// Norms a head if the family does, and rotates it.
    fn place(&self, head: &mut [f32], weight: Option<&[f32]>, position: usize, epsilon: f32) {
        if let Some(weight) = weight {
            let squares: f32 = head.iter().map(|x| x * x).sum();
            let factor = 1.0 / (squares / head.len() as f32 + epsilon).sqrt();
            head.iter_mut().zip(weight).for_each(|(x, w)| *x *= factor * w);
        }
        let (cos, sin) = self.rotation.at(position);
        rotate(head, cos, sin);
    }

    /// Places the heads of one row and writes its keys and values.
    fn store(&self, site: &Site<'_, Self>, row: &mut [f32], cache: &mut Pages, position: usize) {
        let config = &self.config;
        #[expect(clippy::cast_possible_truncation, reason = "an epsilon needs no more digits")]
        let epsilon = config.rms_norm_eps as f32;
        let (queries, rest) = row.split_at_mut(config.query_width());
        let (keys, values) = rest.split_at_mut(config.key_width());
        let weights =
            |pick: fn(&HeadNorms<Vec<f32>>) -> &Vec<f32>| site.norms.map(|norms| pick(norms).as_slice());
        for query in queries.chunks_exact_mut(config.head_dim) {
            self.place(query, weights(|norms| &norms.query), position, epsilon);
        }
        let pairs = keys.chunks_exact_mut(config.head_dim).zip(values.chunks_exact(config.head_dim));
        for (head, (key, value)) in pairs.enumerate() {
            self.place(key, weights(|norms| &norms.key), position, epsilon);
            cache.write((site.layer, head), position, key, value);
        }
    }
}

impl Backend for Cpu {
    type Rows = CpuRows;
    type Matrix = CpuMatrix;
    type Vector = Vec<f32>;
    type Cache = CpuCache;

    fn matrix(&self, stacked: Vec<Stored>) -> Result<CpuMatrix> {
        CpuMatrix::pack(stacked)
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
        self.isa.run(Normalise { x: &x.data, weight, epsilon, out });
        Ok(())
    }

    fn project(&self, matrix: &CpuMatrix, x: &CpuRows, out: &mut CpuRows) -> Result<()> {
        let stride = matrix.outputs();
        let out = out.shape(x.rows(), stride);
        for (first, part) in matrix.parts() {
            self.isa.run(Project { matrix: part, x: &x.data, out: &mut out[first..], stride });
        }
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
        let config = &self.config;
        let (width, heads) = (config.head_dim, config.num_attention_heads / config.num_key_value_heads);
        out.shape(qkv.rows(), config.query_width());
        let window = config.window(site.layer).unwrap_or(usize::MAX);
        let mut result = Vec::new();
        let mut first = 0;
        for span in spans {
            let cache = &mut span.cache.pages;
            let (past, rows) = (cache.len(), span.tokens.len());
            cache.reserve(past + rows);
            let packed = &mut qkv.data[first * qkv.width..][..rows * qkv.width];
            for (i, row) in packed.chunks_exact_mut(qkv.width).enumerate() {
                self.store(&site, row, cache, past + i);
            }
            for key_head in 0..config.num_key_value_heads {
                let pages: Vec<_> = cache.read((site.layer, key_head)).collect();
                let mine = key_head * heads * width..(key_head + 1) * heads * width;
                let rows_of_head = packed.chunks_exact(qkv.width).map(|row| &row[mine.clone()]);
                let queries: Vec<_> = rows_of_head.flat_map(|row| row.chunks_exact(width)).collect();
                result.resize(rows * heads * width, 0.0);
                let (pages, queries, scores) = (&pages, &queries, &mut out.scores);
                let (seen, out_of_head) = (past + 1, &mut result);
                self.isa.run(Attention { pages, queries, heads, seen, window, scores, out: out_of_head });
                for (row, result) in result.chunks_exact(heads * width).enumerate() {
                    let start = (first + row) * out.width + key_head * heads * width;
                    out.data[start..][..heads * width].copy_from_slice(result);
                }
            }
            first += rows;
        }
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
        let out = out.shape(x.rows(), width);
        self.isa.run(Gate { x: &x.data, out, width });
        Ok(())
    }

    fn add(&self, x: &mut CpuRows, delta: &CpuRows) -> Result<()> {
        x.data.iter_mut().zip(&delta.data).for_each(|(x, d)| *x += d);
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
