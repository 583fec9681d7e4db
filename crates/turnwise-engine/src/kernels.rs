//! The arithmetic of the processor back end, written once over sixteen lanes and compiled for AVX-512 and for
//! any processor.
//!
//! One rule holds throughout: what is computed for one row never depends on the rows beside it. Each
//! output is one chain of fused additions in a fixed order, so a reply is the same to the bit whatever else
//! is in the batch.

mod attention;
mod blocks;
mod limits;
mod panels;
mod pointwise;
mod recurrence;
mod simd;

pub(crate) use attention::{Attention, PAGE};
pub(crate) use blocks::{BlockRow, Blocks, Digits};
pub(crate) use limits::{Additions, Reading};
pub(crate) use panels::{Panels, Project, Projected};
pub(crate) use pointwise::{Gate, Normalise, rotate};
pub(crate) use recurrence::{Convolve, Scan, softplus};
pub(crate) use simd::Isa;

/// How many numbers are computed side by side.
pub(crate) const LANES: usize = 16;

#[cfg(test)]
mod tests;
