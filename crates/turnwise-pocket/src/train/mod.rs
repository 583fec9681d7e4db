//! Trains the pocket model: a small Qwen3-style decoder that learns from the expert's runs.
//!
//! Everything is seeded; a run that was stopped goes on from its last checkpoint.

mod checkpoint;
mod encode;
mod export;
mod feed;
mod network;
mod ops;
mod optimiser;
mod shape;
mod tokenizer;
mod trainer;

pub use export::export;
pub use shape::Shape;
pub use tokenizer::{make_tokenizer, special};
pub use trainer::{Plan, train};
/// x
pub fn sample(k: u64, oracle: &mut crate::task::Oracle) -> anyhow::Result<Option<crate::expert::Trajectory>> { Ok(feed::run(crate::task::Stream::Training, 999, k, oracle)?) }
