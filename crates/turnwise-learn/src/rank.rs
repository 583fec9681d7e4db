//! Rank correlations: how far two lists of numbers put the same things in the same order.

use std::cmp::Ordering;

/// Spearman's rho: Pearson's correlation of the ranks, where ties share the mean of their ranks (Spearman
/// 1904). `None` where the lists differ in length, hold fewer than two pairs or a NaN, or where one of them
/// is constant.
pub fn spearman(a: &[f64], b: &[f64]) -> Option<f64> {
    comparable(a, b)?;
    pearson(&ranks(a), &ranks(b))
}

/// Kendall's tau-b, `(C − D) / √((C + D + A)(C + D + B))` for C pairs in the same order, D in the opposite
/// one, A tied only in `a` and B tied only in `b` (Kendall 1945). `None` as for [`spearman`]. Looks at every
/// pair, so it takes n² / 2 steps: a second for some 30,000 numbers.
pub fn kendall(a: &[f64], b: &[f64]) -> Option<f64> {
    comparable(a, b)?;
    let (mut same, mut opposite, mut tied_a, mut tied_b) = (0_u64, 0_u64, 0_u64, 0_u64);
    for (i, (a_i, b_i)) in a.iter().zip(b).enumerate() {
        for (a_j, b_j) in a[..i].iter().zip(&b[..i]) {
            match (order(*a_i, *a_j), order(*b_i, *b_j)) {
                (Ordering::Equal, Ordering::Equal) => {}
                (Ordering::Equal, _) => tied_a += 1,
                (_, Ordering::Equal) => tied_b += 1,
                (in_a, in_b) if in_a == in_b => same += 1,
                _ => opposite += 1,
            }
        }
    }
    let untied = same + opposite;
    let below = ((untied + tied_a) as f64 * (untied + tied_b) as f64).sqrt();
    (below > 0.0).then(|| ((same as f64 - opposite as f64) / below).clamp(-1.0, 1.0))
}

fn comparable(a: &[f64], b: &[f64]) -> Option<()> {
    let numbers = a.iter().chain(b).all(|value| !value.is_nan());
    (a.len() == b.len() && a.len() >= 2 && numbers).then_some(())
}

/// The order of two numbers, neither of them NaN; 0 and −0 are the same.
fn order(a: f64, b: f64) -> Ordering {
    a.partial_cmp(&b).unwrap_or(Ordering::Equal)
}

/// The rank of each number from 1, the mean of their places for those that are equal.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut places: Vec<usize> = (0..values.len()).collect();
    places.sort_by(|&i, &j| order(values[i], values[j]));
    let mut ranks = vec![0.0; values.len()];
    let mut before = 0;
    for equal in places.chunk_by(|&i, &j| values[i] == values[j]) {
        let rank = before as f64 + (equal.len() as f64 + 1.0) / 2.0;
        equal.iter().for_each(|&place| ranks[place] = rank);
        before += equal.len();
    }
    ranks
}

fn pearson(a: &[f64], b: &[f64]) -> Option<f64> {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let (mean_a, mean_b) = (mean(a), mean(b));
    let (mut both, mut only_a, mut only_b) = (0.0, 0.0, 0.0);
    for (a, b) in a.iter().zip(b) {
        both += (a - mean_a) * (b - mean_b);
        only_a += (a - mean_a).powi(2);
        only_b += (b - mean_b).powi(2);
    }
    let below = (only_a * only_b).sqrt();
    (below > 0.0).then(|| (both / below).clamp(-1.0, 1.0))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn near(found: Option<f64>, wanted: f64) -> bool {
        found.is_some_and(|found| (found - wanted).abs() < 1e-12)
    }

    #[test]
    fn without_ties_worked_by_hand() {
        let (a, b) = ([1.0, 2.0, 3.0, 4.0, 5.0], [2.0, 1.0, 4.0, 3.0, 5.0]);
        // Differences of ranks 1, 1, 1, 1, 0: 1 − 6 · 4 / (5 · 24). Two of ten pairs are the other way round.
        assert!(near(spearman(&a, &b), 0.8));
        assert!(near(kendall(&a, &b), 0.6));
    }

    #[test]
    fn with_ties_worked_by_hand() {
        let (a, b) = ([1.0, 1.0, 2.0, 3.0], [1.0, 2.0, 2.0, 4.0]);
        // Ranks 1.5 1.5 3 4 and 1 2.5 2.5 4, from their mean 2.5: (−1, −1, 0.5, 1.5) and (−1.5, 0, 0, 1.5),
        // so the products add up to 3.75 and the squares to 4.5 each.
        assert!(near(spearman(&a, &b), 3.75 / 4.5));
        // Pairs: four in the same order, (1, 2) tied in a only, (2, 3) tied in b only: 4 / √(5 · 5).
        assert!(near(kendall(&a, &b), 0.8));
    }

    #[test]
    fn what_has_no_order_has_no_correlation() {
        for (a, b) in [
            (vec![], vec![]),
            (vec![1.0], vec![1.0]),
            (vec![1.0, 2.0], vec![3.0, 3.0]),
            (vec![1.0, 2.0], vec![1.0, 2.0, 3.0]),
            (vec![1.0, f64::NAN], vec![1.0, 2.0]),
        ] {
            assert_eq!((spearman(&a, &b), kendall(&a, &b)), (None, None), "{a:?} {b:?}");
        }
    }

    proptest! {
        #[test]
        fn only_the_order_counts(pairs in proptest::collection::vec((-20_i32..20, -20_i32..20), 2..40)) {
            let a: Vec<f64> = pairs.iter().map(|pair| f64::from(pair.0)).collect();
            let b: Vec<f64> = pairs.iter().map(|pair| f64::from(pair.1)).collect();
            let cubes: Vec<f64> = a.iter().map(|a| a.powi(3)).collect();
            let minus: Vec<f64> = b.iter().map(|b| -b).collect();
            for correlation in [spearman, kendall] {
                let found = correlation(&a, &b);
                prop_assert_eq!(found, correlation(&cubes, &b));
                prop_assert_eq!(found, correlation(&b, &a));
                prop_assert!(found.is_none_or(|found| near(correlation(&a, &minus), -found)));
                prop_assert!(found.is_none_or(|found| (-1.0..=1.0).contains(&found)));
            }
        }
    }
}
