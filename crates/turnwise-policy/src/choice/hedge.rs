//! Optimistic Hedge (optimistic online mirror descent, arXiv 2302.04552; papers.md A22 has the runnable form).
//!
//! With the loss of a block ℓ = mean cost / largest mean cost of a block so far + λ · share of its trials that failed, an
//! arm's weight is w ∝ exp(−η (Σ ℓ̂ + m)). ℓ̂ is the loss divided by the probability with which its arm was played, 0 for the
//! other arms; m, the guess at the next loss, is the last ℓ̂. A small share of uniform play keeps ℓ̂ bounded.

use serde::Serialize;

use super::{bandit::Sums, luck::Luck};

#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Hedge {
    /// How fast it learns, above 0.
    pub(super) eta: f64,
    /// What a failed trial is worth against a cost of 1, at least 0.
    pub(super) lambda: f64,
    /// The share of uniform play, in (0, 1].
    pub(super) explore: f64,
}

/// A block that says something, and the probability with which its arm was played.
struct Loss {
    arm: usize,
    probability: f64,
    cost: f64,
    failed: f64,
}

impl Hedge {
    pub(super) fn next(&self, arms: usize, played: &[(usize, Sums)], seed: u64) -> usize {
        let probabilities = self.probabilities(arms, played);
        let mut left = Luck::new(seed, played.len(), 0).uniform();
        let found = probabilities.iter().position(|probability| {
            left -= probability;
            left < 0.0
        });
        // What rounding leaves over is the last one's.
        found.unwrap_or(arms.saturating_sub(1))
    }

    /// With which probability each arm is played next.
    pub(super) fn probabilities(&self, arms: usize, played: &[(usize, Sums)]) -> Vec<f64> {
        let mut losses: Vec<Loss> = Vec::new();
        for &(arm, sums) in played {
            let Some(cost) = sums.mean_cost() else { continue };
            let probability = self.weighed(arms, &losses).get(arm).copied().unwrap_or(1.0);
            let failed = sums.failed as f64 / sums.trials() as f64;
            losses.push(Loss { arm, probability, cost, failed });
        }
        self.weighed(arms, &losses)
    }

    fn weighed(&self, arms: usize, losses: &[Loss]) -> Vec<f64> {
        let dearest = losses.iter().map(|loss| loss.cost).fold(0.0, f64::max);
        let scale = if dearest > 0.0 { dearest } else { 1.0 };
        let mut sums = vec![0.0; arms];
        let last = losses.len().saturating_sub(1);
        for (number, loss) in losses.iter().enumerate() {
            let estimate = (loss.cost / scale + self.lambda * loss.failed) / loss.probability;
            // The last one counts twice: once as what was, once as the guess at what comes.
            let times = if number == last { 2.0 } else { 1.0 };
            if let Some(sum) = sums.get_mut(loss.arm) {
                *sum += times * estimate;
            }
        }
        let least = sums.iter().copied().fold(f64::INFINITY, f64::min);
        let weights: Vec<f64> = sums.iter().map(|sum| (-self.eta * (sum - least)).exp()).collect();
        let total: f64 = weights.iter().sum();
        let uniform = self.explore / arms as f64;
        weights.iter().map(|weight| (1.0 - self.explore) * weight / total + uniform).collect()
    }

    pub(super) fn explain(&self) -> String {
        format!(
            "that optimistic Hedge draws (rate {}, {} for a failed trial against the dearest block's mean cost, {} % at random)",
            self.eta,
            self.lambda,
            100.0 * self.explore
        )
    }
}
