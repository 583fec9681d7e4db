//! The pocket suite and the pocket model: a generator of small broken programs, an expert that repairs
//! them, and the trainer of the model that learns from it.
//!
//! Knows no policies and no store.

pub mod expert;
pub mod task;
pub mod train;
