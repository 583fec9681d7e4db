//! Which trials a run consists of, and which of them are left.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use turnwise_agent::{BegunAttempt, TrialPlan};
use turnwise_core::{RunId, Task, TrialId, TrialKey};
use turnwise_policy::{Chosen, Policy};
use turnwise_store::{Reader, StoreRecorder, UnfinishedTrial};

use crate::{error::Failure, options::AgainOptions, run::RunRequest};

/// Resolved policies, by the places of their suite and policy in the request, and among the arms of a policy that chooses.
pub(crate) type Resolved = BTreeMap<(usize, usize, Option<usize>), Arc<Policy>>;

/// Every trial of a run, in the order in which they begin.
pub(crate) struct Plan {
    /// The run.
    pub(crate) run: RunId,
    /// The trials.
    pub(crate) trials: Vec<Trial>,
}

/// One trial of a plan.
#[derive(Clone, Debug)]
pub(crate) struct Trial {
    /// The run's id, a dash, and the trial's number in the plan, from 1.
    pub(crate) id: TrialId,
    pub(crate) key: TrialKey,
    task: Arc<Task>,
    suite_at: usize,
    policy_at: usize,
}

/// When a policy's trials run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// At once.
    Free,
    /// When there is a baseline.
    Relative,
}

impl Trial {
    /// Whether it belongs to the suite and the policy at these places.
    pub(crate) fn is_of(&self, suite_at: usize, policy_at: usize) -> bool {
        (self.suite_at, self.policy_at) == (suite_at, policy_at)
    }

    /// The policy that it runs under: the one that is named, or the arm that is drawn for it or that its task decides.
    pub(crate) fn policy(
        &self,
        request: &RunRequest,
        policies: &Resolved,
        drawn: Option<&Chosen>,
    ) -> Option<Arc<Policy>> {
        let spec = &request.policies.named[self.policy_at];
        let at = |arm| policies.get(&(self.suite_at, self.policy_at, arm)).cloned();
        let Some(choice) = &spec.choice else { return at(None) };
        let routed = choice.route(&self.task);
        let chosen = drawn.or(routed.as_ref())?;
        Some(Arc::new(at(Some(chosen.arm))?.as_arm(&spec.name, choice.recorded(chosen))))
    }
}

impl Plan {
    /// The trials of a request: by suite, seed and task, each under every policy.
    pub(crate) fn of(run: RunId, request: &RunRequest) -> Self {
        let mut trials = Vec::new();
        for (suite_at, suite) in request.suites.iter().enumerate() {
            for &seed in &request.seeds {
                for task in &suite.tasks {
                    for (policy_at, spec) in request.policies.named.iter().enumerate() {
                        let id = TrialId::new(format!("{run}-{}", trials.len() + 1));
                        let key = TrialKey {
                            suite: suite.name.clone(),
                            task: task.id.clone(),
                            policy: spec.name.clone(),
                            seed,
                        };
                        trials.push(Trial { id, key, task: Arc::clone(task), suite_at, policy_at });
                    }
                }
            }
        }
        Self { run, trials }
    }

    /// Deletes the recorded trials that are to be run again.
    pub(crate) async fn forget(
        &self,
        recorder: &StoreRecorder,
        reader: &Reader,
        again: &AgainOptions,
    ) -> Result<(), Failure> {
        if again.redo_existing {
            recorder.delete_trials(&self.run).await?;
        } else if !again.retry.is_empty() {
            for trial in reader.trials(&self.run).await? {
                let ending = trial.ending.as_deref().and_then(|word| word.parse().ok());
                if ending.is_some_and(|ending| again.retry.contains(&ending)) {
                    recorder.delete_trial(&TrialId::new(trial.trial_id)).await?;
                }
            }
        }
        Ok(())
    }
}

/// The trials of a plan that are not finished.
pub(crate) struct Left {
    trials: Vec<Trial>,
    ids: BTreeSet<TrialId>,
    begun: BTreeMap<TrialKey, UnfinishedTrial>,
}

impl Left {
    /// What the database does not have as finished.
    pub(crate) async fn of(plan: &Plan, reader: &Reader) -> Result<Self, Failure> {
        let finished = reader.finished_trials(&plan.run).await?;
        let begun = reader.unfinished_trials(&plan.run).await?;
        let trials: Vec<Trial> =
            plan.trials.iter().filter(|trial| !finished.contains(&trial.key)).cloned().collect();
        let ids = trials.iter().map(|trial| trial.id.clone()).collect();
        Ok(Self { trials, ids, begun: begun.into_iter().map(|trial| (trial.key.clone(), trial)).collect() })
    }

    pub(crate) fn len(&self) -> usize {
        self.trials.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.trials.is_empty()
    }

    /// Whether a trial is among them.
    pub(crate) fn has(&self, trial: &Trial) -> bool {
        self.ids.contains(&trial.id)
    }

    /// The trials of a phase, without those that come in blocks.
    pub(crate) fn of_phase(&self, request: &RunRequest, phase: Phase) -> Vec<&Trial> {
        let in_blocks = |trial: &Trial| {
            let choice = &request.policies.named[trial.policy_at].choice;
            choice.as_ref().is_some_and(|choice| choice.block().is_some())
        };
        let of_phase = |trial: &&Trial| request.policies.phase(trial.policy_at) == phase && !in_blocks(trial);
        self.trials.iter().filter(of_phase).collect()
    }

    /// What the scheduler is given: a trial that was begun goes on under the policy it was begun under.
    pub(crate) fn plans(
        &self,
        run: &RunId,
        request: &RunRequest,
        trials: Vec<(&Trial, Arc<Policy>)>,
    ) -> Vec<TrialPlan> {
        let plan = |(trial, policy): (&Trial, Arc<Policy>)| {
            let unfinished = self.begun.get(&trial.key);
            let recorded = unfinished.and_then(|trial| Policy::from_json(&trial.policy).ok());
            let recorded = recorded.map(|recorded| Arc::new(recorded.with_learned_of(&policy)));
            let begun = unfinished.into_iter().flat_map(|trial| &trial.attempts);
            TrialPlan {
                run: run.clone(),
                trial: trial.id.clone(),
                key: trial.key.clone(),
                task: Arc::clone(&trial.task),
                policy: recorded.unwrap_or(policy),
                sampling: request.sampling.clone(),
                begun: begun
                    .map(|recorded| BegunAttempt {
                        attempt: recorded.attempt,
                        place: recorded.place,
                        behind: recorded.behind,
                        turns: recorded.turns.clone(),
                    })
                    .collect(),
            }
        };
        trials.into_iter().map(plan).collect()
    }
}
