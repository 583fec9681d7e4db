//! How long each rule of a policy takes: recorded beside what it said, and no part of it.

use turnwise_core::Clock;
use turnwise_policy::Laps;

/// Takes the time of each vote of a turn.
pub(crate) struct LapTimes<'a> {
    clock: &'a dyn Clock,
    since_ns: u64,
    us: Vec<f64>,
}

impl<'a> LapTimes<'a> {
    pub(crate) fn of(clock: &'a dyn Clock) -> Self {
        Self { clock, since_ns: 0, us: Vec::new() }
    }

    /// The times of the votes of the last decision, in microseconds.
    pub(crate) fn take(&mut self) -> Vec<f64> {
        std::mem::take(&mut self.us)
    }
}

impl Laps for LapTimes<'_> {
    fn begin(&mut self) {
        self.us.clear();
        self.since_ns = self.clock.monotonic_ns();
    }

    fn lap(&mut self) {
        let now = self.clock.monotonic_ns();
        self.us.push(now.saturating_sub(self.since_ns) as f64 / 1e3);
        self.since_ns = now;
    }
}
