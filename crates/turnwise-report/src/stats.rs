//! The statistics of a comparison. Distributions come from `statrs`; what is here is what it has not.

mod bootstrap;
mod mcnemar;
mod percentile;
mod wilson;

use serde::Serialize;

pub use bootstrap::{Bootstrap, Draws, RESAMPLES};
pub use mcnemar::mcnemar_mid_p;
pub use percentile::nearest_rank;
pub use wilson::wilson;

/// A value and its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Estimate {
    /// The value.
    pub value: f64,
    /// The lower end.
    pub lo: f64,
    /// The upper end.
    pub hi: f64,
}
