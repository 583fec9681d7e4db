//! One layer of a transformer: attention, then a gated feed-forward layer, each after a norm and added to the
//! residual stream.

use candle_core::Result;

use crate::backend::{Backend, HeadNorms, Site, Span};

/// A layer's weights.
#[derive(Debug)]
pub(super) struct Layer<B: Backend> {
    pub(super) attention_norm: B::Vector,
    pub(super) qkv: Linear<B>,
    pub(super) head_norms: Option<HeadNorms<B::Vector>>,
    pub(super) attention_output: Linear<B>,
    pub(super) mlp_norm: B::Vector,
    pub(super) gate_up: Linear<B>,
    pub(super) down: Linear<B>,
}

/// A matrix and what is added to its products.
#[derive(Debug)]
pub(super) struct Linear<B: Backend> {
    pub(super) weight: B::Matrix,
    pub(super) bias: Option<B::Vector>,
}

impl<B: Backend> Linear<B> {
    fn project(&self, backend: &B, x: &B::Rows, out: &mut B::Rows) -> Result<()> {
        backend.project(&self.weight, x, out)?;
        match &self.bias {
            Some(bias) => backend.shift(out, bias),
            None => Ok(()),
        }
    }
}

/// The activations inside a layer.
pub(super) struct Buffers<B: Backend> {
    pub(super) normed: B::Rows,
    pub(super) delta: B::Rows,
    qkv: B::Rows,
    heads: B::Rows,
    gate_up: B::Rows,
    gated: B::Rows,
}

impl<B: Backend> Default for Buffers<B> {
    fn default() -> Self {
        Self {
            normed: B::Rows::default(),
            delta: B::Rows::default(),
            qkv: B::Rows::default(),
            heads: B::Rows::default(),
            gate_up: B::Rows::default(),
            gated: B::Rows::default(),
        }
    }
}

impl<B: Backend> Layer<B> {
    /// Adds to the residual stream what layer number `layer` has to say.
    pub(super) fn compute(
        &self,
        backend: &B,
        layer: usize,
        hidden: &mut B::Rows,
        spans: &mut [Span<'_, B::Cache>],
        buffers: &mut Buffers<B>,
    ) -> Result<()> {
        let Buffers { normed, delta, qkv, heads, gate_up, gated } = buffers;
        backend.normalise(hidden, &self.attention_norm, normed)?;
        self.qkv.project(backend, normed, qkv)?;
        backend.attend(Site { layer, norms: self.head_norms.as_ref() }, qkv, spans, heads)?;
        self.attention_output.project(backend, heads, delta)?;
        backend.add(hidden, delta)?;

        backend.normalise(hidden, &self.mlp_norm, normed)?;
        self.gate_up.project(backend, normed, gate_up)?;
        backend.gate(gate_up, gated)?;
        self.down.project(backend, gated, delta)?;
        backend.add(hidden, delta)
    }
}
