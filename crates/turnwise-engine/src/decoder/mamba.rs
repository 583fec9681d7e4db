//! One layer of Mamba (Gu and Dao 2023): a gated recurrence after a norm, added to the residual stream.

use candle_core::Result;

use super::layer::{Buffers, Linear};
use crate::backend::{Backend, Convolution, Recurrence, ScanInputs, Span};

/// A layer's weights.
#[derive(Debug)]
pub(super) struct Mamba<B: Backend> {
    pub(super) norm: B::Vector,
    pub(super) input: Linear<B>,
    pub(super) convolution: Convolution<B::Vector>,
    /// From the convolution to the rank of the steps.
    pub(super) step_rank: Linear<B>,
    /// From there to a step for each channel.
    pub(super) steps: Linear<B>,
    /// What goes into the states and what comes out of them.
    pub(super) in_out: Linear<B>,
    pub(super) recurrence: Recurrence<B::Vector>,
    pub(super) output: Linear<B>,
}

impl<B: Backend> Mamba<B> {
    pub(super) fn linears(&self) -> [&Linear<B>; 5] {
        [&self.input, &self.step_rank, &self.steps, &self.in_out, &self.output]
    }

    pub(super) fn compute(
        &self,
        (backend, layer): (&B, usize),
        hidden: &mut B::Rows,
        spans: &mut [Span<'_, B::Cache>],
        buffers: &mut Buffers<B>,
    ) -> Result<()> {
        let Buffers { normed, delta, wide, mixed, narrow, gated, in_out, .. } = buffers;
        backend.normalise(hidden, &self.norm, normed)?;
        self.input.project(backend, normed, wide)?;
        backend.convolve((layer, &self.convolution), wide, spans, mixed)?;
        self.step_rank.project(backend, mixed, narrow)?;
        self.steps.project(backend, narrow, gated)?;
        self.in_out.project(backend, mixed, in_out)?;
        let inputs = ScanInputs { x: mixed, steps: gated, in_out, gates: wide };
        backend.scan((layer, &self.recurrence), inputs, spans, normed)?;
        self.output.project_onto(backend, normed, hidden, delta)
    }
}
