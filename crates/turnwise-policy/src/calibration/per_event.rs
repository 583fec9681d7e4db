//! The rule that LYNX publishes (arXiv 2512.05325; papers.md A2): split conformal prediction of whether to fire is right, look
//! by look, class by class.
//!
//! With `p` the score, the conformity scores are `1 - p` of right looks and `p` of wrong ones, and `q_c` is the `ceil((n_c + 1)
//! (1 - delta))`-th smallest of class `c`. It fires where the set of predictions is {right}: `p >= 1 - q_pos` and `p > q_neg`.

use super::{Calibration, Found, quantile};

/// The two quantiles, of scores turned so that more is nearer to firing.
///
/// Only `q_neg` carries a promise: of looks at which to fire is wrong at most a share `delta` is above it, on average over
/// calibration sets. The other quantile has the same promise for right looks, that they are not ruled out, and can only
/// keep the rule from firing. The published code takes the largest score where there are too few; here the quantile is
/// infinite then, as it must be for the promise to hold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PredictionSet {
    /// The quantile of the scores of wrong looks; infinite with too few.
    pub q_neg: f64,
    /// `1 - q_pos`: the `ceil((n + 1) (1 - delta))`-th largest score of right looks; minus infinity with too few.
    pub least: f64,
    /// How many wrong looks there are.
    pub negatives: usize,
    /// How many right ones.
    pub positives: usize,
}

impl PredictionSet {
    /// `q_pos`, of `1 - score`; infinite with too few right looks.
    pub fn q_pos(&self) -> f64 {
        1.0 - self.least
    }

    /// Whether the set of predictions at this score is {right}.
    pub fn fires(&self, score: f64) -> bool {
        score >= self.least && score > self.q_neg
    }

    /// Both conditions as one threshold that must be exceeded.
    pub(super) fn found(&self, delta: f64) -> Found {
        let needed = super::whole(quantile::runs_needed(delta));
        Found { over: self.q_neg.max(self.least.next_down()), n: self.negatives, needed }
    }
}

impl Calibration {
    /// The published rule at this `delta`.
    pub fn prediction_set(&self, delta: f64) -> PredictionSet {
        let (wrong, right) = (self.pooled(true), self.pooled(false));
        let turned: Vec<f64> = right.iter().map(|score| -score).collect();
        PredictionSet {
            q_neg: quantile::per_run(&wrong, delta),
            least: -quantile::per_run(&turned, delta),
            negatives: wrong.len(),
            positives: right.len(),
        }
    }
}
