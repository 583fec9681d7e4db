//! How much memory the caches of a model take, counted as it is taken and given back.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

/// A running count of bytes, shared by all caches of a back end.
#[derive(Clone, Debug, Default)]
pub struct Gauge(Arc<AtomicUsize>);

impl Gauge {
    /// The bytes taken at this moment.
    pub fn bytes(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    /// Counts these bytes for as long as the result lives.
    pub(crate) fn count(&self, bytes: usize) -> Counted {
        self.0.fetch_add(bytes, Ordering::Relaxed);
        Counted { gauge: self.clone(), bytes }
    }
}

/// Bytes that are counted while this lives; a clone counts them again.
#[derive(Debug)]
pub(crate) struct Counted {
    gauge: Gauge,
    bytes: usize,
}

impl Clone for Counted {
    fn clone(&self) -> Self {
        self.gauge.count(self.bytes)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.gauge.0.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::Gauge;

    #[test]
    fn what_is_dropped_is_no_longer_counted() {
        let gauge = Gauge::default();
        let first = gauge.count(10);
        let second = first.clone();
        assert_eq!(gauge.bytes(), 20);
        drop(first);
        assert_eq!(gauge.bytes(), 10);
        drop(second);
        assert_eq!(gauge.bytes(), 0);
    }
}
