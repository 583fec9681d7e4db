//! What can be wrong with data that is to be learned from, and with files of what was learned.

use std::path::PathBuf;

/// See the module.
#[derive(Debug, thiserror::Error)]
pub enum LearnError {
    /// There is nothing to learn from.
    #[error("no {what} to learn from; {advice}")]
    Empty {
        /// What there is none of.
        what: &'static str,
        /// What to do.
        advice: &'static str,
    },
    /// All labels are the same.
    #[error("all {count} labels are {label}: there is nothing to tell apart; label runs with both outcomes")]
    OneClass {
        /// How many there are.
        count: usize,
        /// The label.
        label: bool,
    },
    /// Too little of something to learn from.
    #[error("{found} {what} where at least {wanted} are needed; {advice}")]
    TooFew {
        /// What there are too few of.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many it takes.
        wanted: usize,
        /// What to do.
        advice: &'static str,
    },
    /// What was asked for cannot be trained.
    #[error("{why}")]
    Options {
        /// Why not, and what to ask for.
        why: &'static str,
    },
    /// A loss is no finite number.
    #[error(
        "the {what} loss became {value} in epoch {epoch}; take another seed, or look at the data for odd values"
    )]
    Diverged {
        /// Which loss.
        what: &'static str,
        /// In which epoch, from 1.
        epoch: u32,
        /// What it became.
        value: f64,
    },
    /// No feature varies.
    #[error(
        "none of the {count} features varies over {samples} samples: nothing can be learned from them; \
         record other signals, or keep hidden states"
    )]
    Constant {
        /// How many features there are.
        count: usize,
        /// Over how many samples.
        samples: usize,
    },
    /// All runs came to the same.
    #[error(
        "all {count} runs came to {outcome}: no turn made a difference; record runs of easier and of \
         harder tasks too"
    )]
    OneOutcome {
        /// How many runs there are.
        count: usize,
        /// What they came to.
        outcome: f64,
    },
    /// An outcome is no share.
    #[error(
        "a run of task `{task}` came to {outcome}, which is no share of its tests between 0 and 1; grade it anew"
    )]
    Outcome {
        /// The run's task.
        task: String,
        /// What it came to.
        outcome: f64,
    },
    /// A hidden state is not a finite number, or a count of tokens is none.
    #[error(
        "sample {sample} of a run of task `{task}` holds {value} in feature `{feature}`; record the run anew"
    )]
    NotFinite {
        /// The run's task.
        task: String,
        /// The sample's place in its run, from 0.
        sample: usize,
        /// The feature.
        feature: String,
        /// What stands there.
        value: f64,
    },
    /// Samples do not have the features that they should have.
    #[error("a sample of task `{task}` has {found} features where {wanted} are laid out")]
    Width {
        /// The run's task.
        task: String,
        /// How many it has.
        found: usize,
        /// How many it should have.
        wanted: usize,
    },
    /// A row does not have the features that it should have.
    #[error(
        "a sample has {found} features where {wanted} are laid out; measure it by the layout that is learned from"
    )]
    Features {
        /// How many it has.
        found: usize,
        /// How many it should have.
        wanted: usize,
    },
    /// A file cannot be read or written.
    #[error("cannot {access} {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// `read` or `write`.
        access: &'static str,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A file is not what it should be.
    #[error("{} is no file of this kind: {why}; make it anew with `turnwise learn`", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The tensor library failed.
    #[error("the computation failed")]
    Tensor(#[from] candle_core::Error),
}
