//! The network as a training graph: a Qwen3 decoder over packed sequences with its loss.

mod composed;

use super::{
    encode::Batch,
    ops::{Attention, CrossEntropy, RmsNorm, Rope, SwiGlu},
    shape::Shape,
};
use candle_core::{DType, Device, Result, Tensor, Var};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use std::{collections::BTreeMap, sync::Arc};

/// How a variable is stepped by the optimiser, and how its rows are split when the model is saved.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    /// A hidden matrix made of these, one below the other: name and rows.
    Matrix(Vec<(String, usize)>),
    /// The embedding or a gain, stepped with this share of the matrices' learning rate.
    Other(f64),
}

/// How a variable starts.
#[derive(Clone, Copy)]
enum Start {
    /// Normal, with this standard deviation.
    Drawn(f32),
    /// All the same.
    Constant(f32),
}

/// Where the gains of queries and keys start. Normalised heads of width 32 reach a score of 5.7 at gain 1,
/// too little to single one of a thousand positions out; from there the gains grow so slowly that copying,
/// which needs sharp attention, is learned late.
const SHARP: f32 = 1.6;

/// The network: named variables.
pub(super) struct Network {
    pub(super) shape: Shape,
    pub(super) vars: BTreeMap<String, Var>,
    pub(super) kinds: BTreeMap<String, Kind>,
    rope: Arc<Rope>,
}

impl Network {
    /// A fresh network, drawn with `seed`.
    pub(super) fn new(shape: Shape, seed: u64, device: &Device) -> Result<Self> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let rope = Arc::new(Rope::new(shape.context, shape.width, shape.theta));
        let mut network = Self { rope, vars: BTreeMap::new(), kinds: BTreeMap::new(), shape };
        for (name, rows, columns, start, kind) in network.plan() {
            let (values, dims) = match start {
                Start::Drawn(deviation) => {
                    ((0..rows * columns).map(|_| normal(&mut rng) * deviation).collect(), vec![rows, columns])
                }
                Start::Constant(value) => (vec![value; columns], vec![columns]),
            };
            network.vars.insert(name.clone(), Var::from_tensor(&Tensor::from_vec(values, dims, device)?)?);
            network.kinds.insert(name, kind);
        }
        Ok(network)
    }

    /// Name, rows, columns, how it starts, kind.
    fn plan(&self) -> Vec<(String, usize, usize, Start, Kind)> {
        let s = &self.shape;
        let (q, kv) = (s.heads * s.width, s.groups * s.width);
        let small = Start::Drawn(0.02);
        let out = Start::Drawn(0.02 / (2.0 * s.layers as f32).sqrt());
        let gain = (Start::Constant(1.0), Kind::Other(0.1));
        let sharp = (Start::Constant(SHARP), Kind::Other(0.3));
        let matrix = |parts: &[(String, usize)]| Kind::Matrix(parts.to_vec());
        let mut all = vec![
            ("model.embed_tokens".to_owned(), s.vocabulary, s.hidden, small, Kind::Other(0.1)),
            ("model.norm".to_owned(), 1, s.hidden, gain.0, gain.1.clone()),
        ];
        for layer in 0..s.layers {
            let name = |part: &str| format!("model.layers.{layer}.{part}");
            let qkv = [
                (name("self_attn.q_proj"), q),
                (name("self_attn.k_proj"), kv),
                (name("self_attn.v_proj"), kv),
            ];
            let gate_up = [(name("mlp.gate_proj"), s.inner), (name("mlp.up_proj"), s.inner)];
            all.extend([
                (name("qkv"), q + 2 * kv, s.hidden, small, matrix(&qkv)),
                (name("self_attn.o_proj"), s.hidden, q, out, matrix(&[(name("self_attn.o_proj"), s.hidden)])),
                (name("gate_up"), 2 * s.inner, s.hidden, small, matrix(&gate_up)),
                (name("mlp.down_proj"), s.hidden, s.inner, out, matrix(&[(name("mlp.down_proj"), s.hidden)])),
                (name("self_attn.q_norm"), 1, s.width, sharp.0, sharp.1.clone()),
                (name("self_attn.k_norm"), 1, s.width, sharp.0, sharp.1.clone()),
                (name("input_layernorm"), 1, s.hidden, gain.0, gain.1.clone()),
                (name("post_attention_layernorm"), 1, s.hidden, gain.0, gain.1.clone()),
            ]);
        }
        all
    }

    fn var(&self, name: &str) -> Result<&Tensor> {
        let var =
            self.vars.get(name).ok_or_else(|| candle_core::Error::msg(format!("no variable `{name}`")))?;
        Ok(var.as_tensor())
    }

    fn layer(&self, layer: usize, part: &str) -> Result<&Tensor> {
        self.var(&format!("model.layers.{layer}.{part}"))
    }

    /// The logits of every position, (n, vocabulary).
    pub(super) fn logits(&self, batch: &Batch) -> Result<Tensor> {
        let embedding = self.var("model.embed_tokens")?;
        let tokens = Tensor::new(batch.tokens.as_slice(), embedding.device())?;
        let mut x = embedding.index_select(&tokens, 0)?;
        for layer in 0..self.shape.layers {
            let h = self.norm(&x, self.layer(layer, "input_layernorm")?)?;
            let qkv = project(&h, self.layer(layer, "qkv")?)?;
            let attended = self.attend(&qkv, layer, batch)?;
            x = (x + project(&attended, self.layer(layer, "self_attn.o_proj")?)?)?;
            let h = self.norm(&x, self.layer(layer, "post_attention_layernorm")?)?;
            let inner = self.gate(&project(&h, self.layer(layer, "gate_up")?)?)?;
            x = (x + project(&inner, self.layer(layer, "mlp.down_proj")?)?)?;
        }
        project(&self.norm(&x, self.var("model.norm")?)?, embedding)
    }

    /// The weighted sum of the cross-entropies of a batch, in nats.
    pub(super) fn loss(&self, batch: &Batch) -> Result<Tensor> {
        let logits = self.logits(batch)?;
        if logits.device().is_cpu() {
            let op = CrossEntropy { targets: batch.targets.clone(), weights: batch.weights.clone() };
            logits.apply_op1(op)
        } else {
            composed::cross_entropy(&logits, &batch.targets, &batch.weights)
        }
    }

    fn norm(&self, x: &Tensor, gain: &Tensor) -> Result<Tensor> {
        if x.device().is_cpu() {
            #[expect(clippy::cast_possible_truncation, reason = "the graph is f32")]
            x.apply_op2(gain, RmsNorm { eps: self.shape.eps as f32 })
        } else {
            composed::rms_norm(x, gain, self.shape.eps)
        }
    }

    fn gate(&self, gate_up: &Tensor) -> Result<Tensor> {
        if gate_up.device().is_cpu() { gate_up.apply_op1(SwiGlu) } else { composed::swiglu(gate_up) }
    }

    fn attend(&self, qkv: &Tensor, layer: usize, batch: &Batch) -> Result<Tensor> {
        let (q_gain, k_gain) =
            (self.layer(layer, "self_attn.q_norm")?, self.layer(layer, "self_attn.k_norm")?);
        #[expect(clippy::cast_possible_truncation, reason = "the graph is f32")]
        let op = Attention {
            sequences: batch.sequences.clone(),
            rope: self.rope.clone(),
            heads: self.shape.heads,
            groups: self.shape.groups,
            width: self.shape.width,
            eps: self.shape.eps as f32,
        };
        if qkv.device().is_cpu() {
            qkv.apply_op3(q_gain, k_gain, op)
        } else {
            composed::attention(qkv, (q_gain, k_gain), &op)
        }
    }
}

/// `x · wᵀ`, as linear layers are stored.
fn project(x: &Tensor, w: &Tensor) -> Result<Tensor> {
    x.matmul(&w.t()?)
}

/// A draw from the standard normal distribution (Box & Muller 1958).
fn normal(rng: &mut ChaCha8Rng) -> f32 {
    let (u, v): (f32, f32) = (rng.random_range(f32::MIN_POSITIVE..1.0), rng.random());
    (-2.0 * u.ln()).sqrt() * (std::f32::consts::TAU * v).cos()
}

/// The gradients of a batch's loss by variable name, and the loss.
pub(super) fn gradients(network: &Network, batch: &Batch) -> Result<(f64, BTreeMap<String, Tensor>)> {
    let loss = network.loss(batch)?;
    let store = loss.backward()?;
    let mut all = BTreeMap::new();
    for (name, var) in &network.vars {
        let gradient = store
            .get(var.as_tensor())
            .ok_or_else(|| candle_core::Error::msg(format!("the gradient of `{name}` was cut")))?;
        all.insert(name.clone(), gradient.detach());
    }
    Ok((f64::from(loss.to_dtype(DType::F32)?.to_scalar::<f32>()?), all))
}

#[cfg(test)]
mod tests;
