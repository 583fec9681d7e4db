//! One trial from its environment to its grade.

use std::sync::Arc;

use turnwise_core::{
    AttemptEnd, AttemptNo, AttemptStart, Conversation, Ending, EnvError, Environment, Grade, ModelError,
    RecordError, RunEvent, RunId, Sampling, SessionSpec, Task, TrialEnd, TrialId, TrialKey, TrialStart,
    TurnRecord,
};
use turnwise_policy::{AtLimit, Policy};

use crate::{
    Attempt, Finished, Parts, ProfileError, Spans, Step, Update, attempt::in_words, drive, opening,
    prompt_hash, resume::resume, trial_seed,
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
    /// What is recorded of it, if it was begun before.
    pub begun: Option<Begun>,
}

impl TrialPlan {
    /// The plan with the policy as it is for its task.
    fn for_its_task(&self) -> Self {
        Self { policy: Arc::new(self.policy.for_task(&self.key.task)), ..self.clone() }
    }
}

/// The last attempt of a trial that was begun and not finished.
#[derive(Clone, Debug, PartialEq)]
pub struct Begun {
    /// The attempt.
    pub attempt: AttemptNo,
    /// Its turns, from the first.
    pub turns: Vec<TurnRecord>,
}

/// What a trial came to.
#[derive(Clone, Debug, PartialEq)]
pub struct TrialReport {
    /// The trial.
    pub trial: TrialId,
    /// What makes it that trial.
    pub key: TrialKey,
    /// What its attempt came to.
    pub finished: Finished,
    /// The grade, if it was graded.
    pub grade: Option<Grade>,
    /// How long it took, in milliseconds.
    pub wall_ms: u64,
}

/// A failure of the harness within a trial.
#[derive(Debug, thiserror::Error)]
enum Failure {
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
    finished: Finished,
    grade: Option<Grade>,
    patch: String,
}

/// Runs one trial to its end and records all of it. Failures of model and environment end it as
/// `infra_error`.
///
/// # Errors
/// When something cannot be recorded.
pub async fn run_trial(parts: &Parts, plan: &TrialPlan) -> Result<TrialReport, RecordError> {
    let span = Spans::begin(&*parts.clock);
    let (whole, plan) = (&plan.policy, &plan.for_its_task());
    let mut attempt = plan.begun.as_ref().map_or(1, |begun| begun.attempt);
    parts.progress.report(Update::Started(plan));
    parts.recorder.record(trial_started(parts, plan, whole)).await?;
    parts.recorder.record(attempt_started(parts, plan, attempt)).await?;
    let outcome = match work(parts, plan, &mut attempt).await {
        Ok(outcome) => outcome,
        Err(Failure::Record(error)) => return Err(error),
        Err(failure) => {
            let error = in_words(&failure);
            tracing::warn!(trial = %plan.trial, error, "the harness failed");
            Outcome { finished: Finished::failed(error, &plan.policy), grade: None, patch: String::new() }
        }
    };
    parts.recorder.record(attempt_finished(parts, plan, attempt, &outcome.finished)).await?;
    let wall_ms = span.whole_ms();
    parts.recorder.record(trial_finished(parts, plan, &outcome, wall_ms)).await?;
    let Outcome { finished, grade, .. } = outcome;
    let report = TrialReport { trial: plan.trial.clone(), key: plan.key.clone(), finished, grade, wall_ms };
    parts.progress.report(Update::Finished(&report));
    Ok(report)
}

/// Opens the environment, works in it, and closes it whatever happened.
async fn work(parts: &Parts, plan: &TrialPlan, attempt: &mut AttemptNo) -> Result<Outcome, Failure> {
    let mut environment = parts.environments.open(&plan.task).await?;
    let outcome = work_in(parts, plan, attempt, &mut *environment).await;
    if let Err(error) = environment.close().await {
        tracing::warn!(trial = %plan.trial, error = in_words(&error), "the environment was not closed");
    }
    outcome
}

async fn work_in(
    parts: &Parts,
    plan: &TrialPlan,
    attempt: &mut AttemptNo,
    environment: &mut dyn Environment,
) -> Result<Outcome, Failure> {
    let (mut conversation, step) = enter(parts, plan, attempt, environment).await?;
    let finished = drive(step, parts, &mut *conversation, environment).await?;
    drop(conversation);
    let ending = finished.end.ending;
    if !ending.is_final() {
        return Ok(Outcome { finished, grade: None, patch: String::new() });
    }
    if is_limit(ending) && plan.policy.at_limit == AtLimit::Discard {
        environment.reset().await?;
    }
    let patch = environment.patch().await?;
    let grade = Some(environment.grade().await?);
    Ok(Outcome { finished, grade, patch })
}

/// Takes the attempt to where it stands: to its beginning, or to where its record ends. A record that does
/// not come out again ends that attempt and begins the next one.
async fn enter(
    parts: &Parts,
    plan: &TrialPlan,
    attempt: &mut AttemptNo,
    environment: &mut dyn Environment,
) -> Result<(Box<dyn Conversation>, Step), Failure> {
    let opening = opening(&plan.task, &plan.policy, &parts.profile)?;
    let fresh = |number| {
        let profile = Arc::clone(&parts.profile);
        Attempt::new(plan.trial.clone(), number, &plan.policy, profile, opening.clone())
    };
    if let Some(begun) = &plan.begun {
        let mut conversation = converse(parts, plan)?;
        let resumed = resume(fresh(*attempt), &begun.turns, &mut *conversation, environment).await?;
        if let Some(step) = resumed {
            return Ok((conversation, step));
        }
        tracing::info!(trial = %plan.trial, "the recorded turns came out differently; the attempt starts over");
        let cut = Finished::interrupted(&plan.policy);
        parts.recorder.record(attempt_finished(parts, plan, *attempt, &cut)).await?;
        environment.reset().await?;
        *attempt += 1;
        parts.recorder.record(attempt_started(parts, plan, *attempt)).await?;
    }
    Ok((converse(parts, plan)?, fresh(*attempt).begin()))
}

fn converse(parts: &Parts, plan: &TrialPlan) -> Result<Box<dyn Conversation>, ModelError> {
    let seed = trial_seed(plan.key.seed, &plan.key.task);
    parts.model.open(SessionSpec {
        task: &plan.task,
        sampling: plan.sampling.clone(),
        seed,
        style: &parts.profile.style,
    })
}

fn is_limit(ending: Ending) -> bool {
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

fn attempt_started(parts: &Parts, plan: &TrialPlan, attempt: AttemptNo) -> RunEvent {
    RunEvent::AttemptStarted(AttemptStart {
        trial: plan.trial.clone(),
        attempt,
        seed: trial_seed(plan.key.seed, &plan.key.task),
        // A prompt that cannot be written has no hash; the attempt ends as `infra_error` then.
        prompt_hash: opening(&plan.task, &plan.policy, &parts.profile)
            .map_or_else(|_| String::new(), |opening| prompt_hash(&opening)),
        at: parts.clock.now_ms(),
    })
}

fn attempt_finished(parts: &Parts, plan: &TrialPlan, attempt: AttemptNo, finished: &Finished) -> RunEvent {
    RunEvent::AttemptFinished(AttemptEnd {
        trial: plan.trial.clone(),
        attempt,
        ending: finished.end.ending,
        stop_rule: finished.end.rule.clone(),
        error: finished.error.clone(),
        turn_limit: finished.turn_limit,
        extensions: finished.extensions,
        reminders: finished.reminders,
        at: parts.clock.now_ms(),
    })
}

fn trial_finished(parts: &Parts, plan: &TrialPlan, outcome: &Outcome, wall_ms: u64) -> RunEvent {
    RunEvent::TrialFinished(TrialEnd {
        trial: plan.trial.clone(),
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
