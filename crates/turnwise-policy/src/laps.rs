//! The seam for whoever measures how long the rules take. The rules themselves know no clock.

/// Is told when the rules begin and when each has spoken.
pub trait Laps {
    /// The first vote is about to be made.
    fn begin(&mut self);

    /// A vote was made: one call for each vote of the decision, in their order.
    fn lap(&mut self);
}

/// Measures nothing: for deciding again.
#[derive(Clone, Copy, Debug, Default)]
pub struct Untimed;

impl Laps for Untimed {
    fn begin(&mut self) {}

    fn lap(&mut self) {}
}
