//! McNemar's test of paired yes-or-no outcomes in its mid-p form: exact binomial tails with half of the observed
//! outcome's probability. Fagerland, Lydersen and Laake, BMC Medical Research Methodology 13:91 (2013), eq. 6; it
//! keeps its level where the exact form is too cautious and the asymptotic one too bold.

use statrs::distribution::{Binomial, Discrete, DiscreteCDF};

/// The two-sided mid-p value, where `only_a` pairs were solved by the first only and `only_b` by the second only. 1
/// without any such pair, which then says nothing for either.
pub fn mcnemar_mid_p(only_a: u64, only_b: u64) -> f64 {
    let smaller = only_a.min(only_b);
    let Ok(tosses) = Binomial::new(0.5, only_a + only_b) else { return 1.0 };
    let below = if smaller == 0 { 0.0 } else { tosses.cdf(smaller - 1) };
    (2.0 * (below + 0.5 * tosses.pmf(smaller))).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::mcnemar_mid_p;

    #[test]
    fn one_to_seven_as_worked_by_hand() {
        // 2 * (P(0) + P(1) / 2) = 2 * (1 + 4) / 256
        assert!((mcnemar_mid_p(1, 7) - 10.0 / 256.0).abs() < 1e-12);
        assert!((mcnemar_mid_p(7, 1) - 10.0 / 256.0).abs() < 1e-12);
        // 2 * P(0) / 2 = 1 / 32
        assert!((mcnemar_mid_p(0, 5) - 1.0 / 32.0).abs() < 1e-12);
    }

    #[test]
    fn a_draw_says_nothing() {
        assert!((mcnemar_mid_p(3, 3) - 1.0).abs() < 1e-9);
        assert!((mcnemar_mid_p(0, 0) - 1.0).abs() < 1e-9);
    }
}
