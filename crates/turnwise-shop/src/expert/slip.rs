//! Ways to go wrong.

use rand::RngExt as _;

use super::Expert;

/// A place where the expert may go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slip {
    /// Searches with so many words that nothing is found.
    Narrow,
    /// Searches for the type alone.
    Wide,
    /// Opens a product that is too dear or of another type.
    WrongProduct,
    /// Opens what buyers said instead of putting the product into the basket.
    WrongLink,
    /// Chooses another value.
    WrongValue,
    /// Sees a value among the choices that is not there, and chooses it.
    Imagined,
    /// Leaves an option as it is.
    Forgotten,
}

impl Slip {
    /// Of a hundred, how many times it happens.
    fn chance(self) -> u32 {
        match self {
            Self::Wide | Self::WrongLink => 6,
            Self::Narrow => 8,
            Self::WrongValue => 10,
            Self::WrongProduct => 12,
            Self::Forgotten => 15,
            Self::Imagined => 20,
        }
    }
}

impl Expert {
    /// Whether the expert goes wrong here. Who is in a hurry does not, and a careful one never does.
    pub(super) fn slips(&mut self, slip: Slip) -> bool {
        let draw = self.rng.random_range(0..100);
        !self.careful && !self.is_hurried(4) && draw < slip.chance()
    }

    /// One of a few numbers below `n`.
    pub(super) fn pick(&mut self, n: usize) -> usize {
        self.rng.random_range(0..n.max(1))
    }
}
