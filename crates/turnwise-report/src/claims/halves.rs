//! Splits of the tasks into a half that thresholds and signs are learned on and a half that is held out. All trials of
//! a task are in the same half: seeds of one task are not independent.
//!
//! Where something is chosen among many monitors, that is done on one part of the learning half and the threshold of what
//! was chosen is taken from the other: the best of many on the same trials is the luckiest, and its threshold too loose.

use rand::{SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;

/// What a task is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// To choose on.
    Choice,
    /// To take the threshold of what was chosen from.
    Threshold,
    /// To judge on.
    HeldOut,
}

/// One split.
#[derive(Clone, Debug)]
pub(super) struct Halves {
    parts: Vec<Part>,
}

impl Halves {
    /// So many splits of so many tasks.
    pub(super) fn draw(tasks: usize, splits: usize, seed: u64) -> Vec<Self> {
        let split = |number: usize| {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            rng.set_stream(number as u64);
            let mut order: Vec<usize> = (0..tasks).collect();
            order.shuffle(&mut rng);
            let mut parts = vec![Part::HeldOut; tasks];
            let learned = order
                .into_iter()
                .take(tasks.div_ceil(2))
                .zip([Part::Choice, Part::Threshold].into_iter().cycle());
            learned.for_each(|(task, part)| parts[task] = part);
            Self { parts }
        };
        (0..splits).map(split).collect()
    }

    /// Whether a task is in this part.
    pub(super) fn is(&self, part: Part, task: usize) -> bool {
        self.parts[task] == part
    }

    /// Whether a task is held out.
    pub(super) fn is_held_out(&self, task: usize) -> bool {
        self.parts[task] == Part::HeldOut
    }
}

#[cfg(test)]
mod tests {
    use super::{Halves, Part};

    #[test]
    fn each_split_is_half_and_the_same_again() {
        let splits = Halves::draw(9, 3, 1);
        let held = |halves: &Halves| (0..9).filter(|task| halves.is_held_out(*task)).collect::<Vec<_>>();
        assert_eq!(splits.iter().map(|halves| held(halves).len()).collect::<Vec<_>>(), [4, 4, 4]);
        let choice = (0..9).filter(|task| splits[0].is(Part::Choice, *task)).count();
        let threshold = (0..9).filter(|task| splits[0].is(Part::Threshold, *task)).count();
        assert_eq!((choice, threshold), (3, 2));
        assert!(held(&splits[0]) != held(&splits[1]));
        assert_eq!(held(&Halves::draw(9, 3, 1)[2]), held(&splits[2]));
    }
}
