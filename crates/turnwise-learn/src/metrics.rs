//! How good a probe is, on samples that it did not learn from.

mod auroc;
mod calibration;
mod slope;

pub(crate) use auroc::area;
pub use auroc::{Auroc, auroc};
pub use calibration::{Bin, bins, brier, expected_calibration_error};
pub use slope::local_slope;

/// A sample's score beside what was true.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scored {
    /// What the probe said, in [0, 1].
    pub score: f64,
    /// What was true.
    pub label: bool,
    /// Its run, by any number: samples of a run are not independent.
    pub run: usize,
}
