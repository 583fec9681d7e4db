//! A layer of any kind, and what all kinds are made of.

use candle_core::Result;

use super::{mamba::Mamba, transformer::Transformer};
use crate::backend::{Backend, MatrixSize, Span};

/// A layer.
#[derive(Debug)]
pub(super) enum Layer<B: Backend> {
    Transformer(Transformer<B>),
    Mamba(Mamba<B>),
}

impl<B: Backend> Layer<B> {
    /// Adds to the residual stream what layer number `layer` has to say.
    pub(super) fn compute(
        &self,
        (backend, layer): (&B, usize),
        hidden: &mut B::Rows,
        spans: &mut [Span<'_, B::Cache>],
        buffers: &mut Buffers<B>,
    ) -> Result<()> {
        match self {
            Self::Transformer(weights) => weights.compute((backend, layer), hidden, spans, buffers),
            Self::Mamba(weights) => weights.compute((backend, layer), hidden, spans, buffers),
        }
    }
}

impl<B: Backend> Layer<B> {
    /// How large its matrices are.
    pub(super) fn size(&self, backend: &B) -> MatrixSize {
        let linears = match self {
            Self::Transformer(weights) => weights.linears().to_vec(),
            Self::Mamba(weights) => weights.linears().to_vec(),
        };
        linears.into_iter().map(|linear| backend.size(&linear.weight)).sum()
    }
}

/// A matrix and what is added to its products.
#[derive(Debug)]
pub(super) struct Linear<B: Backend> {
    pub(super) weight: B::Matrix,
    pub(super) bias: Option<B::Vector>,
}

impl<B: Backend> Linear<B> {
    pub(super) fn project(&self, backend: &B, x: &B::Rows, out: &mut B::Rows) -> Result<()> {
        backend.project(&self.weight, x, out)?;
        match &self.bias {
            Some(bias) => backend.shift(out, bias),
            None => Ok(()),
        }
    }

    /// Adds what it makes of `x` to `sum`; `room` is for the products.
    pub(super) fn project_onto(
        &self,
        backend: &B,
        x: &B::Rows,
        sum: &mut B::Rows,
        room: &mut B::Rows,
    ) -> Result<()> {
        if self.bias.is_none() {
            return backend.project_onto(&self.weight, x, sum, room);
        }
        self.project(backend, x, room)?;
        backend.add(sum, room)
    }
}

/// The activations inside a layer.
pub(super) struct Buffers<B: Backend> {
    pub(super) normed: B::Rows,
    pub(super) delta: B::Rows,
    /// The products of a layer's first, widest matrix.
    pub(super) wide: B::Rows,
    /// What positions have been mixed into.
    pub(super) mixed: B::Rows,
    /// A transformer's gates and ups.
    pub(super) expanded: B::Rows,
    /// What a recurrence makes steps of.
    pub(super) narrow: B::Rows,
    pub(super) gated: B::Rows,
    /// What enters and leaves the states of a recurrence.
    pub(super) in_out: B::Rows,
}

impl<B: Backend> Default for Buffers<B> {
    fn default() -> Self {
        Self {
            normed: B::Rows::default(),
            delta: B::Rows::default(),
            wide: B::Rows::default(),
            mixed: B::Rows::default(),
            expanded: B::Rows::default(),
            narrow: B::Rows::default(),
            gated: B::Rows::default(),
            in_out: B::Rows::default(),
        }
    }
}
