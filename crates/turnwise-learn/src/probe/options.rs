//! How a probe is to be trained, and how it went.

use super::{Predicts, ProbeKind};
use crate::{LearnError, MadeFor};

/// How often the samples are gone through at most (papers.md A2).
const EPOCHS: u32 = 500;

/// How many weights times samples there is time for: two cores with other work beside were measured to
/// do 10⁹ a second (`examples/probe_speed.rs`).
const WORK: u64 = 100_000_000_000;

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
    /// How often the samples are gone through at most. Without a number it is 500 times, as LYNX has it, or fewer
    /// where so many would take more than two minutes on two cores; it mostly stops long before.
    pub epochs: Option<u32>,
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
    /// The defaults: a whole run's tokens worth a fifth of a wrong exit, and as many epochs as there is time for.
    pub fn new(kind: ProbeKind, predicts: Predicts, seed: u64, made_for: MadeFor) -> Self {
        Self { kind, predicts, seed, made_for, cost: 0.2, epochs: None }
    }

    /// How many epochs there are at most for so many samples and weights.
    pub(super) fn most_epochs(&self, samples: usize, weights: usize) -> u32 {
        let affordable = WORK / (samples * weights).max(1) as u64;
        self.epochs.unwrap_or_else(|| u32::try_from(affordable).unwrap_or(u32::MAX).clamp(1, EPOCHS))
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
            Some(0) => refused("without an epoch nothing is learned: allow at least one"),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_networks_on_many_samples_get_fewer_epochs() {
        let options = TrainOptions::new(ProbeKind::Mlp, Predicts::Pass, 1, MadeFor::default());
        assert_eq!(options.most_epochs(1_000, 100_000), 500);
        assert_eq!(options.most_epochs(10_000, 200_000), 50);
        assert_eq!(options.most_epochs(10_000_000, 300_000), 1);
        assert_eq!(options.most_epochs(0, 0), 500);
        assert_eq!(TrainOptions { epochs: Some(700), ..options }.most_epochs(10_000, 300_000), 700);
    }
}
