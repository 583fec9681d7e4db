//! Thresholds from the scores of calibration runs, such that a guarantee holds per run.

/// The `ceil((n + 1) (1 - lost))`-th smallest of `scores`: at most a share `lost` of future exchangeable runs
/// has a larger one, on average over calibrations. Infinite where there are too few (papers2026.md §9.3).
pub fn per_run(scores: &[f64], lost: f64) -> f64 {
    let rank = ((scores.len() as f64 + 1.0) * (1.0 - lost) - 1e-9).ceil();
    nth_smallest(scores, rank)
}

/// The smallest score that at most a share `lost` of future runs exceeds with probability `1 - risk` over
/// calibrations: the `k`-th smallest, `k` the least with `P(Bin(n, 1 - lost) >= k) <= risk` (papers2026.md §4.2).
/// Infinite where there are too few.
pub fn tolerance(scores: &[f64], lost: f64, risk: f64) -> f64 {
    let n = scores.len();
    // P(Bin(n, 1 - lost) >= k) = P(Bin(n, lost) <= n - k).
    most_lost(n, lost, risk).map_or(f64::INFINITY, |most| nth_smallest(scores, (n - most) as f64))
}

/// The largest `c` with `P(Bin(n, lost) <= c) <= risk`: so many of `n` runs may be lost, and a rate above `lost` is still
/// rejected at the level `risk` by the exact binomial test. `None`: not even 0, as there are too few.
///
/// Summed in logarithms, as the probability of losing none of some thousands is no number any more.
pub fn most_lost(n: usize, lost: f64, risk: f64) -> Option<usize> {
    let odds = (lost / (1.0 - lost)).ln();
    let (mut probability, mut log) = (0.0, n as f64 * (-lost).ln_1p());
    let mut most = None;
    for count in 0..=n {
        probability += log.exp();
        if probability > risk + 1e-12 {
            break;
        }
        most = Some(count);
        // From P(= count) to P(= count + 1).
        log += ((n - count) as f64 / (count + 1) as f64).ln() + odds;
    }
    most
}

/// The smallest score of this rank or above, ranks from 1; infinite where there is none.
pub(super) fn nth_smallest(scores: &[f64], rank: f64) -> f64 {
    let mut ascending = scores.to_vec();
    ascending.sort_by(f64::total_cmp);
    let mut ranks = (1..=ascending.len()).map(|rank| rank as f64).zip(ascending);
    ranks.find(|(at, _)| *at >= rank).map_or(f64::INFINITY, |(_, score)| score)
}

/// How many calibration runs [`per_run`] needs.
pub fn runs_needed(lost: f64) -> f64 {
    (1.0 / lost - 1e-9).ceil() - 1.0
}

/// How many calibration runs [`tolerance`] needs: the least `n` with `(1 - lost)^n <= risk`.
pub fn tolerance_needs(lost: f64, risk: f64) -> f64 {
    (risk.ln() / (-lost).ln_1p() - 1e-9).ceil()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rank_is_that_of_split_conformal_prediction() {
        let scores: Vec<f64> = (1..=19).map(f64::from).collect();
        // ceil(20 * 0.9) = 18, ceil(20 * 0.95) = 19, ceil(20 * 0.96) = 20 > 19.
        assert_eq!([0.1, 0.05, 0.04].map(|lost| per_run(&scores, lost)), [18.0, 19.0, f64::INFINITY]);
        assert_eq!(runs_needed(0.1), 9.0);
        assert_eq!((per_run(&[3.0; 9], 0.1), per_run(&[3.0; 8], 0.1)), (3.0, f64::INFINITY));
    }

    #[test]
    fn a_tolerance_bound_needs_as_many_runs_as_the_papers_table_says() {
        // papers2026.md §4.2: 22 runs for 0.1 / 0.1, 29 for 0.1 / 0.05, 14 for 0.2 / 0.05.
        for (runs, lost, risk) in [(22, 0.1, 0.1), (29, 0.1, 0.05), (14, 0.2, 0.05)] {
            assert_eq!(tolerance(&vec![1.0; runs], lost, risk), 1.0, "{runs}");
            assert_eq!(tolerance(&vec![1.0; runs - 1], lost, risk), f64::INFINITY, "{runs}");
            assert_eq!(tolerance_needs(lost, risk), runs as f64);
        }
        // P(Bin(22, 0.9) >= 22) = 0.098; with 38 runs also the second largest is safe: 0.018 + 0.077.
        let scores: Vec<f64> = (1..=38).map(f64::from).collect();
        assert_eq!(tolerance(&scores, 0.1, 0.1), 37.0);
    }

    #[test]
    fn many_runs_do_not_make_the_bound_careless() {
        // 0.9^20000 is no number; by the normal approximation 10 % is exceeded by 2,000 - 1.2816 * 42.43 - 0.5 = 1,945.
        let most = most_lost(20_000, 0.1, 0.1).unwrap();
        assert!((1940..=1950).contains(&most), "{most}");
        let scores: Vec<f64> = (1..=20_000).map(f64::from).collect();
        assert_eq!(tolerance(&scores, 0.1, 0.1), (20_000 - most) as f64);
    }
}
