//! Calibration while new runs arrive: older ones count less, and it is done anew only when there is twice as much to do it on.

use super::{
    Found,
    units::{Unit, extreme},
};

/// Whether a threshold that was calibrated on `n_then` runs is to be calibrated anew, now that there are `n_now`: when they
/// have doubled, so that a store of n runs is calibrated on log2(n) times, and at least half of the runs are always in
/// it (papers.md row 19).
pub fn due(n_then: usize, n_now: usize) -> bool {
    n_now > n_then && n_now / 2 >= n_then
}

/// The weighted conformal quantile of the extremes of the units, from the oldest to the newest: the newest weighs `2^(-1 /
/// half_life)`, one of age `a` `2^(-a / half_life)`, and the run to come 1, at infinity. It is the least extreme that has at least
/// `1 - delta` of all this weight at or below it (arXiv 2202.13415, split conformal prediction with fixed weights).
pub(super) fn found(units: &[Unit], delta: f64, half_life: f64) -> Found {
    let newest_first = units.iter().rev().zip(weights(half_life));
    let mut weighed: Vec<(f64, f64)> = newest_first.map(|(unit, weight)| (extreme(unit), weight)).collect();
    weighed.sort_by(|one, other| one.0.total_cmp(&other.0));
    let all: f64 = 1.0 + weighed.iter().map(|(_, weight)| weight).sum::<f64>();
    let mut below = 0.0;
    let reaches = weighed.into_iter().find(|(_, weight)| {
        below += weight;
        below >= (1.0 - delta) * all - 1e-9
    });
    Found {
        over: reaches.map_or(f64::INFINITY, |(extreme, _)| extreme),
        n: units.len(),
        needed: needed(delta, half_life),
    }
}

/// The weights by age, from that of the newest.
fn weights(half_life: f64) -> impl Iterator<Item = f64> {
    let keeps = (-std::f64::consts::LN_2 / half_life).exp();
    std::iter::successors(Some(keeps), move |weight| Some(weight * keeps))
}

/// How many units weigh enough beside the run to come: the least `n` with a sum of weights `>= (1 - delta) / delta`. `None` where that
/// of all that could ever be does not reach it, as the old ones are forgotten too fast.
fn needed(delta: f64, half_life: f64) -> Option<usize> {
    let wanted = (1.0 - delta) / delta - 1e-9;
    let mut sum = 0.0;
    for (at, weight) in weights(half_life).enumerate() {
        if sum >= wanted {
            return Some(at);
        }
        // What does not change the sum any more never will.
        if sum + weight == sum {
            return None;
        }
        sum += weight;
    }
    None
}
