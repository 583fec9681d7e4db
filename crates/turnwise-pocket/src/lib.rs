//! The pocket suite and the pocket model: a generator of small broken programs, an expert that repairs
//! them, and the trainer of the model that learns from it, and from the expert of the shop.
//!
//! Knows no policies and no store.

mod confirm;
mod evaluate;
pub mod expert;
mod shipped;
mod shopping;
pub mod suite;
pub mod task;
pub mod train;

pub use confirm::{Confirmed, confirm};
pub use evaluate::{Score, evaluate};
pub use shipped::shipped;
pub use shopping::{Bought, Shopping};
