//! What a stop rule on progress is calibrated with: how far runs that succeeded fell behind their like, at
//! worst.

/// A turn's median is taken over at least so many runs; beyond the last such turn its median holds on.
const ENOUGH: usize = 5;

/// The median cumulative progress of successes at each turn: what a run's progress is held against.
///
/// The score of a run after turn t is `cumulative_t − median_t`, and a rule stops it when the score falls
/// under a threshold. It looks after every turn, so what must be calibrated is a run's lowest score over all
/// its turns ([`Reference::lowest`]), not the score at one look: with the thresholds of single looks a run of
/// twelve turns has twelve chances to be stopped wrongly (papers.md A2).
#[derive(Clone, Debug, PartialEq)]
pub struct Reference {
    medians: Vec<f64>,
}

impl Reference {
    /// From the cumulative progress of runs that succeeded, a list over their turns for each. They must not
    /// be the runs that the threshold is taken from: a run is nearer to medians that it had a part in than a
    /// new run is.
    ///
    /// `None` with fewer than five runs of at least one turn.
    pub fn new(successes: &[Vec<f64>]) -> Option<Self> {
        let longest = successes.iter().map(Vec::len).max().unwrap_or(0);
        let at = |turn: usize| successes.iter().filter_map(|run| run.get(turn).copied()).collect::<Vec<_>>();
        let medians: Vec<f64> =
            (0..longest).map(at).take_while(|values| values.len() >= ENOUGH).map(median).collect();
        (!medians.is_empty()).then_some(Self { medians })
    }

    /// One that was stored: the medians by turn. `None` where there are none or one is no finite number.
    pub fn from_medians(medians: Vec<f64>) -> Option<Self> {
        (!medians.is_empty() && medians.iter().all(|median| median.is_finite())).then_some(Self { medians })
    }

    /// The medians by turn, the first turn first.
    pub fn medians(&self) -> &[f64] {
        &self.medians
    }

    /// A run's score after a turn, counted from 0: its cumulative progress less the successes' median there.
    pub fn score(&self, turn: usize, cumulative: f64) -> f64 {
        cumulative - self.medians.get(turn).or(self.medians.last()).copied().unwrap_or(0.0)
    }

    /// A run's lowest score over its turns: the rule stops the run if and only if this is under the
    /// threshold. A run without turns is never stopped: +∞.
    pub fn lowest(&self, cumulative: &[f64]) -> f64 {
        let scores = cumulative.iter().enumerate().map(|(turn, value)| self.score(turn, *value));
        scores.fold(f64::INFINITY, f64::min)
    }
}

/// What a per-run stop rule needs: the reference of the successes in `training`, and the lowest score of each
/// success in `calibration`, in its order. Both are cumulative progress by turn, of successful runs only.
///
/// A rule that stops when a score is under the k-th smallest of the n lowest scores stops a new success with
/// a probability of at most k / (n + 1) over all its turns, if its runs are exchangeable with the calibration
/// runs (split conformal prediction; SPA's use (iii) in papers.md A3 made per run). With k = ⌊δ (n + 1)⌋ that
/// is at most δ; where k is 0 there are too few runs for δ and nothing may be stopped. Where runs share
/// tasks, give one run of each task, drawn by seed: runs of one task are not exchangeable with those of
/// another.
///
/// `None` with fewer than five runs in `training`.
pub fn lower_envelope(training: &[Vec<f64>], calibration: &[Vec<f64>]) -> Option<(Reference, Vec<f64>)> {
    let reference = Reference::new(training)?;
    let lowest = calibration.iter().map(|run| reference.lowest(run)).collect();
    Some((reference, lowest))
}

/// The cumulative progress after each turn: the running sum of the credits.
pub fn cumulative(credits: &[f64]) -> Vec<f64> {
    let mut sum = 0.0;
    let mut add = |credit: &f64| {
        sum += credit;
        sum
    };
    credits.iter().map(&mut add).collect()
}

/// The median of a list that is not empty.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 { values[middle] } else { f64::midpoint(values[middle - 1], values[middle]) }
}

#[cfg(test)]
mod tests {
    use rand::{RngExt as _, SeedableRng as _};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    #[test]
    fn medians_and_lowest_scores_worked_by_hand() {
        let mut successes: Vec<Vec<f64>> = [0.1, 0.3, 0.2, 0.5, 0.4].map(|first| vec![first, 1.0]).to_vec();
        successes.push(vec![0.9]);
        successes.push(vec![0.0, 2.0, 7.0]);
        let reference = Reference::new(&successes).unwrap();
        // At turn 0 seven values, 0.3 in the middle; at turn 1 six; at turn 2 only one, too few.
        assert_eq!(reference.medians(), [0.3, 1.0]);
        assert!((reference.lowest(&[0.2, 0.4, 3.0]) - -0.6).abs() < 1e-12);
        assert_eq!(reference.score(9, 1.5), 0.5);
        assert_eq!(reference.lowest(&[]), f64::INFINITY);
        assert_eq!(Reference::from_medians(vec![0.3, 1.0]), Some(reference));
    }

    #[test]
    fn too_few_successes_are_no_reference() {
        assert_eq!(Reference::new(&vec![vec![0.5]; 4]), None);
        assert_eq!(Reference::new(&vec![vec![]; 9]), None);
        assert_eq!(lower_envelope(&[], &[]), None);
        assert_eq!(Reference::from_medians(vec![]), None);
        assert_eq!(Reference::from_medians(vec![f64::NAN]), None);
    }

    #[test]
    fn progress_adds_up() {
        assert_eq!(cumulative(&[0.5, -0.25, 1.0]), [0.5, 0.25, 1.25]);
        assert_eq!(cumulative(&[]), [0.0; 0]);
    }

    #[test]
    fn at_most_delta_of_successes_are_stopped_over_all_their_turns() {
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        let mut runs = |n: usize| -> Vec<Vec<f64>> {
            let mut run = || {
                let turns = rng.random_range(3..20);
                cumulative(&(0..turns).map(|_| rng.random_range(-0.2..0.3)).collect::<Vec<_>>())
            };
            (0..n).map(|_| run()).collect()
        };
        let delta = 0.1;
        let (mut stopped, mut per_look, mut all) = (0, 0, 0);
        for _ in 0..100 {
            let (reference, mut lowest) = lower_envelope(&runs(50), &runs(99)).unwrap();
            lowest.sort_unstable_by(f64::total_cmp);
            // k = ⌊0.1 · 100⌋ = 10, so the tenth smallest.
            let threshold = lowest[9];
            let fresh = runs(100);
            stopped += fresh.iter().filter(|run| reference.lowest(run) < threshold).count();
            // The same share at a single look (the third) stops far more runs over all their looks.
            let mut third: Vec<f64> = runs(99).iter().map(|run| reference.score(2, run[2])).collect();
            third.sort_unstable_by(f64::total_cmp);
            per_look += fresh.iter().filter(|run| reference.lowest(run) < third[9]).count();
            all += fresh.len();
        }
        let share = |count: usize| count as f64 / all as f64;
        assert!(share(stopped) < delta + 0.01 && share(stopped) > delta / 2.0, "{}", share(stopped));
        assert!(share(per_look) > 2.0 * delta, "{}", share(per_look));
    }
}
