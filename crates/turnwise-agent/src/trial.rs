//! One trial from its environment to its grade.

use std::sync::Arc;

use turnwise_core::{
    AttemptNo, BranchPoint, Ending, EnvError, Grade, ModelError, RecordError, RunEvent, RunId, Sampling,
    Task, TrialEnd, TrialId, TrialKey, TrialStart, TurnRecord,
};
use turnwise_policy::Policy;

use crate::{
    Finished, Parts, ProfileError, Spans, Update,
    attempt::in_words,
    attempts::{self, Ledger, Running},
};

/// A trial to be run.
#[derive(Clone, Debug)]
pub struct TrialPlan {
    /// The run.
    pub run: RunId,
    /// The trial.
    pub trial: TrialId,
    /// What makes it that trial.
    pub key: TrialKey,
    /// The task.
    pub task: Arc<Task>,
    /// The policy.
    pub policy: Arc<Policy>,
    /// How replies are drawn.
    pub sampling: Sampling,
    /// The attempts that are recorded of it, in the order of their numbers, if it was begun before.
    pub begun: Vec<BegunAttempt>,
}

impl TrialPlan {
    /// The plan with the policy as it is for its task.
    fn for_its_task(&self) -> Self {
        Self { policy: Arc::new(self.policy.for_the(&self.task)), ..self.clone() }
    }
}

/// An attempt of a trial that was begun and not finished.
#[derive(Clone, Debug, PartialEq)]
pub struct BegunAttempt {
    /// The attempt.
    pub attempt: AttemptNo,
    /// Which of the trial's attempts it is, from 1.
    pub place: u32,
    /// The turn of an earlier attempt behind which it began.
    pub behind: Option<BranchPoint>,
    /// Its own turns, from the first.
    pub turns: Vec<TurnRecord>,
}

/// What a trial came to.
#[derive(Clone, Debug, PartialEq)]
pub struct TrialReport {
    /// The trial.
    pub trial: TrialId,
    /// What makes it that trial.
    pub key: TrialKey,
    /// What the attempt that counts came to.
    pub finished: Finished,
    /// The grade, if it was graded.
    pub grade: Option<Grade>,
    /// How long it took, in milliseconds.
    pub wall_ms: u64,
}

/// A failure of the harness within a trial.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error(transparent)]
    Profile(#[from] ProfileError),
    #[error(transparent)]
    Model(#[from] ModelError),
    #[error(transparent)]
    Environment(#[from] EnvError),
    #[error(transparent)]
    Record(#[from] RecordError),
}

/// What the work on a trial came to.
struct Outcome {
    attempt: AttemptNo,
    finished: Finished,
    grade: Option<Grade>,
    patch: String,
}

impl Outcome {
    fn ungraded(attempt: AttemptNo, finished: Finished) -> Self {
        Self { attempt, finished, grade: None, patch: String::new() }
    }
}

/// Runs one trial to its end and records all of it. Failures of model and environment end it as
/// `infra_error`.
///
/// # Errors
/// When something cannot be recorded.
pub async fn run_trial(parts: &Parts, plan: &TrialPlan) -> Result<TrialReport, RecordError> {
    let span = Spans::begin(&*parts.clock);
    let (whole, plan) = (&plan.policy, &plan.for_its_task());
    parts.progress.report(Update::Started(plan));
    parts.recorder.record(trial_started(parts, plan, whole)).await?;
    let mut ledger = Ledger::new(parts, plan);
    let outcome = match work(&mut ledger).await {
        Ok(outcome) => outcome,
        Err(Failure::Record(error)) => return Err(error),
        Err(failure) => {
            let error = in_words(&failure);
            tracing::warn!(trial = %plan.trial, error, "the harness failed");
            let finished = Finished::failed(error, &plan.policy);
            Outcome::ungraded(ledger.last(), finished)
        }
    };
    ledger.all_ended(&outcome.finished).await?;
    let wall_ms = span.whole_ms();
    parts.recorder.record(trial_finished(parts, plan, &outcome, wall_ms)).await?;
    let Outcome { finished, grade, .. } = outcome;
    let report = TrialReport { trial: plan.trial.clone(), key: plan.key.clone(), finished, grade, wall_ms };
    parts.progress.report(Update::Finished(&report));
    Ok(report)
}

/// Runs the attempts, grades the work that counts, and closes what was opened, whatever happened.
async fn work(ledger: &mut Ledger<'_>) -> Result<Outcome, Failure> {
    let mut running = Vec::new();
    let outcome = match attempts::run(ledger, &mut running).await {
        Ok(()) => hand_in(ledger.plan, &mut running).await,
        Err(failure) => Err(failure),
    };
    for attempt in running {
        attempt.close().await;
    }
    outcome
}

async fn hand_in(plan: &TrialPlan, running: &mut [Running]) -> Result<Outcome, Failure> {
    let policy = &plan.policy;
    let ended: Option<Vec<_>> = running.iter().map(|attempt| attempt.ended(&policy.attempts)).collect();
    let counts = match &ended {
        Some(ended) => policy.attempts.counts(ended),
        None => running.iter().position(Running::was_lost).unwrap_or(0),
    };
    let Some(attempt) = running.get_mut(counts) else {
        return Ok(Outcome::ungraded(1, Finished::interrupted(policy)));
    };
    let finished = attempt.finish().cloned().unwrap_or_else(|| Finished::interrupted(policy));
    if ended.is_none() {
        return Ok(Outcome::ungraded(attempt.number, finished));
    }
    let (patch, grade) = attempt.hand_in(policy.at_limit, plan.task.is_graded()).await?;
    Ok(Outcome { attempt: attempt.number, finished, grade, patch })
}

pub(crate) fn is_limit(ending: Ending) -> bool {
    matches!(ending, Ending::TurnLimit | Ending::TokenLimit | Ending::TimeLimit | Ending::CostLimit)
}

/// What is recorded is the policy as a whole, so that the trials of one policy have one.
fn trial_started(parts: &Parts, plan: &TrialPlan, whole: &Policy) -> RunEvent {
    RunEvent::TrialStarted(TrialStart {
        run: plan.run.clone(),
        trial: plan.trial.clone(),
        key: plan.key.clone(),
        policy: whole.to_json(),
        turn_limit: plan.policy.turn_limit(),
        labels: plan.task.labels.clone(),
        at: parts.clock.now_ms(),
    })
}

fn trial_finished(parts: &Parts, plan: &TrialPlan, outcome: &Outcome, wall_ms: u64) -> RunEvent {
    RunEvent::TrialFinished(TrialEnd {
        trial: plan.trial.clone(),
        attempt: outcome.attempt,
        ending: outcome.finished.end.ending,
        stop_rule: outcome.finished.end.rule.clone(),
        grade: outcome.grade.clone(),
        patch: outcome.patch.clone(),
        wall_ms,
        at: parts.clock.now_ms(),
    })
}

#[cfg(test)]
pub(crate) mod tests;
