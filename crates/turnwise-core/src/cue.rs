//! Cues in the thinking of a reply: places at which the model might as well stop thinking (LYNX, arXiv 2512.05325).

use std::fmt;

use crate::States;

/// A cue: a word such as "wait" in the thinking, and what is known when the token behind it has been drawn.
#[derive(Clone, Copy, Debug)]
pub struct Cue<'a> {
    /// Which of the reply's it is, from 1.
    pub nth: u32,
    /// Tokens of the reply so far, the one behind the cue included.
    pub spent: u32,
    /// Mean entropy of the distributions that they were drawn from, in nats.
    pub entropy: f64,
    /// Their mean log-probability, in nats.
    pub logprob: f64,
    /// The states at the cue's last token.
    pub states: &'a States,
}

impl Cue<'_> {
    /// The numbers that a probe may look at beside the states, by name.
    pub const NUMBERS: [&'static str; 4] = ["cue_nth", "cue_spent", "cue_entropy", "cue_logprob"];

    /// The number of this name.
    pub fn number(&self, name: &str) -> Option<f64> {
        let numbers = [f64::from(self.nth), f64::from(self.spent), self.entropy, self.logprob];
        Self::NUMBERS.iter().zip(numbers).find(|(known, _)| **known == name).map(|(_, number)| number)
    }
}

/// Says of a cue how likely the answer is to be as good if the model stops thinking there.
pub trait CueProbe: fmt::Debug + Send + Sync {
    /// What it is known by: a hash over all that it computes with, in hex.
    fn hash(&self) -> &str;

    /// The hash of the model that it was learned on: states of another mean nothing to it.
    fn model_hash(&self) -> &str;

    /// The layers whose states at the cue it looks at, from 0.
    fn layers(&self) -> &[usize];

    /// The probability, in [0, 1]; `None` where the states are not those it looks at.
    fn score(&self, cue: &Cue<'_>) -> Option<f64>;
}
