//! Numbers drawn from a seed, for the block and the arm that they are drawn for: SplitMix64 (Steele et al. 2014).

/// A stream of numbers.
#[derive(Clone, Debug)]
pub(super) struct Luck(u64);

impl Luck {
    /// The stream of a seed for these two numbers.
    pub(super) fn new(seed: u64, block: usize, arm: usize) -> Self {
        let start = [block as u64, arm as u64].into_iter().fold(mix(seed), |state, part| mix(state ^ part));
        Self(start)
    }

    /// The next number in [0, 1), a multiple of 2^-53.
    pub(super) fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        (mix(self.0) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A draw of Beta(solved + 1, failed + 1): of one number more than there are trials, the one that has as many below
    /// it as were solved. No logarithm is taken, so that it is the same on every machine.
    pub(super) fn beta(&mut self, solved: usize, failed: usize) -> f64 {
        let mut numbers: Vec<f64> = (0..=solved + failed).map(|_| self.uniform()).collect();
        numbers.sort_by(f64::total_cmp);
        numbers[solved]
    }
}

fn mix(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use super::Luck;

    #[test]
    fn draws_are_those_of_the_distribution_and_never_change() {
        let mean = |solved, failed| {
            let draws = (0..4000).map(|block| Luck::new(1, block, 0).beta(solved, failed));
            draws.sum::<f64>() / 4000.0
        };
        // The mean of Beta(a, b) is a / (a + b); four standard errors around it.
        assert!((mean(0, 0) - 0.5).abs() < 0.02, "{}", mean(0, 0));
        assert!((mean(8, 0) - 0.9).abs() < 0.006, "{}", mean(8, 0));
        assert!((mean(2, 7) - 3.0 / 11.0).abs() < 0.009, "{}", mean(2, 7));
        assert_ne!(Luck::new(1, 2, 3).uniform(), Luck::new(1, 3, 2).uniform());
        assert_ne!(Luck::new(1, 2, 3).uniform(), Luck::new(2, 2, 3).uniform());
        // The first number of SplitMix64 with the seed 0, as published, is 0xe220a8397b1dcdaf.
        let published = (0xe220_a839_7b1d_cdaf_u64 >> 11) as f64 / (1_u64 << 53) as f64;
        assert_eq!(Luck::new(0, 0, 0).uniform().to_bits(), published.to_bits());
    }
}
