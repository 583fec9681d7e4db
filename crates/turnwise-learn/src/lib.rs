//! What is learned from recorded runs: probes that say how an attempt stands, and progress estimators whose credits of the
//! turns add up to the outcome they predict.
//!
//! A [`Dataset`] goes in, and a small file comes out that a policy names. This crate knows no agents, environments or SQL:
//! who has them brings numbers, and takes numbers.

mod card;
mod data;
mod error;
mod file;
pub mod metrics;
mod probe;
pub mod progress;
pub mod rank;
mod scaler;

pub use card::{Card, Figures, LearnedFrom, MadeFor, Split};
pub use data::{Dataset, Layout, Run, Sample, Scalar};
pub use error::LearnError;
pub use probe::{Epoch, Predicts, Probe, ProbeKind, Scorer, TrainOptions, train};
pub use scaler::Standardiser;
