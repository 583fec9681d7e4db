//! How a probe is to be trained, and how it went.

use super::{Predicts, ProbeKind};
use crate::{LearnError, MadeFor};

/// What is to be trained.
#[derive(Clone, Debug, PartialEq)]
pub struct TrainOptions {
    /// The family.
    pub kind: ProbeKind,
    /// What the labels say. A gate predicts [`Predicts::Exit`], whatever says that leaving is right, and
    /// nothing else does.
    pub predicts: Predicts,
    /// What all that is drawn comes from: the split, the first weights, the batches, the bootstrap.
    pub seed: u64,
    /// What the probe is for.
    pub made_for: MadeFor,
    /// A gate's λ: what spending a whole run's tokens costs where leaving it wrongly costs 1. At least 0.
    pub cost: f64,
    /// How often the samples are gone through at most.
    pub epochs: u32,
}

/// How it stands after going through the samples once more.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Epoch {
    /// Which time it was, from 1.
    pub number: u32,
    /// The mean loss while it learned: of a sample, or for a gate of a run.
    pub train_loss: f64,
    /// The mean loss on the tasks that it is validated on.
    pub validation_loss: f64,
    /// Whether that is the best so far: the weights that are kept.
    pub best: bool,
}

impl TrainOptions {
    /// The defaults: a whole run's tokens worth a fifth of a wrong exit, and up to 500 epochs, as LYNX has
    /// it, or 100 of the kinds whose epochs take long, so that training 12,000 samples of 1,060 features ends
    /// within two minutes on two cores.
    pub fn new(kind: ProbeKind, predicts: Predicts, seed: u64, made_for: MadeFor) -> Self {
        let epochs = match kind {
            ProbeKind::Logistic | ProbeKind::Gate => 500,
            ProbeKind::Mlp | ProbeKind::Recurrent => 100,
        };
        Self { kind, predicts, seed, made_for, cost: 0.2, epochs }
    }

    /// Refuses what cannot be trained.
    ///
    /// # Errors
    /// [`LearnError::Options`].
    pub fn check(&self) -> Result<(), LearnError> {
        let refused = |why| Err(LearnError::Options { why });
        match (self.kind == ProbeKind::Gate, self.predicts == Predicts::Exit) {
            (true, false) => return refused("a gate's score is the hazard of leaving: it predicts `exit`"),
            (false, true) => {
                return refused(
                    "only a gate predicts `exit`: name `pass`, `hopeless` or `think`, or train a gate",
                );
            }
            _ => {}
        }
        if !(self.cost.is_finite() && self.cost >= 0.0) {
            return refused("the cost of a whole run must be a number of at least 0");
        }
        match self.epochs {
            0 => refused("without an epoch nothing is learned: allow at least one"),
            _ => Ok(()),
        }
    }
}
