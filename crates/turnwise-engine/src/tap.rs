//! A look into the decoder while it computes.

/// Sees the residual stream between layers.
pub trait Tap {
    /// Whether [`Tap::layer`] is to be called after this layer. Only then are rows copied out of the back end.
    fn wants(&self, _layer: usize) -> bool {
        false
    }

    /// The residual stream after a layer, `[rows, hidden_size]`, where rows are the positions of all spans
    /// of the step, one after another.
    fn layer(&mut self, _layer: usize, _hidden: &[f32]) {}
}

/// Looks at nothing and costs nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoTap;

impl Tap for NoTap {}
