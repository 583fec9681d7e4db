//! One layer of a transformer: attention, then a gated feed-forward layer, each after a norm and added to the
//! residual stream.

use candle_core::Result;

use super::layer::{Buffers, Linear};
use crate::backend::{Backend, HeadNorms, Site, Span};

/// A layer's weights.
#[derive(Debug)]
pub(super) struct Transformer<B: Backend> {
    pub(super) attention_norm: B::Vector,
    pub(super) qkv: Linear<B>,
    pub(super) head_norms: Option<HeadNorms<B::Vector>>,
    pub(super) attention_output: Linear<B>,
    pub(super) mlp_norm: B::Vector,
    pub(super) gate_up: Linear<B>,
    pub(super) down: Linear<B>,
}

impl<B: Backend> Transformer<B> {
    pub(super) fn linears(&self) -> [&Linear<B>; 4] {
        [&self.qkv, &self.attention_output, &self.gate_up, &self.down]
    }

    pub(super) fn compute(
        &self,
        (backend, layer): (&B, usize),
        hidden: &mut B::Rows,
        spans: &mut [Span<'_, B::Cache>],
        buffers: &mut Buffers<B>,
    ) -> Result<()> {
        let Buffers { normed, delta, wide, mixed, expanded, gated, .. } = buffers;
        backend.normalise(hidden, &self.attention_norm, normed)?;
        self.qkv.project(backend, normed, wide)?;
        backend.attend(Site { layer, norms: self.head_norms.as_ref() }, wide, spans, mixed)?;
        self.attention_output.project_onto(backend, mixed, hidden, delta)?;

        backend.normalise(hidden, &self.mlp_norm, normed)?;
        self.gate_up.project(backend, normed, expanded)?;
        backend.gate(expanded, gated)?;
        self.down.project_onto(backend, gated, hidden, delta)
    }
}
