//! Who has which number: attempts are recorded when they begin and when they end, each once, and an attempt that was begun
//! before has the number that it had.

use turnwise_core::{AttemptEnd, AttemptNo, AttemptStart, BranchPoint, RecordError, RunEvent};

use super::Running;
use crate::{BegunAttempt, Finished, Parts, TrialPlan, attempt_seed};

/// The numbers of a trial's attempts.
pub(crate) struct Ledger<'a> {
    pub(crate) parts: &'a Parts,
    pub(crate) plan: &'a TrialPlan,
    next: AttemptNo,
    /// Begun and not ended.
    open: Vec<AttemptNo>,
}

impl<'a> Ledger<'a> {
    pub(crate) fn new(parts: &'a Parts, plan: &'a TrialPlan) -> Self {
        let last = plan.begun.iter().map(|begun| begun.attempt).max().unwrap_or(0);
        Self { parts, plan, next: last + 1, open: Vec::new() }
    }

    /// The last attempt at this place that is recorded.
    pub(super) fn recorded(&self, place: u32) -> Option<&'a BegunAttempt> {
        self.plan.begun.iter().rev().find(|begun| begun.place == place)
    }

    /// The number of an attempt that was never begun.
    pub(super) fn new_number(&mut self) -> AttemptNo {
        self.next += 1;
        self.next - 1
    }

    /// The number given last.
    pub(crate) fn last(&self) -> AttemptNo {
        self.open.last().copied().unwrap_or((self.next - 1).max(1))
    }

    /// Records that an attempt begins.
    pub(super) async fn started(
        &mut self,
        (attempt, place): (AttemptNo, u32),
        behind: Option<BranchPoint>,
        prompt_hash: String,
    ) -> Result<(), RecordError> {
        let Self { parts, plan, .. } = self;
        let seed = attempt_seed(plan.key.seed, &plan.key.task, place);
        let (trial, at) = (plan.trial.clone(), parts.clock.now_ms());
        let start = AttemptStart { trial, attempt, place, behind, seed, prompt_hash, at };
        parts.recorder.record(RunEvent::AttemptStarted(start)).await?;
        self.open.push(attempt);
        Ok(())
    }

    /// Records how an attempt ended, unless that is recorded already or it runs.
    pub(super) async fn finished(&mut self, attempt: &mut Running) -> Result<(), RecordError> {
        match attempt.own_finish() {
            Some(finished) => self.ended(attempt.number, &finished).await,
            None => Ok(()),
        }
    }

    /// The same where only this is known of it.
    pub(super) async fn ended(&mut self, attempt: AttemptNo, finished: &Finished) -> Result<(), RecordError> {
        let Some(at) = self.open.iter().position(|open| *open == attempt) else { return Ok(()) };
        self.open.remove(at);
        let end = AttemptEnd {
            trial: self.plan.trial.clone(),
            attempt,
            ending: finished.end.ending,
            stop_rule: finished.end.rule.clone(),
            error: finished.error.clone(),
            turn_limit: finished.turn_limit,
            extensions: finished.extensions,
            reminders: finished.reminders,
            at: self.parts.clock.now_ms(),
        };
        self.parts.recorder.record(RunEvent::AttemptFinished(end)).await
    }

    /// Records that whatever runs ended so.
    pub(crate) async fn all_ended(&mut self, finished: &Finished) -> Result<(), RecordError> {
        while let Some(attempt) = self.open.first().copied() {
            self.ended(attempt, finished).await?;
        }
        Ok(())
    }
}
