//! Methods that lower the threshold from where nothing fires, as far as the losses allow.

use super::{
    Found, quantile,
    units::{Look, Unit},
};

/// The losses of the units at a threshold.
trait Losses {
    /// The look `at` of a run of a unit is now beyond the threshold.
    fn pass(&mut self, at: (usize, usize, usize), look: &Look);

    /// Whether they are within what is allowed.
    fn hold(&self) -> bool;
}

/// The least threshold down to which, from infinity on, the losses hold at every threshold. Nothing changes between two
/// scores, so the scores stand for all numbers there are.
fn descend(units: &[Unit], losses: &mut impl Losses) -> f64 {
    let mut looks = Vec::new();
    for (unit, runs) in units.iter().enumerate() {
        for (run, run_looks) in runs.iter().enumerate() {
            looks.extend(run_looks.iter().enumerate().map(|(at, look)| ((unit, run, at), look)));
        }
    }
    looks.sort_by(|(_, one), (_, other)| other.score.total_cmp(&one.score));
    if !losses.hold() {
        return f64::INFINITY;
    }
    for same in looks.chunk_by(|(_, one), (_, other)| one.score == other.score) {
        for (at, look) in same {
            losses.pass(*at, look);
        }
        // At a threshold of this score only what is above it fires, and that held.
        if let (false, Some((_, look))) = (losses.hold(), same.first()) {
            return look.score;
        }
    }
    f64::NEG_INFINITY
}

/// A unit is lost when the first look that fires in any of its runs is wrong.
struct FirstFirings {
    /// Of each run of each unit, the first look that fires and whether it is wrong.
    first: Vec<Vec<Option<(usize, bool)>>>,
    /// How many runs of each unit first fire wrongly.
    wrong: Vec<usize>,
    lost: usize,
    most: Option<usize>,
}

impl Losses for FirstFirings {
    fn pass(&mut self, (unit, run, at): (usize, usize, usize), look: &Look) {
        let first = &mut self.first[unit][run];
        if first.is_some_and(|(earlier, _)| earlier < at) {
            return;
        }
        let (was, before) = (first.is_some_and(|(_, wrong)| wrong), self.wrong[unit] > 0);
        *first = Some((at, look.wrong));
        self.wrong[unit] = self.wrong[unit] + usize::from(look.wrong) - usize::from(was);
        let now = self.wrong[unit] > 0;
        self.lost = self.lost + usize::from(now) - usize::from(before);
    }

    fn hold(&self) -> bool {
        self.most.is_some_and(|most| self.lost <= most)
    }
}

/// Learn-then-Test (arXiv 2110.01052): that a share above `delta` of units is lost is tested at every threshold there is, from
/// infinity downwards, by the exact binomial test at the level `risk`, until it cannot be rejected. As the order is fixed beforehand, the
/// probability of going below any threshold at which it is true is at most `risk`, however many are tested.
pub(super) fn learn_then_test(units: &[Unit], delta: f64, risk: f64) -> Found {
    let mut losses = FirstFirings {
        first: units.iter().map(|runs| vec![None; runs.len()]).collect(),
        wrong: vec![0; units.len()],
        lost: 0,
        most: quantile::most_lost(units.len(), delta, risk),
    };
    let needed = super::whole(quantile::tolerance_needs(delta, risk));
    Found { over: descend(units, &mut losses), n: units.len(), needed }
}

/// The loss of a unit is the largest cost of a wrong look beyond the threshold: it cannot fall as the threshold falls.
struct Costs {
    of: Vec<f64>,
    sum: f64,
    /// What their sum may be.
    most: f64,
}

impl Losses for Costs {
    fn pass(&mut self, (unit, ..): (usize, usize, usize), look: &Look) {
        if look.wrong && look.cost > self.of[unit] {
            self.sum += look.cost - self.of[unit];
            self.of[unit] = look.cost;
        }
    }

    fn hold(&self) -> bool {
        self.sum <= self.most
    }
}

/// Conformal risk control (arXiv 2208.02814): `(sum of the losses + 1) / (n + 1) <= delta`, losses being in [0, 1].
pub(super) fn risk_control(units: &[Unit], delta: f64) -> Found {
    let most = delta * (units.len() as f64 + 1.0) - 1.0 + 1e-9;
    let mut losses = Costs { of: vec![0.0; units.len()], sum: 0.0, most };
    let needed = super::whole(quantile::runs_needed(delta));
    Found { over: descend(units, &mut losses), n: units.len(), needed }
}
