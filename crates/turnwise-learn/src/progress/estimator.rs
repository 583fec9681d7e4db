//! A learned estimator, and what it keeps of a run while the run goes on.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{
    ProgressKind,
    matrix::Matrix,
    mlp,
    net::{Net, Trunk},
    transformer::{self, Cache, Parts},
};
use crate::{Layout, MadeFor, Sample, Standardiser};

/// Credits turns with their share of the outcome: the credits ĉ_t of a run add up to the outcome that is
/// predicted for it, `R̂ = Σ ĉ_t` (SPA, arXiv 2505.20732). Cheap to clone.
#[derive(Clone, Debug)]
pub struct Estimator {
    pub(super) learned: Arc<Learned>,
}

/// What was learned.
#[derive(Debug, PartialEq)]
pub(super) struct Learned {
    pub(super) kind: ProgressKind,
    pub(super) layout: Layout,
    pub(super) made_for: MadeFor,
    pub(super) fit: Fit,
    pub(super) scaler: Standardiser,
    pub(super) net: Net<Matrix>,
}

/// How an estimator was come by.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fit {
    /// The runs that it was learned from, those held out to choose or to end with among them.
    pub runs: usize,
    /// Their tasks.
    pub tasks: usize,
    /// Their turns.
    pub turns: usize,
    /// The seed.
    pub seed: u64,
    /// The ridge's penalty, in units of the mean squared length of a run's summed row.
    pub lambda: Option<f64>,
    /// The network's epochs.
    pub epochs: Option<usize>,
    /// The mean squared error on runs whose tasks were left out while choosing the penalty or the epoch. It
    /// was chosen by, so it is a little too good.
    pub mse: f64,
}

impl Estimator {
    /// What it is.
    pub fn kind(&self) -> ProgressKind {
        self.learned.kind
    }

    /// The features that it reads, in order.
    pub fn layout(&self) -> &Layout {
        &self.learned.layout
    }

    /// What it was made for, and must not be used without.
    pub fn made_for(&self) -> &MadeFor {
        &self.learned.made_for
    }

    /// How it was come by.
    pub fn fit(&self) -> Fit {
        self.learned.fit
    }

    /// Begins a run.
    pub fn begin(&self) -> Tracker {
        let caches = match &self.learned.net.trunk {
            Trunk::Ridge | Trunk::Mlp(_) => 0,
            Trunk::Transformer { layers, .. } => layers.len(),
        };
        Tracker {
            pooled: vec![0.0; self.learned.net.credit.weight.columns],
            learned: self.learned.clone(),
            caches: vec![Cache::default(); caches],
            row: Vec::new(),
            turns: 0,
            cumulative: 0.0,
        }
    }

    /// The credits of a run's turns, in units of the outcome.
    pub fn credits(&self, samples: &[Sample]) -> Vec<f64> {
        let mut tracker = self.begin();
        samples.iter().map(|sample| tracker.credit(&sample.features)).collect()
    }

    /// The outcome that is predicted for a run, from its pooled states: what the credits add up to, but for
    /// rounding.
    pub fn predict(&self, samples: &[Sample]) -> f64 {
        self.predict_rows(samples.iter().map(|sample| sample.features.as_slice()))
    }

    pub(super) fn predict_rows<'a>(&self, rows: impl Iterator<Item = &'a [f32]>) -> f64 {
        let mut tracker = self.begin();
        rows.for_each(|row| {
            tracker.credit(row);
        });
        tracker.predicted()
    }
}

/// A run as an estimator follows it: each turn is credited once, as it ends, from that turn and those before
/// it.
#[derive(Clone, Debug)]
pub struct Tracker {
    learned: Arc<Learned>,
    caches: Vec<Cache>,
    row: Vec<f32>,
    turns: usize,
    /// The sum of the turns' states.
    pooled: Vec<f64>,
    cumulative: f64,
}

impl Tracker {
    /// The credit of the next turn from its features, as [`Estimator::layout`] says, `[features]`; absent
    /// ones are NaN. Always finite for an estimator with finite parameters.
    pub fn credit(&mut self, features: &[f32]) -> f64 {
        let learned = &*self.learned;
        learned.scaler.apply(features, &mut self.row);
        let made;
        let state: &[f32] = match &learned.net.trunk {
            Trunk::Ridge => &self.row,
            Trunk::Mlp(layers) => {
                made = mlp::state(layers, &self.row);
                &made
            }
            Trunk::Transformer { input, positions, layers, gain } => {
                let parts = Parts { input, positions, layers, gain };
                made = transformer::state(&parts, &self.row, self.turns, &mut self.caches);
                &made
            }
        };
        self.turns += 1;
        let mut credit = learned.bias();
        for ((pooled, weight), state) in self.pooled.iter_mut().zip(learned.weights()).zip(state) {
            *pooled += f64::from(*state);
            credit += weight * f64::from(*state);
        }
        self.cumulative += credit;
        credit
    }

    /// The progress up to now: the sum of the credits.
    pub fn cumulative(&self) -> f64 {
        self.cumulative
    }

    /// The outcome that is predicted if the run ended now, `w · Σ state_t + b T`: the same sum in another
    /// order.
    pub fn predicted(&self) -> f64 {
        let weighted = self.learned.weights().zip(&self.pooled).map(|(weight, pooled)| weight * pooled);
        weighted.sum::<f64>() + self.learned.bias() * self.turns as f64
    }
}

impl Learned {
    fn weights(&self) -> impl Iterator<Item = f64> {
        self.net.credit.weight.values.iter().map(|weight| f64::from(*weight))
    }

    fn bias(&self) -> f64 {
        self.net.credit.bias.values.first().copied().map_or(0.0, f64::from)
    }
}
