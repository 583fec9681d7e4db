//! Probes: small networks that read a sample's features and say how likely something is.

mod batch;
mod figures;
mod kind;
mod loss;
mod model;
mod net;
mod options;
mod score;
mod split;
#[cfg(test)]
pub(crate) mod synthetic;
mod train;

pub use kind::{Predicts, ProbeKind};
pub use options::{Epoch, TrainOptions};
pub use score::{Probe, Scorer};
pub use train::train;

pub(crate) use kind::Shape;
pub(crate) use net::{Layer, Net};
