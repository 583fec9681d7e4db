//! Where a decoder's weights are: the names that Hugging Face gives them.

use candle_core::Tensor;

use super::{
    layer::{Layer, Linear},
    mamba::Mamba,
    transformer::Transformer,
};
use crate::{
    ArtifactBytes, DecoderConfig, LoadError, MambaShape,
    backend::{Backend, Convolution, HeadNorms, Recurrence, Stored},
    memory,
    weights::Weights,
};

/// Brings the tensors of a checkpoint to a back end.
pub(super) struct Loader<'a, B: Backend> {
    weights: Weights<'a>,
    backend: B,
    config: &'a DecoderConfig,
}

impl<'a, B: Backend> Loader<'a, B> {
    /// Reads the headers and checks that there is room for what they announce.
    pub(super) fn open(
        artifacts: &'a ArtifactBytes,
        config: &'a DecoderConfig,
        backend: impl FnOnce(&DecoderConfig) -> candle_core::Result<B>,
    ) -> Result<Self, LoadError> {
        let weights = Weights::open(artifacts)?;
        let backend = backend(config).map_err(transfer)?;
        memory::check(weights.memory(), backend.room())?;
        Ok(Self { weights, backend, config })
    }

    pub(super) fn into_backend(self) -> B {
        self.backend
    }

    pub(super) fn embedding(&self) -> Result<B::Matrix, LoadError> {
        let name = match self.config.mamba {
            None => "model.embed_tokens",
            Some(_) => "backbone.embeddings",
        };
        self.matrix(&[(name, self.config.vocab_size)], self.config.hidden_size)
    }

    pub(super) fn norm(&self) -> Result<B::Vector, LoadError> {
        let name = match self.config.mamba {
            None => "model.norm.weight",
            Some(_) => "backbone.norm_f.weight",
        };
        self.vector(&[name], &[self.config.hidden_size])
    }

    /// The output layer, where it is not the embedding table.
    pub(super) fn output(&self) -> Result<Option<B::Matrix>, LoadError> {
        let untied = !self.config.tie_word_embeddings;
        let load = || self.matrix(&[("lm_head", self.config.vocab_size)], self.config.hidden_size);
        untied.then(load).transpose()
    }

    pub(super) fn layer(&self, index: usize) -> Result<Layer<B>, LoadError> {
        match &self.config.mamba {
            None => self.transformer(index).map(Layer::Transformer),
            Some(shape) => self.mamba(index, shape).map(Layer::Mamba),
        }
    }

    fn mamba(&self, index: usize, shape: &MambaShape) -> Result<Mamba<B>, LoadError> {
        let (hidden, inner) = (self.config.hidden_size, self.config.intermediate_size);
        let &MambaShape { state_size: states, conv_kernel: taps, time_step_rank: rank, .. } = shape;
        let part = |name: &str| format!("backbone.layers.{index}.{name}");
        let mixer = |name: &str| part(&format!("mixer.{name}"));
        let linear =
            |name: &str, outputs, inputs, bias| self.linear(&[(mixer(name).as_str(), outputs)], inputs, bias);
        // One matrix in the file, of which the first rows make steps and the others enter and leave states.
        let narrow = self.tensor(&mixer("x_proj.weight"), &[rank + 2 * states, inner])?;
        let rows = |start, count| {
            let rows = narrow.narrow(0, start, count).and_then(|rows| rows.contiguous());
            let weight = rows.and_then(|rows| self.backend.matrix(vec![Stored::Plain(rows)]));
            Ok::<_, LoadError>(Linear { weight: weight.map_err(transfer)?, bias: None })
        };
        let taps_of = |tensor: Tensor| tensor.squeeze(1)?.t()?.flatten_all();
        let weight = self.made(&mixer("conv1d.weight"), &[inner, 1, taps], taps_of)?;
        let bias = match shape.use_conv_bias {
            true => self.vector(&[&mixer("conv1d.bias")], &[inner])?,
            false => self.made(&mixer("D"), &[inner], |tensor| tensor.zeros_like())?,
        };
        let decay_of = |tensor: Tensor| tensor.exp()?.neg()?.t()?.flatten_all();
        Ok(Mamba {
            norm: self.vector(&[&part("norm.weight")], &[hidden])?,
            input: linear("in_proj", 2 * inner, hidden, shape.use_bias)?,
            convolution: Convolution { weight, bias },
            step_rank: rows(0, rank)?,
            steps: linear("dt_proj", inner, rank, true)?,
            in_out: rows(rank, 2 * states)?,
            recurrence: Recurrence {
                decay: self.made(&mixer("A_log"), &[inner, states], decay_of)?,
                skip: self.vector(&[&mixer("D")], &[inner])?,
            },
            output: linear("out_proj", hidden, inner, shape.use_bias)?,
        })
    }

    /// A tensor in single precision.
    fn tensor(&self, name: &str, shape: &[usize]) -> Result<Tensor, LoadError> {
        self.weights.get(name, shape)?.widened().map_err(transfer)
    }

    /// A vector made of a tensor.
    fn made(
        &self,
        name: &str,
        shape: &[usize],
        make: impl Fn(Tensor) -> candle_core::Result<Tensor>,
    ) -> Result<B::Vector, LoadError> {
        let made = make(self.tensor(name, shape)?);
        made.and_then(|tensor| self.backend.vector(&[Stored::Plain(tensor)])).map_err(transfer)
    }

    fn transformer(&self, index: usize) -> Result<Transformer<B>, LoadError> {
        let DecoderConfig { hidden_size: hidden, intermediate_size: wide, .. } = *self.config;
        let (q, k) = (self.config.query_width(), self.config.key_width());
        let (attention_bias, mlp_bias) = (self.config.attention_bias, self.config.mlp_bias);
        let part = |name: &str| format!("model.layers.{index}.{name}");
        let linear = |parts: &[(&str, usize)], inputs, bias| {
            let names: Vec<_> = parts.iter().map(|(name, outputs)| (part(name), *outputs)).collect();
            let parts: Vec<_> = names.iter().map(|(name, outputs)| (name.as_str(), *outputs)).collect();
            self.linear(&parts, inputs, bias)
        };
        let norm = |name: &str, width| self.vector(&[&format!("{}.weight", part(name))], &[width]);
        let head_norms = || {
            let norm = |name| norm(name, self.config.head_dim);
            Ok::<_, LoadError>(HeadNorms { query: norm("self_attn.q_norm")?, key: norm("self_attn.k_norm")? })
        };
        let qkv = [("self_attn.q_proj", q), ("self_attn.k_proj", k), ("self_attn.v_proj", k)];
        Ok(Transformer {
            attention_norm: norm("input_layernorm", hidden)?,
            qkv: linear(&qkv, hidden, self.config.qkv_bias())?,
            head_norms: self.config.has_head_norms().then(head_norms).transpose()?,
            attention_output: linear(&[("self_attn.o_proj", hidden)], q, attention_bias)?,
            mlp_norm: norm("post_attention_layernorm", hidden)?,
            gate_up: linear(&[("mlp.gate_proj", wide), ("mlp.up_proj", wide)], hidden, mlp_bias)?,
            down: linear(&[("mlp.down_proj", hidden)], wide, mlp_bias)?,
        })
    }

    fn linear(&self, parts: &[(&str, usize)], inputs: usize, bias: bool) -> Result<Linear<B>, LoadError> {
        let weight = self.matrix(parts, inputs)?;
        let bias = bias.then(|| {
            let names: Vec<_> = parts.iter().map(|(name, _)| format!("{name}.bias")).collect();
            let names: Vec<_> = names.iter().map(String::as_str).collect();
            let widths: Vec<_> = parts.iter().map(|(_, outputs)| *outputs).collect();
            self.vector(&names, &widths)
        });
        Ok(Linear { weight, bias: bias.transpose()? })
    }

    fn matrix(&self, parts: &[(&str, usize)], inputs: usize) -> Result<B::Matrix, LoadError> {
        let get = |(name, outputs): &(&str, usize)| {
            self.weights.get(&format!("{name}.weight"), &[*outputs, inputs])
        };
        self.backend.matrix(parts.iter().map(get).collect::<Result<_, _>>()?).map_err(transfer)
    }

    fn vector(&self, names: &[&str], widths: &[usize]) -> Result<B::Vector, LoadError> {
        let get = |(name, width): (&&str, &usize)| self.weights.get(name, &[*width]);
        let joined: Vec<_> = names.iter().zip(widths).map(get).collect::<Result<_, _>>()?;
        self.backend.vector(&joined).map_err(transfer)
    }
}

fn transfer(source: candle_core::Error) -> LoadError {
    LoadError::Transfer { source }
}
