//! The families of probes, and what a probe can predict.

use serde::{Deserialize, Serialize};

/// A family of probes. In each, the number that comes out goes through the logistic function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ProbeKind {
    /// `w·x + b`.
    Logistic,
    /// 256 and 64 units with ReLU, as LYNX has it (arXiv 2512.05325, its code).
    Mlp,
    /// A gated recurrent unit of width 32 over the samples of a run (Cho et al. 2014, with the reset gate
    /// inside, as cuDNN has it), then a linear head: DYNAMAX's recurrent exit classifier (arXiv 2504.20922)
    /// over turns.
    Recurrent,
    /// `w·x + b` as the hazard of leaving a run at a sample, learned together with what leaving costs:
    /// JEI-DNN (arXiv 2310.09163) over turns.
    Gate,
}

/// What a probe's score is the probability of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Predicts {
    /// The work as it stands would pass.
    Pass,
    /// The run will never pass.
    Hopeless,
    /// What the model would do if it stopped thinking here is as good as what it does.
    Think,
    /// Leaving here, where the run was not left before, is worth what it costs: a gate's hazard.
    Exit,
}

/// A layer: its name, and how many numbers go in and come out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    pub(crate) name: &'static str,
    pub(crate) inputs: usize,
    pub(crate) outputs: usize,
}

/// The width of the recurrent state.
const STATE: usize = 32;

impl ProbeKind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Logistic, Self::Mlp, Self::Recurrent, Self::Gate];

    /// Its name, as files and commands spell it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Logistic => "logistic",
            Self::Mlp => "mlp",
            Self::Recurrent => "recurrent",
            Self::Gate => "gate",
        }
    }

    /// Whether it learns from runs as wholes and not from single samples.
    pub(crate) fn over_runs(self) -> bool {
        match self {
            Self::Logistic | Self::Mlp => false,
            Self::Recurrent | Self::Gate => true,
        }
    }

    /// The width of what it remembers from sample to sample.
    pub(crate) fn state(self) -> usize {
        match self {
            Self::Recurrent => STATE,
            Self::Logistic | Self::Mlp | Self::Gate => 0,
        }
    }

    /// Its layers for this many standardised features. The recurrent ones hold the reset, update and new
    /// parts side by side.
    pub(crate) fn layers(self, width: usize) -> Vec<Shape> {
        let layer = |name, inputs, outputs| Shape { name, inputs, outputs };
        match self {
            Self::Logistic | Self::Gate => vec![layer("head", width, 1)],
            Self::Mlp => vec![layer("first", width, 256), layer("second", 256, 64), layer("head", 64, 1)],
            Self::Recurrent => {
                vec![
                    layer("input", width, 3 * STATE),
                    layer("state", STATE, 3 * STATE),
                    layer("head", STATE, 1),
                ]
            }
        }
    }
}
