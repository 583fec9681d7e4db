//! The DevTools protocol over a pair of pipes: calls are answered by number, events go to whoever listens to their
//! session, and the end of the pipe reaches everybody who waits.

mod frames;
mod wire;

pub(crate) use wire::Wire;

use std::time::Duration;

use serde_json::Value;

/// An event of a session.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    /// Its name: `Page.loadEventFired`.
    pub(crate) method: String,
    /// What it says.
    pub(crate) params: Value,
}

/// Why a call has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CallError {
    /// The browser is gone.
    #[error("the browser is gone ({why}); it is started anew when the next trial opens")]
    Closed {
        /// How that was noticed.
        why: String,
    },
    /// It took too long.
    #[error("the browser did not answer {method} within {limit:?}; the page may be stuck in a script")]
    TimedOut {
        /// What was asked.
        method: String,
        /// How long it had.
        limit: Duration,
    },
    /// The browser refused.
    #[error("the browser refused {method}: {message}")]
    Refused {
        /// What was asked.
        method: String,
        /// What it said.
        message: String,
    },
}
