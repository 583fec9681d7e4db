//! The area under the receiver operating characteristic, with a bootstrap over runs.

use std::collections::BTreeMap;

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::Scored;

/// How often the runs are drawn.
const RESAMPLES: usize = 1000;

/// The area with its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Auroc {
    /// The share of the pairs of a true and an untrue sample in which the true one scores higher; ties count
    /// half.
    pub value: f64,
    /// The lower end of the interval.
    pub lo: f64,
    /// The upper end.
    pub hi: f64,
}

/// The area under the curve, as the Mann-Whitney statistic U / (n₊ n₋). The interval is from the 2.5 % to the
/// 97.5 % point of nearest rank of 1,000 bootstrap draws of whole runs, as samples of one run are not
/// independent (Davison and Hinkley 1997, section 3.8); draws of one class have no area and are left out.
/// `None` where all labels are the same.
pub fn auroc(scored: &[Scored], seed: u64) -> Option<Auroc> {
    let mut runs = BTreeMap::new();
    for scored in scored {
        let next = runs.len();
        runs.entry(scored.run).or_insert(next);
    }
    let mut sorted: Vec<(f64, bool, usize)> =
        scored.iter().map(|scored| (scored.score, scored.label, runs[&scored.run])).collect();
    sorted.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));

    let value = area(&sorted, &vec![1.0; runs.len()])?;
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut draw = || {
        let mut times = vec![0.0; runs.len()];
        for _ in 0..runs.len() {
            times[rng.random_range(0..runs.len())] += 1.0;
        }
        area(&sorted, &times)
    };
    let mut drawn: Vec<f64> = (0..RESAMPLES).filter_map(|_| draw()).collect();
    drawn.sort_unstable_by(f64::total_cmp);
    let point = |per_mille: usize| drawn.get((drawn.len() * per_mille).div_ceil(1000).max(1) - 1).copied();
    Some(Auroc { value, lo: point(25)?, hi: point(975)? })
}

/// The area of samples sorted by score, each counting as often as its run. Counts are f64, and exact.
pub(crate) fn area(sorted: &[(f64, bool, usize)], times: &[f64]) -> Option<f64> {
    let (mut won, mut below, mut positive) = (0.0, 0.0, 0.0);
    for tied in sorted.chunk_by(|a, b| a.0 == b.0) {
        let count = |wanted| tied.iter().filter(|it| it.1 == wanted).map(|it| times[it.2]).sum::<f64>();
        let (above, level) = (count(true), count(false));
        won += above * (below + level / 2.0);
        below += level;
        positive += above;
    }
    (positive > 0.0 && below > 0.0).then(|| won / (positive * below))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn scored(rows: &[(f64, bool, usize)]) -> Vec<Scored> {
        rows.iter().map(|&(score, label, run)| Scored { score, label, run }).collect()
    }

    #[test]
    fn by_hand() {
        // Pairs: 0.8 beats 0.3 and 0.5; 0.5 beats 0.3 and ties with 0.5: 3.5 of 4.
        let rows = scored(&[(0.8, true, 0), (0.5, true, 1), (0.5, false, 2), (0.3, false, 3)]);
        let area = auroc(&rows, 1).unwrap();
        assert_eq!(area.value, 3.5 / 4.0);
        assert!(area.lo < area.value && area.hi == 1.0, "{area:?}");
        assert_eq!(auroc(&rows, 1), Some(area));
        assert_eq!(auroc(&rows[..2], 1), None);
        assert_eq!(auroc(&[], 1), None);
    }

    #[test]
    fn the_interval_is_of_runs_and_not_of_samples() {
        let few = scored(&[
            (0.9, true, 0),
            (0.2, false, 0),
            (0.4, true, 1),
            (0.6, false, 1),
            (0.7, true, 2),
            (0.1, false, 2),
        ]);
        let copied: Vec<Scored> = (0..50).flat_map(|_| few.clone()).collect();
        assert_eq!(auroc(&copied, 3), auroc(&few, 3));
    }

    proptest! {
        #[test]
        fn the_same_as_counting_pairs(rows in proptest::collection::vec((0_u8..6, any::<bool>(), 0_usize..5), 0..60)) {
            let rows: Vec<_> = rows.iter().map(|row| (f64::from(row.0), row.1, row.2)).collect();
            let of = |label| rows.iter().filter(move |row| row.1 == label);
            let beats = |a: f64, b: f64| if a > b { 1.0 } else if a == b { 0.5 } else { 0.0 };
            let pairs = of(true).flat_map(|a| of(false).map(move |b| beats(a.0, b.0)));
            let (won, count) = pairs.fold((0.0, 0.0), |sum, won| (sum.0 + won, sum.1 + 1.0));
            match auroc(&scored(&rows), 0) {
                Some(area) => {
                    prop_assert_eq!(area.value, won / count);
                    prop_assert!(0.0 <= area.lo && area.lo <= area.hi && area.hi <= 1.0);
                }
                None => prop_assert_eq!(count, 0.0),
            }
        }
    }
}
