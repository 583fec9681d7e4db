//! Operations of the training graph that are fused on the CPU, each with its gradient.
//!
//! candle's own fused operations cut the gradient silently; the composed ones cost several passes over
//! memory. Each of these has a composed twin in `network/composed.rs`, and a test holds the two against
//! each other. Inputs are contiguous f32 tensors on the CPU.

mod attention;
mod cross_entropy;
mod matrix;
mod rms_norm;
mod slices;
mod swiglu;

pub(super) use attention::{Attention, Rope};
pub(super) use cross_entropy::CrossEntropy;
pub(super) use rms_norm::RmsNorm;
pub(super) use swiglu::SwiGlu;
