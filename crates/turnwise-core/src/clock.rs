//! Time as something passed in.

/// A clock. The command has the real one; tests bring their own.
pub trait Clock: Send + Sync {
    /// Milliseconds since the epoch: for dates.
    fn now_ms(&self) -> i64;

    /// Nanoseconds since some fixed moment, never going back: for durations.
    fn monotonic_ns(&self) -> u64;
}
