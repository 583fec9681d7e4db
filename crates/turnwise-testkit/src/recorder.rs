//! A recorder that keeps events in memory.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicUsize, Ordering},
};

use turnwise_core::{BoxFuture, RecordError, Recorder, RunEvent, TurnRecord};

/// Keeps every event; may be told to fail.
#[derive(Debug)]
pub struct MemoryRecorder {
    events: Mutex<Vec<RunEvent>>,
    room: AtomicUsize,
}

impl Default for MemoryRecorder {
    fn default() -> Self {
        Self::with_room(usize::MAX)
    }
}

impl MemoryRecorder {
    /// A recorder that fails once it holds `room` events, as a full disk does.
    pub fn with_room(room: usize) -> Self {
        Self { events: Mutex::default(), room: AtomicUsize::new(room) }
    }

    /// The events so far.
    pub fn events(&self) -> Vec<RunEvent> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The turns so far.
    pub fn turns(&self) -> Vec<TurnRecord> {
        let turn = |event| if let RunEvent::TurnFinished(turn) = event { Some(*turn) } else { None };
        self.events().into_iter().filter_map(turn).collect()
    }
}

impl Recorder for MemoryRecorder {
    fn record(&self, event: RunEvent) -> BoxFuture<'_, Result<(), RecordError>> {
        Box::pin(async move {
            let mut events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
            if events.len() >= self.room.load(Ordering::Relaxed) {
                return Err(RecordError::Gone);
            }
            events.push(event);
            Ok(())
        })
    }
}
