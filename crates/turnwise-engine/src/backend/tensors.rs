//! The candle back end: the same operations as tensor code, on any candle device, in `f32`.
//!
//! It is the reference on the processor and the way to a GPU. Each conversation attends on its own, so
//! a batch saves the loads of weights, not the launches of attention.

use std::sync::Arc;

use candle_core::{
    D, Device, Error, Module, Result, Tensor,
    quantized::{GgmlDType, QMatMul, QStorage, QTensor},
};

use super::{
    Backend, Cache, Convolution, Gauge, MatrixSize, Recurrence, ScanInputs, Site, Span, Stored,
    gauge::Counted,
    states::{COPIES, LayerState, States},
};
use crate::{DecoderConfig, decoder_config::Rotation, memory};

/// The candle back end.
#[derive(Debug)]
pub struct Tensors {
    device: Device,
    config: DecoderConfig,
    /// Cosines and sines of the rotation, `[positions, head_dim / 2]`.
    rotation: (Tensor, Tensor),
    gauge: Gauge,
}

/// The keys and values of one conversation, for each layer `[heads, positions, width]`.
#[derive(Clone, Debug)]
pub struct TensorCache {
    layers: Vec<Option<Grown>>,
    states: States<Option<Tensor>>,
    len: usize,
    gauge: Gauge,
}

/// The keys and values of one layer. They are replaced when they grow, never written into, so forks share them.
#[derive(Clone, Debug)]
struct Grown {
    keys: Tensor,
    values: Tensor,
    _counted: Arc<Counted>,
}

impl Cache for TensorCache {
    fn len(&self) -> usize {
        self.len
    }

    fn truncate(&mut self, len: usize) {
        // Tensors are cut when the next positions are appended.
        self.len = self.states.rewind(self.len, len);
        if self.len == 0 {
            self.layers.fill(None);
        }
    }
}

impl TensorCache {
    /// Appends to one layer and returns all of its keys and values.
    fn append(&mut self, layer: usize, key: Tensor, value: Tensor) -> Result<(Tensor, Tensor)> {
        let held = self.layers[layer].take().filter(|_| self.len > 0);
        let join = |held: Tensor, new| Tensor::cat(&[&held.narrow(1, 0, self.len)?, new], 1);
        let (keys, values) = match held {
            Some(held) => (join(held.keys, &key)?, join(held.values, &value)?),
            None => (key, value),
        };
        let bytes = (keys.elem_count() + values.elem_count()) * size_of::<f32>();
        let counted = Arc::new(self.gauge.count(bytes));
        self.layers[layer] = Some(Grown { keys: keys.clone(), values: values.clone(), _counted: counted });
        Ok((keys, values))
    }
}

impl Tensors {
    /// The back end on a device, for decoders of this shape.
    ///
    /// # Errors
    /// When the device fails.
    pub fn new(device: Device, config: &DecoderConfig) -> Result<Self> {
        let (cos, sin) = Rotation::new(config).table(0..config.max_position_embeddings);
        let shape = (config.max_position_embeddings, config.head_dim / 2);
        let table = |numbers| Tensor::from_vec(numbers, shape, &Device::Cpu)?.to_device(&device);
        let rotation = (table(cos)?, table(sin)?);
        Ok(Self { device, config: config.clone(), rotation, gauge: Gauge::default() })
    }

    /// One conversation's rows `[rows, q + k + v]` to its attention `[rows, q]`.
    fn attend_one(&self, site: &Site<'_, Self>, qkv: &Tensor, cache: &mut TensorCache) -> Result<Tensor> {
        let config = &self.config;
        let (rows, past) = (qkv.dim(0)?, cache.len);
        let (q, k) = (config.query_width(), config.key_width());
        let heads = |start, width: usize| {
            qkv.narrow(1, start, width)?
                .reshape((rows, width / config.head_dim, config.head_dim))?
                .transpose(0, 1)
        };
        let (cos, sin) = (self.rotation.0.narrow(0, past, rows)?, self.rotation.1.narrow(0, past, rows)?);
        let place = |x: Tensor, weight: Option<&Tensor>| {
            let x = match weight {
                Some(weight) => rms_norm(&x, weight, config.rms_norm_eps)?,
                None => x,
            };
            candle_nn::rotary_emb::rope_slow(&x.unsqueeze(0)?.contiguous()?, &cos, &sin)?.squeeze(0)
        };
        let query = place(heads(0, q)?, site.norms.map(|norms| &norms.query))?;
        let key = place(heads(q, k)?, site.norms.map(|norms| &norms.key))?;
        let (keys, values) = cache.append(site.layer, key, heads(q + k, k)?.contiguous()?)?;
        let shared = config.num_attention_heads / config.num_key_value_heads;
        let query = query.reshape((config.num_key_value_heads, shared * rows, config.head_dim))?;
        let scores = query.matmul(&keys.transpose(1, 2)?.contiguous()?)?;
        let scores = (scores / (config.head_dim as f64).sqrt())?;
        let scores = scores.reshape((config.num_key_value_heads, shared, rows, past + rows))?;
        let weights =
            candle_nn::ops::softmax(&scores.broadcast_add(&self.mask(site.layer, past, rows)?)?, D::Minus1)?;
        let weights = weights.reshape((config.num_key_value_heads, shared * rows, past + rows))?;
        let mixed = weights.matmul(&values)?.reshape((config.num_attention_heads, rows, config.head_dim))?;
        mixed.transpose(0, 1)?.reshape((rows, q))
    }

    /// Minus infinity where a row would see what comes after it or before its window, `[rows, past + rows]`.
    fn mask(&self, layer: usize, past: usize, rows: usize) -> Result<Tensor> {
        let total = past + rows;
        let window = self.config.window(layer).unwrap_or(usize::MAX);
        let sees = |i: usize| match (past + i / total).checked_sub(i % total) {
            Some(distance) if distance < window => 0f32,
            _ => f32::NEG_INFINITY,
        };
        Tensor::from_vec((0..rows * total).map(sees).collect(), (rows, total), &self.device)
    }
}

fn rms_norm(x: &Tensor, weight: &Tensor, epsilon: f64) -> Result<Tensor> {
    let mean = x.sqr()?.mean_keepdim(D::Minus1)?;
    x.broadcast_div(&(mean + epsilon)?.sqrt()?)?.broadcast_mul(weight)
}

/// A weight matrix, or quantised parts of one, one below the other.
#[derive(Debug)]
pub enum TensorMatrix {
    /// In single precision, `[outputs, inputs]`.
    Plain(Tensor),
    /// As GGUF stores it.
    Quantised(Vec<Arc<QTensor>>),
}

/// Rows that may not have been computed yet.
#[derive(Debug, Default)]
pub struct TensorRows(Option<Tensor>);

impl TensorRows {
    fn get(&self) -> Result<&Tensor> {
        self.0.as_ref().ok_or_else(|| Error::Msg("rows were read before they were computed".into()))
    }

    fn set(&mut self, rows: Tensor) -> Result<()> {
        self.0 = Some(rows);
        Ok(())
    }
}

impl Backend for Tensors {
    type Rows = TensorRows;
    type Matrix = TensorMatrix;
    type Vector = Tensor;
    type Cache = TensorCache;
    type Host = Vec<f32>;

    fn matrix(&self, stacked: Vec<Stored>) -> Result<TensorMatrix> {
        if stacked.iter().all(|stored| matches!(stored, Stored::Plain(_))) {
            let parts = stacked.iter().map(Stored::widened).collect::<Result<Vec<_>>>()?;
            return Ok(TensorMatrix::Plain(Tensor::cat(&parts, 0)?.to_device(&self.device)?));
        }
        let quantised = |stored| match stored {
            Stored::Plain(tensor) => QTensor::quantize_onto(&tensor, GgmlDType::F32, &self.device),
            Stored::Quantised(tensor) => {
                let data = QStorage::from_data(tensor.data()?, &self.device, tensor.dtype())?;
                QTensor::new(data, tensor.shape().clone())
            }
        };
        let parts = stacked.into_iter().map(|stored| Ok(Arc::new(quantised(stored)?)));
        Ok(TensorMatrix::Quantised(parts.collect::<Result<_>>()?))
    }

    fn size(&self, matrix: &TensorMatrix) -> MatrixSize {
        let of = |elements: usize, bytes: usize| MatrixSize {
            multiplications: elements as u64,
            bytes: bytes as u64,
        };
        match matrix {
            TensorMatrix::Plain(tensor) => {
                of(tensor.elem_count(), tensor.elem_count() * tensor.dtype().size_in_bytes())
            }
            TensorMatrix::Quantised(parts) => {
                parts.iter().map(|part| of(part.shape().elem_count(), part.storage_size_in_bytes())).sum()
            }
        }
    }

    fn vector(&self, joined: &[Stored]) -> Result<Tensor> {
        let parts = joined.iter().map(Stored::widened).collect::<Result<Vec<_>>>()?;
        Tensor::cat(&parts, 0)?.to_device(&self.device)
    }

    fn room(&self) -> Option<u64> {
        self.device.is_cpu().then(memory::available)?
    }

    fn cache(&self) -> TensorCache {
        let layers = self.config.num_hidden_layers;
        let recurrent = if self.config.mamba.is_some() { layers } else { 0 };
        let fresh = vec![LayerState::default(); recurrent];
        let states = States::new(fresh, self.config.state_bytes(), &self.gauge);
        TensorCache { layers: vec![None; layers], states, len: 0, gauge: self.gauge.clone() }
    }

    fn cache_bytes(&self, positions: usize) -> usize {
        let position = self.config.num_hidden_layers * 2 * self.config.key_width() * size_of::<f32>();
        positions * position + COPIES * self.config.state_bytes()
    }

    fn gauge(&self) -> &Gauge {
        &self.gauge
    }

    fn embed(&self, table: &TensorMatrix, tokens: &[u32], out: &mut TensorRows) -> Result<()> {
        let tokens = Tensor::new(tokens, &self.device)?;
        out.set(match table {
            TensorMatrix::Plain(table) => table.index_select(&tokens, 0)?,
            TensorMatrix::Quantised(parts) => {
                let rows = parts.iter().map(|part| part.embedding(&tokens)).collect::<Result<Vec<_>>>()?;
                Tensor::cat(&rows, 1)?
            }
        })
    }

    fn normalise(&self, x: &TensorRows, weight: &Tensor, out: &mut TensorRows) -> Result<()> {
        out.set(rms_norm(x.get()?, weight, self.config.rms_norm_eps)?)
    }

    fn project(&self, matrix: &TensorMatrix, x: &TensorRows, out: &mut TensorRows) -> Result<()> {
        let x = x.get()?;
        out.set(match matrix {
            TensorMatrix::Plain(matrix) => x.matmul(&matrix.t()?)?,
            TensorMatrix::Quantised(parts) => {
                let product = |part: &Arc<QTensor>| QMatMul::from_arc(Arc::clone(part))?.forward(x);
                Tensor::cat(&parts.iter().map(product).collect::<Result<Vec<_>>>()?, 1)?
            }
        })
    }

    fn shift(&self, x: &mut TensorRows, bias: &Tensor) -> Result<()> {
        let sum = x.get()?.broadcast_add(bias)?;
        x.set(sum)
    }

    fn attend(
        &self,
        site: Site<'_, Self>,
        qkv: &mut TensorRows,
        spans: &mut [Span<'_, TensorCache>],
        out: &mut TensorRows,
    ) -> Result<()> {
        let mut first = 0;
        let mut parts = Vec::new();
        for span in spans {
            let rows = span.tokens.len();
            parts.push(self.attend_one(&site, &qkv.get()?.narrow(0, first, rows)?, span.cache)?);
            first += rows;
        }
        out.set(Tensor::cat(&parts, 0)?)
    }

    fn convolve(
        &self,
        (layer, weights): (usize, &Convolution<Tensor>),
        x: &TensorRows,
        spans: &mut [Span<'_, TensorCache>],
        out: &mut TensorRows,
    ) -> Result<()> {
        let width = weights.bias.elem_count();
        let taps = weights.weight.elem_count() / width;
        let weight = weights.weight.reshape((taps, width))?;
        let mut first = 0;
        let mut parts = Vec::new();
        for span in spans {
            let rows = span.tokens.len();
            let new = x.get()?.narrow(0, first, rows)?.narrow(1, 0, width)?;
            let state = &mut span.cache.states.layer(layer).inputs;
            let before = match state.take() {
                Some(before) => before,
                None => new.narrow(0, 0, 1)?.zeros_like()?.broadcast_as((taps - 1, width))?,
            };
            let all = Tensor::cat(&[&before.contiguous()?, &new.contiguous()?], 0)?;
            let mut sum = weights.bias.broadcast_as((rows, width))?.contiguous()?;
            for tap in 0..taps {
                sum = (sum + all.narrow(0, tap, rows)?.broadcast_mul(&weight.narrow(0, tap, 1)?)?)?;
            }
            *state = Some(all.narrow(0, rows, taps - 1)?.contiguous()?);
            parts.push(sum.silu()?);
            first += rows;
        }
        out.set(Tensor::cat(&parts, 0)?)
    }

    fn scan(
        &self,
        (layer, weights): (usize, &Recurrence<Tensor>),
        inputs: ScanInputs<'_, TensorRows>,
        spans: &mut [Span<'_, TensorCache>],
        out: &mut TensorRows,
    ) -> Result<()> {
        let (x, in_out) = (inputs.x.get()?, inputs.in_out.get()?);
        let width = weights.skip.elem_count();
        let states = weights.decay.elem_count() / width;
        let decay = weights.decay.reshape((states, width))?;
        let steps = (inputs.steps.get()?.exp()? + 1.0)?.log()?;
        let mut results = Vec::new();
        for span in spans {
            let slot = &mut span.cache.states.layer(layer).states;
            let mut state = match slot.take() {
                Some(state) => state,
                None => decay.zeros_like()?,
            };
            for _ in span.tokens {
                let row = results.len();
                let (x, step) = (x.narrow(0, row, 1)?, steps.narrow(0, row, 1)?);
                let column = |start| in_out.narrow(0, row, 1)?.narrow(1, start, states)?.t()?.contiguous();
                let added = column(0)?.matmul(&(&x * &step)?)?;
                state = ((decay.broadcast_mul(&step)?.exp()? * state)? + added)?;
                let seen = column(states)?.t()?.contiguous()?.matmul(&state)?;
                results.push((seen + x.broadcast_mul(&weights.skip)?)?);
            }
            *slot = Some(state);
        }
        let gates = inputs.gates.get()?.narrow(1, width, width)?.silu()?;
        out.set((Tensor::cat(&results, 0)? * gates)?)
    }

    fn gate(&self, x: &TensorRows, out: &mut TensorRows) -> Result<()> {
        let halves = x.get()?.chunk(2, 1)?;
        out.set((halves[0].silu()? * &halves[1])?)
    }

    fn add(&self, x: &mut TensorRows, delta: &TensorRows) -> Result<()> {
        let sum = (x.get()? + delta.get()?)?;
        x.set(sum)
    }

    fn pick(&self, x: &TensorRows, rows: &[usize], out: &mut TensorRows) -> Result<()> {
        let rows = rows.iter().map(|&row| x.get()?.narrow(0, row, 1));
        out.set(Tensor::cat(&rows.collect::<Result<Vec<_>>>()?, 0)?)
    }

    fn read(&self, x: &TensorRows, out: &mut Vec<f32>) -> Result<()> {
        *out = x.get()?.flatten_all()?.to_vec1()?;
        Ok(())
    }

    fn commit(&self, cache: &mut TensorCache, positions: usize) {
        cache.len += positions;
        cache.states.commit(positions, cache.len);
    }
}
