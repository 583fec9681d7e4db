//! A clock that goes on by one millisecond whenever it is looked at.

use std::sync::atomic::{AtomicU64, Ordering};

use turnwise_core::Clock;

/// See the module.
#[derive(Debug, Default)]
pub struct CountingClock {
    ms: AtomicU64,
}

impl CountingClock {
    fn tick(&self) -> u64 {
        self.ms.fetch_add(1, Ordering::Relaxed)
    }
}

impl Clock for CountingClock {
    fn now_ms(&self) -> i64 {
        self.tick().cast_signed()
    }

    fn monotonic_ns(&self) -> u64 {
        self.tick() * 1_000_000
    }
}
