//! The decoder: one layer loop for every family and every back end.
//!
//! It takes spans of tokens and gives logits. It knows no text, no sampling, and of conversations only
//! their caches.

mod filled;
mod layer;
mod loading;
mod mamba;
mod transformer;

use self::{
    layer::{Buffers, Layer},
    loading::Loader,
};
use crate::{
    ArtifactBytes, DecoderConfig, LoadError,
    backend::{Backend, Cache, Gauge, MatrixSize, Span, Want},
    tap::Tap,
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

/// The activations of one step, kept so that the next step need not allocate. Each thread has its own.
pub struct Workspace<B: Backend> {
    hidden: B::Rows,
    buffers: Buffers<B>,
    logits: B::Rows,
    tapped: B::Host,
    output: B::Host,
}

impl<B: Backend> Default for Workspace<B> {
    fn default() -> Self {
        Self {
            hidden: B::Rows::default(),
            buffers: Buffers::default(),
            logits: B::Rows::default(),
            tapped: B::Host::default(),
            output: B::Host::default(),
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
        Self::of(&DecoderConfig::from_json(&artifacts.config)?, artifacts, backend)
    }

    /// The same for a shape that is known already.
    pub(crate) fn of(
        config: &DecoderConfig,
        artifacts: &ArtifactBytes,
        backend: impl FnOnce(&DecoderConfig) -> candle_core::Result<B>,
    ) -> Result<Self, LoadError> {
        let loader = Loader::open(artifacts, config, backend)?;
        let (embedding, norm, output) = (loader.embedding()?, loader.norm()?, loader.output()?);
        let layers = (0..config.num_hidden_layers).map(|i| loader.layer(i)).collect::<Result<_, _>>()?;
        let backend = loader.into_backend();
        Ok(Self { config: config.clone(), backend, embedding, layers, norm, output })
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

    pub(crate) fn backend(&self) -> &B {
        &self.backend
    }

    /// How large the matrices of all layers are.
    pub(crate) fn layers_size(&self) -> MatrixSize {
        self.layers.iter().map(|layer| layer.size(&self.backend)).sum()
    }

    /// How large the output layer is.
    pub(crate) fn output_size(&self) -> MatrixSize {
        self.backend.size(self.output.as_ref().unwrap_or(&self.embedding))
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
        let Workspace { hidden, buffers, logits, tapped, output } = workspace;
        let backend = &self.backend;
        let tokens: Vec<u32> = spans.iter().flat_map(|span| span.tokens).copied().collect();
        backend.embed(&self.embedding, &tokens, hidden)?;
        for (index, layer) in self.layers.iter().enumerate() {
            layer.compute((backend, index), hidden, spans, buffers)?;
            if tap.wants(index) {
                backend.read(hidden, tapped)?;
                tap.layer(index, tapped);
            }
        }
        for span in spans.iter_mut() {
            backend.commit(span.cache, span.tokens.len());
        }
        let wanted = wanted_rows(spans);
        if wanted.is_empty() {
            return Ok(&[]);
        }
        let Buffers { delta, normed, .. } = buffers;
        backend.pick(hidden, &wanted, delta)?;
        backend.normalise(delta, &self.norm, normed)?;
        backend.project(self.output.as_ref().unwrap_or(&self.embedding), normed, logits)?;
        backend.read(logits, output)?;
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

#[cfg(test)]
mod tests;
