//! The numbers behind a run's policies: those the run was begun with, else percentiles of what the database
//! holds.
//!
//! A run that goes on keeps the limits it began with, whatever has been recorded since: otherwise the trials of
//! one policy would not be comparable with one another.

use std::{collections::BTreeMap, sync::Arc};

use turnwise_core::RunId;
use turnwise_policy::{Baseline, BaselineTrial, Policy, PolicySpec};
use turnwise_store::{FreeTrial, Reader};

use crate::{
    error::Failure,
    run::{
        RunRequest, gate,
        plan::{Phase, Resolved},
    },
};

/// Where the policies of a run get their numbers from.
pub(crate) struct Limits<'a> {
    request: &'a RunRequest,
    /// By the names of suite and policy, and of the arm where the policy chooses.
    begun: BTreeMap<(String, String, Option<String>), Arc<Policy>>,
}

impl<'a> Limits<'a> {
    /// Looks up what the run was begun with.
    pub(crate) async fn of(run: &RunId, request: &'a RunRequest, reader: &Reader) -> Result<Self, Failure> {
        let mut begun = BTreeMap::new();
        for row in reader.resolved_policies(run).await? {
            if let Ok(policy) = Policy::from_json(&row.json) {
                let arm = policy.arm.as_ref().map(|arm| arm.name.clone());
                begun.insert((row.suite, row.policy, arm), Arc::new(Policy { arm: None, ..policy }));
            }
        }
        Ok(Self { request, begun })
    }

    /// A percentile needs trials that are there or that this run makes first.
    pub(crate) async fn refuse_missing_baselines(&self, reader: &Reader) -> Result<(), Failure> {
        let makes_one = self.request.policies.named.iter().any(PolicySpec::is_baseline);
        if makes_one && self.request.caps.turns.is_none() {
            return Ok(());
        }
        for phase in [Phase::Free, Phase::Relative] {
            self.resolve(phase, reader).await?;
        }
        Ok(())
    }

    /// The policies with their numbers, for each suite and policy that the phase runs.
    pub(crate) async fn resolve(&self, phase: Phase, reader: &Reader) -> Result<Resolved, Failure> {
        let mut resolved = Resolved::new();
        for (suite_at, suite) in self.request.suites.iter().enumerate() {
            let free = self.free_trials(&suite.name, reader).await?;
            let baseline = self.baseline(&suite.name, &free);
            let policies = &self.request.policies;
            for (policy_at, arm_at, spec) in policies.with_turns() {
                if policies.phase(policy_at) != phase {
                    continue;
                }
                let named = &policies.named[policy_at];
                let arm = arm_at.and_then(|arm| Some(named.choice.as_ref()?.arms.get(arm)?.clone()));
                let begun = self.begun.get(&(suite.name.clone(), named.name.clone(), arm));
                let policy = match begun {
                    // The record has what was learned by its hashes only.
                    Some(policy) => Arc::new(Policy::clone(policy).with_learned_by(spec)),
                    None => {
                        let policy = spec.resolve(&baseline, self.request.caps)?;
                        Arc::new(gate::judged(policy, &free, reader).await?)
                    }
                };
                resolved.insert((suite_at, policy_at, arm_at), policy);
            }
        }
        Ok(resolved)
    }

    /// The unlimited trials of this suite and model that the database has.
    async fn free_trials(&self, suite: &str, reader: &Reader) -> Result<Vec<FreeTrial>, Failure> {
        Ok(reader.baseline_trials(suite, &self.request.model.info().hash).await?)
    }

    fn baseline(&self, suite: &str, trials: &[FreeTrial]) -> Baseline {
        let trials = trials.iter().map(|FreeTrial { task, turns, solved, .. }| BaselineTrial {
            task: task.clone(),
            turns: *turns,
            solved: *solved,
        });
        Baseline::of_trials(suite, &self.request.model.info().name, trials.collect())
    }
}
