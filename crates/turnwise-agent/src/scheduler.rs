//! Runs many trials at once. They begin in the order in which they are given; how they interleave changes
//! nothing in any of them (law 9).

use std::sync::Arc;

use tokio::{
    sync::Semaphore,
    task::{JoinError, JoinSet},
};
use turnwise_core::{Ending, RecordError};

use crate::{Level, Parts, TrialPlan, TrialReport, run_trial};

/// What many trials came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Trials that came to an end and were graded.
    pub finished: usize,
    /// Of those, how many were solved.
    pub solved: usize,
    /// Trials that the harness failed.
    pub infra_errors: usize,
    /// Trials that were cut off by an interruption or did not begin because of it.
    pub interrupted: usize,
}

/// Runs `plans`, `workers` at a time, until all are done or the run is interrupted.
///
/// # Errors
/// When something cannot be recorded. The other trials are abandoned then; what they recorded is kept.
pub async fn run_trials(
    parts: &Parts,
    plans: Vec<TrialPlan>,
    workers: usize,
) -> Result<Summary, RecordError> {
    let total = plans.len();
    let mut summary = Summary::default();
    let work = begin_all(parts, plans, workers, &mut summary);
    tokio::select! {
        result = work => result?,
        // Dropping the work aborts every trial, and with them their environments.
        () = parts.interrupt.reached(Level::Now) => {}
    }
    summary.interrupted = total - summary.finished - summary.infra_errors;
    Ok(summary)
}

async fn begin_all(
    parts: &Parts,
    plans: Vec<TrialPlan>,
    workers: usize,
    summary: &mut Summary,
) -> Result<(), RecordError> {
    let places = Arc::new(Semaphore::new(workers.max(1)));
    let mut running = JoinSet::new();
    for plan in plans {
        // The semaphore is never closed; were it, the trials would run without a limit.
        let place = Arc::clone(&places).acquire_owned().await.ok();
        if parts.interrupt.is_raised() {
            break;
        }
        let parts = parts.clone();
        running.spawn(async move {
            let report = run_trial(&parts, &plan).await;
            drop(place);
            report
        });
        while let Some(joined) = running.try_join_next() {
            summary.count(joined)?;
        }
    }
    while let Some(joined) = running.join_next().await {
        summary.count(joined)?;
    }
    Ok(())
}

impl Summary {
    fn count(
        &mut self,
        joined: Result<Result<TrialReport, RecordError>, JoinError>,
    ) -> Result<(), RecordError> {
        match joined {
            Ok(report) => self.add(&report?),
            Err(panic) => {
                tracing::error!(%panic, "a trial ended in an internal error; it is run again by the same command");
                self.infra_errors += 1;
            }
        }
        Ok(())
    }

    fn add(&mut self, report: &TrialReport) {
        match report.finished.end.ending {
            Ending::InfraError => self.infra_errors += 1,
            Ending::Interrupted => {}
            Ending::Submitted
            | Ending::TurnLimit
            | Ending::TokenLimit
            | Ending::TimeLimit
            | Ending::CostLimit
            | Ending::ContextFull
            | Ending::FormatErrors
            | Ending::Stopped
            | Ending::Restarted
            | Ending::Cancelled => {
                self.finished += 1;
                self.solved += usize::from(report.grade.as_ref().is_some_and(turnwise_core::Grade::solved));
            }
        }
    }

    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            finished: self.finished + other.finished,
            solved: self.solved + other.solved,
            infra_errors: self.infra_errors + other.infra_errors,
            interrupted: self.interrupted + other.interrupted,
        }
    }
}

#[cfg(test)]
mod tests;
