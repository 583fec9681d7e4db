//! Trains the pocket model: a small Qwen3-style decoder that learns from the expert's runs.
//!
//! Everything is seeded; a run that was stopped goes on from its last checkpoint.

mod agreement;
mod checkpoint;
mod drill;
mod encode;
mod export;
mod feed;
mod network;
mod ops;
mod optimiser;
mod shape;
mod tokenizer;
mod trainer;

pub use agreement::agreement;
pub use export::export;
pub use feed::training_run;
pub use shape::Shape;
pub use tokenizer::{make_tokenizer, special};
pub use trainer::{Plan, train};
