//! The decoder of the Qwen3 and Llama families: one layer loop for every back end.
//!
//! It takes spans of tokens and gives logits. It knows no text, no sampling, and of conversations only
//! their caches.

use candle_core::Tensor;

use crate::{
    ArtifactBytes, DecoderConfig, Family, LoadError,
    backend::{Backend, Cache, Gauge, HeadNorms, Site, Span, Want},
    tap::Tap,
    weights::Weights,
};

/// A decoder: the weights on a back end. Cheap to share by `Arc`; it does not change.
#[derive(Debug)]
pub struct Decoder<B: Backend> {
    config: DecoderConfig,
    backend: B,
    embedding: B::Matrix,
    layers: Vec<Layer<B>>,
    norm: B::Vector,
    /// The output layer, where it is not the embedding table.
    output: Option<B::Matrix>,
}

#[derive(Debug)]
struct Layer<B: Backend> {
    attention_norm: B::Vector,
    qkv: B::Matrix,
    head_norms: Option<HeadNorms<B::Vector>>,
    attention_output: B::Matrix,
    mlp_norm: B::Vector,
    gate_up: B::Matrix,
    down: B::Matrix,
}

/// The activations of one step, kept so that the next step need not allocate. Each thread has its own.
pub struct Workspace<B: Backend> {
    hidden: B::Rows,
    normed: B::Rows,
    qkv: B::Rows,
    heads: B::Rows,
    gate_up: B::Rows,
    gated: B::Rows,
    delta: B::Rows,
    logits: B::Rows,
    tapped: Vec<f32>,
    output: Vec<f32>,
}

impl<B: Backend> Default for Workspace<B> {
    fn default() -> Self {
        Self {
            hidden: B::Rows::default(),
            normed: B::Rows::default(),
            qkv: B::Rows::default(),
            heads: B::Rows::default(),
            gate_up: B::Rows::default(),
            gated: B::Rows::default(),
            delta: B::Rows::default(),
            logits: B::Rows::default(),
            tapped: Vec::new(),
            output: Vec::new(),
        }
    }
}

/// Why a step cannot be computed.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// A token is not in the embedding table.
    #[error(
        "token {token} is outside the vocabulary of {vocab_size}; tokenise with the model's own tokenizer"
    )]
    Token {
        /// The token.
        token: u32,
        /// Rows of the embedding table.
        vocab_size: usize,
    },
    /// A conversation would grow beyond the context.
    #[error("{positions} positions do not fit the context of {context}; shorten the conversation")]
    Context {
        /// The positions there would be.
        positions: usize,
        /// The positions there may be.
        context: usize,
    },
    /// The device failed.
    #[error("the device failed to compute; try another device or fewer conversations at once")]
    Device(#[from] candle_core::Error),
}

impl<B: Backend> Decoder<B> {
    /// Brings the weights of a checkpoint to a back end, such as `Cpu::new`.
    ///
    /// # Errors
    /// When the configuration or a tensor is missing, wrong or unreadable, or the device fails.
    pub fn load(
        artifacts: &ArtifactBytes,
        backend: impl FnOnce(&DecoderConfig) -> candle_core::Result<B>,
    ) -> Result<Self, LoadError> {
        let config = DecoderConfig::from_json(&artifacts.config)?;
        let weights = Weights::open(artifacts)?;
        let backend = backend(&config).map_err(transfer)?;
        let loader = Loader { weights, backend: &backend, config: &config };
        let (hidden, vocabulary) = (config.hidden_size, config.vocab_size);
        let embedding = loader.matrix(&[("model.embed_tokens.weight", vocabulary)], hidden)?;
        let norm = loader.vector("model.norm.weight", hidden)?;
        let output = match config.tie_word_embeddings {
            true => None,
            false => Some(loader.matrix(&[("lm_head.weight", vocabulary)], hidden)?),
        };
        let layers = (0..config.num_hidden_layers).map(|i| loader.layer(i)).collect::<Result<_, _>>()?;
        Ok(Self { config, backend, embedding, layers, norm, output })
    }

    /// The decoder's shape.
    pub fn config(&self) -> &DecoderConfig {
        &self.config
    }

    /// An empty cache for one conversation.
    pub fn cache(&self) -> B::Cache {
        self.backend.cache()
    }

    /// The memory that a cache of this many positions takes, in bytes.
    pub fn cache_bytes(&self, positions: usize) -> usize {
        self.backend.cache_bytes(positions)
    }

    /// The memory that all caches of this decoder take.
    pub fn gauge(&self) -> &Gauge {
        self.backend.gauge()
    }

    /// Computes the spans in one step: appends their tokens to their caches and returns the logits that were
    /// asked for, `[positions, vocab_size]`, span after span.
    ///
    /// On the processor a row's result is the same to the bit whatever other spans are in the step and
    /// however a prompt is cut into spans.
    ///
    /// # Errors
    /// When a token or a position is out of range (then nothing has changed), or the device fails.
    pub fn step<'w>(
        &self,
        spans: &mut [Span<'_, B::Cache>],
        workspace: &'w mut Workspace<B>,
        tap: &mut impl Tap,
    ) -> Result<&'w [f32], DecodeError> {
        self.check(spans)?;
        let Workspace { hidden, normed, qkv, heads, gate_up, gated, delta, logits, tapped, output } =
            workspace;
        let backend = &self.backend;
        let tokens: Vec<u32> = spans.iter().flat_map(|span| span.tokens).copied().collect();
        backend.embed(&self.embedding, &tokens, hidden)?;
        for (index, layer) in self.layers.iter().enumerate() {
            backend.normalise(hidden, &layer.attention_norm, normed)?;
            backend.project(&layer.qkv, normed, qkv)?;
            backend.attend(Site { layer: index, norms: layer.head_norms.as_ref() }, qkv, spans, heads)?;
            backend.project(&layer.attention_output, heads, delta)?;
            backend.add(hidden, delta)?;

            backend.normalise(hidden, &layer.mlp_norm, normed)?;
            backend.project(&layer.gate_up, normed, gate_up)?;
            backend.gate(gate_up, gated)?;
            backend.project(&layer.down, gated, delta)?;
            backend.add(hidden, delta)?;

            if tap.wants(index) {
                backend.read(hidden, tapped)?;
                tap.layer(index, tapped);
            }
        }
        for span in spans.iter_mut() {
            backend.commit(span.cache, span.tokens.len());
        }
        output.clear();
        let wanted = wanted_rows(spans);
        if !wanted.is_empty() {
            backend.pick(hidden, &wanted, delta)?;
            backend.normalise(delta, &self.norm, normed)?;
            backend.project(self.output.as_ref().unwrap_or(&self.embedding), normed, logits)?;
            backend.read(logits, output)?;
        }
        Ok(output)
    }

    fn check(&self, spans: &[Span<'_, B::Cache>]) -> Result<(), DecodeError> {
        let (vocab_size, context) = (self.config.vocab_size, self.config.max_position_embeddings);
        for span in spans {
            let positions = span.cache.len() + span.tokens.len();
            if positions > context {
                return Err(DecodeError::Context { positions, context });
            }
            if let Some(&token) = span.tokens.iter().find(|token| **token as usize >= vocab_size) {
                return Err(DecodeError::Token { token, vocab_size });
            }
        }
        Ok(())
    }
}

fn wanted_rows<C>(spans: &[Span<'_, C>]) -> Vec<usize> {
    let mut rows = Vec::new();
    let mut end = 0;
    for span in spans {
        let start = end;
        end += span.tokens.len();
        match span.want {
            Want::Nothing => {}
            Want::Last => rows.extend(end.checked_sub(1)),
            Want::All => rows.extend(start..end),
        }
    }
    rows
}

fn transfer(source: candle_core::Error) -> LoadError {
    LoadError::Transfer { source }
}

/// Finds tensors by the names that Hugging Face gives them.
struct Loader<'a, B: Backend> {
    weights: Weights<'a>,
    backend: &'a B,
    config: &'a DecoderConfig,
}

impl<B: Backend> Loader<'_, B> {
    fn layer(&self, index: usize) -> Result<Layer<B>, LoadError> {
        let DecoderConfig { hidden_size: hidden, intermediate_size: wide, .. } = *self.config;
        let (q, k) = (self.config.query_width(), self.config.key_width());
        let name = |part: &str| format!("model.layers.{index}.{part}.weight");
        let matrix = |parts: &[(&str, usize)], inputs| {
            let parts: Vec<_> = parts.iter().map(|(part, outputs)| (name(part), *outputs)).collect();
            let parts: Vec<_> = parts.iter().map(|(name, outputs)| (name.as_str(), *outputs)).collect();
            self.matrix(&parts, inputs)
        };
        let head_norm = |part: &str| self.vector(&name(part), self.config.head_dim);
        let head_norms = match self.config.model_type {
            Family::Llama => None,
            Family::Qwen3 => {
                Some(HeadNorms { query: head_norm("self_attn.q_norm")?, key: head_norm("self_attn.k_norm")? })
            }
        };
        Ok(Layer {
            attention_norm: self.vector(&name("input_layernorm"), hidden)?,
            qkv: matrix(
                &[("self_attn.q_proj", q), ("self_attn.k_proj", k), ("self_attn.v_proj", k)],
                hidden,
            )?,
            head_norms,
            attention_output: matrix(&[("self_attn.o_proj", hidden)], q)?,
            mlp_norm: self.vector(&name("post_attention_layernorm"), hidden)?,
            gate_up: matrix(&[("mlp.gate_proj", wide), ("mlp.up_proj", wide)], hidden)?,
            down: matrix(&[("mlp.down_proj", hidden)], wide)?,
        })
    }

    fn matrix(&self, parts: &[(&str, usize)], inputs: usize) -> Result<B::Matrix, LoadError> {
        let get = |(name, outputs): &(&str, usize)| self.weights.get(name, &[*outputs, inputs]);
        let stacked: Vec<Tensor> = parts.iter().map(get).collect::<Result<_, _>>()?;
        self.backend.matrix(&stacked).map_err(transfer)
    }

    fn vector(&self, name: &str, width: usize) -> Result<B::Vector, LoadError> {
        self.backend.vector(&self.weights.get(name, &[width])?).map_err(transfer)
    }
}

#[cfg(test)]
mod tests;
