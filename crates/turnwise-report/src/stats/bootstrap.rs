//! The paired bootstrap over tasks: tasks are drawn again with replacement, each with all its seeds under both
//! policies, as seeds of one task are not independent (Davison and Hinkley 1997, section 3.8, cluster resampling).
//! Intervals are the 2.5 % and 97.5 % points of nearest rank of the drawn statistics (Efron and Tibshirani 1993,
//! section 13.3). The seed is fixed, so that the same runs give the same interval.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::Estimate;

/// How often tasks are drawn.
pub const RESAMPLES: usize = 5000;
const SEED: u64 = 0x7457_4953;

/// Sums of one task over its seeds: for a statistic that is a ratio of sums.
#[derive(Clone, Debug, Default)]
pub struct Bootstrap {
    /// For each task what goes above the line and below it.
    tasks: Vec<(f64, f64)>,
}

impl Bootstrap {
    /// Adds a task by its share of the numerator and of the denominator.
    pub fn task(&mut self, above: f64, below: f64) {
        self.tasks.push((above, below));
    }

    /// The sum above by the sum below with its 95 % interval; `None` without tasks or with nothing below the line.
    pub fn ratio(&self) -> Option<Estimate> {
        let value = ratio(self.tasks.iter().copied())?;
        let mut rng = ChaCha8Rng::seed_from_u64(SEED);
        let mut drawn: Vec<f64> = (0..RESAMPLES)
            .filter_map(|_| {
                let tasks = &self.tasks;
                ratio((0..tasks.len()).map(|_| tasks[rng.random_range(0..tasks.len())]))
            })
            .collect();
        drawn.sort_unstable_by(f64::total_cmp);
        let (lo, hi) = (point(&drawn, 25)?, point(&drawn, 975)?);
        Some(Estimate { value, lo, hi })
    }
}

/// Draws of tasks that many statistics share, so that their differences are paired: how often each task was drawn.
#[derive(Clone, Debug)]
pub struct Draws {
    tasks: usize,
    drawn: Vec<Vec<u8>>,
}

impl Draws {
    /// So many draws of so many tasks.
    pub fn new(tasks: usize, draws: usize, seed: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut draw = || {
            let mut times = vec![0_u8; tasks];
            for _ in 0..tasks {
                let task: &mut u8 = &mut times[rng.random_range(0..tasks)];
                *task = task.saturating_add(1);
            }
            times
        };
        Self { tasks, drawn: (0..draws).map(|_| draw()).collect() }
    }

    /// A statistic of the tasks, given how often each counts, with its 95 % interval. Draws on which it has no value are
    /// left out; `None` where it has none on the tasks as they are.
    pub fn estimate(&self, statistic: impl Fn(&[u8]) -> Option<f64>) -> Option<Estimate> {
        let value = statistic(&vec![1; self.tasks])?;
        let mut drawn: Vec<f64> = self.drawn.iter().filter_map(|times| statistic(times)).collect();
        drawn.sort_unstable_by(f64::total_cmp);
        let (lo, hi) = (point(&drawn, 25)?, point(&drawn, 975)?);
        Some(Estimate { value, lo, hi })
    }

    /// The sum above by the sum below, both listed by task.
    pub fn ratio(&self, above: &[f64], below: &[f64]) -> Option<Estimate> {
        self.estimate(|times| {
            let (mut over, mut under) = (0.0, 0.0);
            for ((times, above), below) in times.iter().zip(above).zip(below) {
                over += f64::from(*times) * above;
                under += f64::from(*times) * below;
            }
            (under > 0.0).then(|| over / under)
        })
    }
}

fn ratio(tasks: impl Iterator<Item = (f64, f64)>) -> Option<f64> {
    let (above, below) = tasks.fold((0.0, 0.0), |sum, task| (sum.0 + task.0, sum.1 + task.1));
    (below > 0.0).then(|| above / below)
}

/// The point of nearest rank at `thousandths` of sorted values.
fn point(sorted: &[f64], thousandths: usize) -> Option<f64> {
    let rank = (sorted.len() * thousandths).div_ceil(1000);
    sorted.get(rank.checked_sub(1)?).copied()
}

#[cfg(test)]
mod tests {
    use super::{Bootstrap, Draws};

    fn of(tasks: &[(f64, f64)]) -> Bootstrap {
        Bootstrap { tasks: tasks.to_vec() }
    }

    #[test]
    fn equal_tasks_have_no_spread() {
        let found = of(&[(1.0, 2.0); 8]).ratio().unwrap();
        assert_eq!((found.value, found.lo, found.hi), (0.5, 0.5, 0.5));
    }

    #[test]
    fn a_mean_has_about_its_textbook_interval_and_always_the_same() {
        // 25 ones in 100: 0.25 -+ 1.96 * sqrt(0.25 * 0.75 / 100) = 0.165 .. 0.335.
        let tasks: Vec<_> = (0..100).map(|nth| (f64::from(u8::from(nth % 4 == 0)), 1.0)).collect();
        let found = of(&tasks).ratio().unwrap();
        assert!((found.lo - 0.165).abs() < 0.02 && (found.hi - 0.335).abs() < 0.02, "{found:?}");
        assert_eq!(of(&tasks).ratio(), Some(found));
    }

    #[test]
    fn shared_draws_give_the_same_interval_as_those_of_their_own() {
        let ones: Vec<f64> = (0..100).map(|nth| f64::from(u8::from(nth % 4 == 0))).collect();
        let draws = Draws::new(100, 1000, 7);
        let found = draws.ratio(&ones, &[1.0; 100]).unwrap();
        assert!((found.lo - 0.165).abs() < 0.03 && (found.hi - 0.335).abs() < 0.03, "{found:?}");
        assert_eq!(draws.ratio(&ones, &[0.0; 100]), None);
        // What is paired has no more spread than its differences.
        let found = draws.ratio(&[0.0; 100], &ones).unwrap();
        assert_eq!((found.lo, found.hi), (0.0, 0.0));
    }

    #[test]
    fn nothing_below_the_line_has_no_ratio() {
        assert_eq!(of(&[]).ratio(), None);
        assert_eq!(of(&[(1.0, 0.0)]).ratio(), None);
    }
}
