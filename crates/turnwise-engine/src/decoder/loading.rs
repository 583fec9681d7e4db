//! Where a decoder's weights are: the names that Hugging Face gives them.

use super::layer::{Layer, Linear};
use crate::{
    ArtifactBytes, DecoderConfig, Family, LoadError,
    backend::{Backend, HeadNorms},
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
        self.matrix(&[("model.embed_tokens", self.config.vocab_size)], self.config.hidden_size)
    }

    pub(super) fn norm(&self) -> Result<B::Vector, LoadError> {
        self.vector(&["model.norm.weight"], &[self.config.hidden_size])
    }

    /// The output layer, where it is not the embedding table.
    pub(super) fn output(&self) -> Result<Option<B::Matrix>, LoadError> {
        let untied = !self.config.tie_word_embeddings;
        let load = || self.matrix(&[("lm_head", self.config.vocab_size)], self.config.hidden_size);
        untied.then(load).transpose()
    }

    pub(super) fn layer(&self, index: usize) -> Result<Layer<B>, LoadError> {
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
        let head_norms = match self.config.model_type {
            Family::Llama | Family::Mistral | Family::Qwen2 => None,
            Family::Qwen3 => Some(HeadNorms {
                query: norm("self_attn.q_norm", self.config.head_dim)?,
                key: norm("self_attn.k_norm", self.config.head_dim)?,
            }),
        };
        let qkv = [("self_attn.q_proj", q), ("self_attn.k_proj", k), ("self_attn.v_proj", k)];
        Ok(Layer {
            attention_norm: norm("input_layernorm", hidden)?,
            qkv: linear(&qkv, hidden, self.config.qkv_bias())?,
            head_norms,
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
