//! A probe as a policy uses it: features in, a probability out.

use std::sync::Arc;

use super::{Net, net::State};
use crate::{Card, LearnError};

/// A probe: its card and its weights. Clones share them.
#[derive(Clone, Debug, PartialEq)]
pub struct Probe {
    inner: Arc<Inner>,
}

#[derive(Debug, PartialEq)]
struct Inner {
    card: Card,
    net: Net,
}

/// A probe over the samples of one run.
#[derive(Clone, Debug)]
pub struct Scorer {
    probe: Probe,
    state: State,
    row: Vec<f32>,
}

impl Probe {
    pub(crate) fn new(card: Card, net: Net) -> Self {
        Self { inner: Arc::new(Inner { card, net }) }
    }

    /// What it is, and for what it was made.
    pub fn card(&self) -> &Card {
        &self.inner.card
    }

    pub(crate) fn net(&self) -> &Net {
        &self.inner.net
    }

    /// Begins a run. Only the recurrent kind remembers anything from sample to sample.
    pub fn begin(&self) -> Scorer {
        let row = Vec::with_capacity(self.card().standardiser.width());
        Scorer { probe: self.clone(), state: self.net().begin(), row }
    }

    /// Refuses features that this probe cannot score: [`Scorer::score`] takes what is absent for the mean.
    ///
    /// # Errors
    /// [`LearnError::Features`].
    pub fn check(&self, features: &[f32]) -> Result<(), LearnError> {
        match (features.len(), self.card().layout.features()) {
            (found, wanted) if found != wanted => Err(LearnError::Features { found, wanted }),
            _ => Ok(()),
        }
    }
}

impl Scorer {
    /// The probability of what the probe predicts at this sample, in [0, 1], from its features as the card's
    /// layout says, `[features]`. A feature that is absent (NaN, or behind the end of the row) counts as its
    /// mean.
    pub fn score(&mut self, features: &[f32]) -> f64 {
        self.probe.card().standardiser.apply(features, &mut self.row);
        logistic(self.probe.net().logit(&self.row, &mut self.state))
    }

    /// The probability at this sample were its standardised features these; the run does not go on.
    pub(crate) fn score_instead(&self, row: &[f32]) -> f64 {
        logistic(self.probe.net().logit(row, &mut self.state.clone()))
    }

    /// The standardised features of a sample, `[width]`.
    pub(crate) fn standardised(&self, features: &[f32]) -> Vec<f32> {
        let mut row = Vec::new();
        self.probe.card().standardiser.apply(features, &mut row);
        row
    }
}

fn logistic(logit: f32) -> f64 {
    1.0 / (1.0 + (-f64::from(logit)).exp())
}
