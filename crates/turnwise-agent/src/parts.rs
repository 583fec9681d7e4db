//! The parts that trials are run with.

use std::sync::Arc;

use turnwise_core::{Clock, EnvironmentProvider, Model, Price, Recorder};

use crate::{Interrupt, KeepStates, Profile, Progress};

/// The parts that the trials of a run share.
#[derive(Clone)]
pub struct Parts {
    /// The model.
    pub model: Arc<dyn Model>,
    /// What it costs, where that is known.
    pub price: Option<Price>,
    /// How it is spoken to and understood.
    pub profile: Arc<Profile>,
    /// Where actions run.
    pub environments: Arc<dyn EnvironmentProvider>,
    /// Where everything is recorded.
    pub recorder: Arc<dyn Recorder>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Who is told how it goes.
    pub progress: Arc<dyn Progress>,
    /// Whether hidden states are stored.
    pub keep_states: KeepStates,
    /// Whether to stop.
    pub interrupt: Interrupt,
}

/// Measures how long something takes.
#[derive(Clone, Copy)]
pub struct Spans<'a> {
    clock: &'a dyn Clock,
    began_ns: u64,
}

impl<'a> Spans<'a> {
    /// Begins to measure.
    pub fn begin(clock: &'a dyn Clock) -> Self {
        Self { clock, began_ns: clock.monotonic_ns() }
    }

    /// Milliseconds since then.
    pub fn ms(&self) -> f64 {
        self.clock.monotonic_ns().saturating_sub(self.began_ns) as f64 / 1e6
    }

    /// Whole milliseconds since then.
    pub fn whole_ms(&self) -> u64 {
        self.clock.monotonic_ns().saturating_sub(self.began_ns) / 1_000_000
    }
}
