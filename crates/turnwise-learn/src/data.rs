//! What is learned from: runs as sequences of samples, a sample a row of features.

use serde::{Deserialize, Serialize};

use crate::LearnError;

/// What the features of a sample are, in order: first the hidden states, layer by layer, then the scalars.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layout {
    /// The layers whose residual stream is looked at, from 0; none where only scalars are.
    pub layers: Vec<usize>,
    /// The width of a state.
    pub width: usize,
    /// The numbers beside them.
    pub scalars: Vec<Scalar>,
}

/// A number beside the hidden states: a signal by its name and the version of its definition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scalar {
    /// The signal.
    pub name: String,
    /// The version of its definition, from 1.
    pub version: u32,
}

impl Layout {
    /// How many numbers the states are.
    pub fn states(&self) -> usize {
        self.layers.len() * self.width
    }

    /// How many features a sample has.
    pub fn features(&self) -> usize {
        self.states() + self.scalars.len()
    }

    /// What stands at this place, for messages: `layer 2[17]` or a signal's name.
    pub fn name(&self, at: usize) -> String {
        match at.checked_sub(self.states()) {
            Some(scalar) => self.scalars.get(scalar).map_or_else(String::new, |scalar| scalar.name.clone()),
            None => format!("layer {}[{}]", self.layers[at / self.width], at % self.width),
        }
    }
}

/// What was measured at one place of a run: the end of a turn, or a cue in the thinking.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// As the layout says, `[features]`. A scalar that was absent is NaN; a state never is.
    pub features: Vec<f32>,
    /// What is to be predicted here; `None` where nobody knows.
    pub label: Option<bool>,
    /// What came before it since the sample before, in tokens.
    pub tokens: f64,
}

/// A run as a learner sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// Its task: runs of one task are never on both sides of a split.
    pub task: String,
    /// In the order in which they happened.
    pub samples: Vec<Sample>,
    /// What it came to: the share of hidden tests passed, in [0, 1].
    pub outcome: f64,
}

/// Runs with the layout of their samples.
#[derive(Clone, Debug, PartialEq)]
pub struct Dataset {
    /// What the features are.
    pub layout: Layout,
    /// The runs.
    pub runs: Vec<Run>,
}

impl Dataset {
    /// Refuses what nothing can be learned from: no samples, other widths than the layout's, states that are no numbers,
    /// counts of tokens that are none.
    ///
    /// # Errors
    /// [`LearnError::Empty`], [`LearnError::Width`] or [`LearnError::NotFinite`].
    pub fn check(&self) -> Result<(), LearnError> {
        if self.runs.iter().all(|run| run.samples.is_empty()) {
            return Err(LearnError::Empty { what: "samples", advice: "record or label runs first" });
        }
        for run in &self.runs {
            for (at, sample) in run.samples.iter().enumerate() {
                self.check_sample(run, at, sample)?;
            }
        }
        Ok(())
    }

    fn check_sample(&self, run: &Run, at: usize, sample: &Sample) -> Result<(), LearnError> {
        let (found, wanted) = (sample.features.len(), self.layout.features());
        if found != wanted {
            return Err(LearnError::Width { task: run.task.clone(), found, wanted });
        }
        let refused = |feature, value| {
            Err(LearnError::NotFinite { task: run.task.clone(), sample: at, feature, value })
        };
        if !(sample.tokens.is_finite() && sample.tokens >= 0.0) {
            return refused("tokens".to_owned(), sample.tokens);
        }
        let states = self.layout.states();
        // A scalar may be absent, and then it is NaN; it is never infinite.
        let broken = |(place, value): &(usize, &f32)| match *place < states {
            true => !value.is_finite(),
            false => value.is_infinite(),
        };
        match sample.features.iter().enumerate().find(broken) {
            Some((place, value)) => refused(self.layout.name(place), f64::from(*value)),
            None => Ok(()),
        }
    }
}
