//! Splits of the tasks into a half that thresholds and signs are learned on and a half that is held out. All trials of
//! a task are in the same half: seeds of one task are not independent.

use rand::{SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;

/// One split.
#[derive(Clone, Debug)]
pub(super) struct Halves {
    held_out: Vec<bool>,
}

impl Halves {
    /// So many splits of so many tasks.
    pub(super) fn draw(tasks: usize, splits: usize, seed: u64) -> Vec<Self> {
        let split = |number: usize| {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            rng.set_stream(number as u64);
            let mut order: Vec<usize> = (0..tasks).collect();
            order.shuffle(&mut rng);
            let mut held_out = vec![false; tasks];
            order.into_iter().skip(tasks.div_ceil(2)).for_each(|task| held_out[task] = true);
            Self { held_out }
        };
        (0..splits).map(split).collect()
    }

    /// Whether a task is held out.
    pub(super) fn is_held_out(&self, task: usize) -> bool {
        self.held_out[task]
    }
}

#[cfg(test)]
mod tests {
    use super::Halves;

    #[test]
    fn each_split_is_half_and_the_same_again() {
        let splits = Halves::draw(9, 3, 1);
        let held = |halves: &Halves| (0..9).filter(|task| halves.is_held_out(*task)).collect::<Vec<_>>();
        assert_eq!(splits.iter().map(|halves| held(halves).len()).collect::<Vec<_>>(), [4, 4, 4]);
        assert!(held(&splits[0]) != held(&splits[1]));
        assert_eq!(held(&Halves::draw(9, 3, 1)[2]), held(&splits[2]));
    }
}
