//! The turns of recorded unlimited trials, from which limits are taken as percentiles.

/// How many turns the finished unlimited trials of one suite and model took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Baseline {
    suite: String,
    model: String,
    /// Ascending.
    turns: Vec<u32>,
}

impl Baseline {
    /// A baseline of these trials, in any order; `suite` and `model` are for messages.
    pub fn new(suite: &str, model: &str, mut turns: Vec<u32>) -> Self {
        turns.sort_unstable();
        Self { suite: suite.to_owned(), model: model.to_owned(), turns }
    }

    /// The suite.
    pub fn suite(&self) -> &str {
        &self.suite
    }

    /// The model.
    pub fn model(&self) -> &str {
        &self.model
    }

    /// How many trials there are.
    pub fn trials(&self) -> usize {
        self.turns.len()
    }

    /// The percentile of nearest rank: the smallest number of turns that at least `percent` % of the trials
    /// stay within. `None` without trials.
    pub fn percentile(&self, percent: u8) -> Option<u32> {
        let rank = (self.turns.len() * usize::from(percent)).div_ceil(100).max(1);
        self.turns.get(rank - 1).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::Baseline;

    #[test]
    fn percentiles_are_of_nearest_rank() {
        let baseline = Baseline::new("s", "m", vec![50, 15, 20, 40, 35]);
        let at = |percent| baseline.percentile(percent).unwrap();
        assert_eq!([at(1), at(5), at(30), at(40), at(50), at(75), at(100)], [15, 15, 20, 20, 35, 40, 50]);
        assert_eq!(Baseline::new("s", "m", vec![]).percentile(50), None);
        let four = Baseline::new("s", "m", vec![4, 6, 8, 10]);
        assert_eq!((four.percentile(25), four.percentile(75)), (Some(4), Some(8)));
    }
}
