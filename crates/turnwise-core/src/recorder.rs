//! The contract of a recorder: what it acknowledges survives a crash of the process.

use crate::{BoxFuture, RunEvent, Source};

/// A failure to record. It ends the run: what cannot be recorded must not go on (law 7).
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The recorder's thread is gone.
    #[error("the run database stopped accepting events; free some space and run the same command again")]
    Gone,
    /// It could not write.
    #[error("the run database could not be written")]
    Failed {
        /// Why.
        #[source]
        source: Source,
    },
}

/// Takes events. Cheap to share.
pub trait Recorder: Send + Sync {
    /// Records an event; when the future is ready, the event is in the store.
    fn record(&self, event: RunEvent) -> BoxFuture<'_, Result<(), RecordError>>;
}
