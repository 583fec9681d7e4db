//! Thompson sampling on solved per cost: the arm whose draw from Beta(s + 1, f + 1) is the highest for its mean cost. The
//! measure is the gain per cost of average-reward problems (row 45 of docs/seeds.md).

use super::{bandit::Sums, luck::Luck};

/// The arm of the next block. An arm without trials costs what all trials cost on average.
pub(super) fn next(arms: usize, played: &[(usize, Sums)], seed: u64) -> usize {
    let of = |arm: Option<usize>| {
        let blocks = played.iter().filter(|(played, _)| arm.is_none_or(|arm| *played == arm));
        blocks.fold(Sums::default(), |sums, (_, block)| sums.and(*block))
    };
    let usual = of(None).mean_cost();
    let worth = |arm: usize| {
        let sums = of(Some(arm));
        // Where nothing costs anything, only what is solved counts.
        let cost = sums.mean_cost().or(usual).filter(|cost| *cost > 0.0).unwrap_or(1.0);
        Luck::new(seed, played.len(), arm).beta(sums.solved, sums.failed) / cost
    };
    best((0..arms).map(worth))
}

/// The place of the first of the largest numbers.
pub(super) fn best(numbers: impl Iterator<Item = f64>) -> usize {
    let better = |best: (usize, f64), next: (usize, f64)| if next.1 > best.1 { next } else { best };
    numbers.enumerate().reduce(better).map_or(0, |(place, _)| place)
}
