//! The pocket model's dimensions.

use serde::{Deserialize, Serialize};

/// The dimensions of a Qwen3-style decoder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shape {
    /// Width of the residual stream.
    pub hidden: usize,
    /// Layers.
    pub layers: usize,
    /// Query heads.
    pub heads: usize,
    /// Key and value heads.
    pub groups: usize,
    /// Width of a head.
    pub width: usize,
    /// Width of the gated feed-forward layer.
    pub inner: usize,
    /// Rows of the embedding.
    pub vocabulary: usize,
    /// The longest conversation.
    pub context: usize,
    /// Base of the rotary position embedding.
    pub theta: f64,
    /// Of every normalisation.
    pub eps: f64,
}

impl Shape {
    /// The shape of the shipped model.
    pub fn pocket() -> Self {
        Self {
            hidden: 256,
            layers: 5,
            heads: 8,
            groups: 4,
            width: 32,
            inner: 512,
            vocabulary: 1536,
            context: 4096,
            theta: 10_000.0,
            eps: 1e-6,
        }
    }

    /// How many numbers the model has.
    pub fn parameters(&self) -> usize {
        let attention = self.hidden * self.width * (2 * self.heads + 2 * self.groups) + 2 * self.width;
        let layer = attention + 3 * self.hidden * self.inner + 2 * self.hidden;
        self.layers * layer + self.hidden * (self.vocabulary + 1)
    }
}
