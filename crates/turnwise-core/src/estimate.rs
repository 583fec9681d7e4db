//! The contract of what was learned from earlier runs: after each turn it gives numbers, which are signals of that turn.

use std::{fmt, sync::Arc};

use crate::{States, TurnFacts};

/// Something learned. What it gives for a turn follows from the facts and states of that turn and those before, and from
/// nothing else.
pub trait Estimator: fmt::Debug + Send + Sync {
    /// What it is known by: a hash over all that it computes with, in hex.
    fn hash(&self) -> &str;

    /// The hash of the model that it was learned on: states of another mean nothing to it.
    fn model_hash(&self) -> &str;

    /// The layers whose states at the end of a reply it looks at, from 0; none where it looks at signals only.
    fn layers(&self) -> &[usize];

    /// The signals that it looks at, by name.
    fn needs(&self) -> Vec<String>;

    /// The signals that it gives, by name.
    fn gives(&self) -> Vec<String>;

    /// Whether what it gives depends on the states of earlier turns.
    fn remembers(&self) -> bool;

    /// Begins to look at an attempt.
    fn begin(&self) -> Box<dyn Estimating>;
}

/// An estimator at work in one attempt. It is shown every turn, in order.
pub trait Estimating: fmt::Debug + Send {
    /// What it makes of a turn, by name: nothing where states that it looks at are not there.
    fn look(&mut self, facts: &TurnFacts, states: Option<&States>) -> Vec<(String, f64)>;
}

/// Estimators that belong together. Two are alike where they are known by the same hashes.
#[derive(Clone, Debug, Default)]
pub struct Estimators(pub Vec<Arc<dyn Estimator>>);

impl Estimators {
    /// The layers that any of them looks at, ascending.
    pub fn layers(&self) -> Vec<usize> {
        let mut layers: Vec<usize> = self.0.iter().flat_map(|one| one.layers().iter().copied()).collect();
        layers.sort_unstable();
        layers.dedup();
        layers
    }

    /// Whether any of them remembers the states of earlier turns.
    pub fn remember(&self) -> bool {
        self.0.iter().any(|one| one.remembers() && !one.layers().is_empty())
    }
}

impl PartialEq for Estimators {
    fn eq(&self, other: &Self) -> bool {
        self.0.iter().map(|one| one.hash()).eq(other.0.iter().map(|one| one.hash()))
    }
}
