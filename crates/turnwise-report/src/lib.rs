//! What recorded runs say: statistics, the paired comparison of policies, and both as text.
//!
//! This crate reads the store and never writes it, and does not know how a run is made. It prints nothing: tables and
//! pictures are strings for whoever prints.

pub mod claims;
mod compare;
mod grid;
mod picture;
pub mod stats;

pub use compare::{Comparison, Outcome, Pair, compare, pair};
pub use grid::{Align, Grid};
pub use picture::{endings_picture, solve_rate_picture, tokens_picture};
