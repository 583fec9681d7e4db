//! Policies that choose by what came of the trials before: block after block, so that the same command makes the same
//! choices however many trials run at once.

use std::collections::BTreeMap;

use turnwise_agent::{Summary, run_trials};
use turnwise_policy::{Block, Choice, Chosen, Outcome};
use turnwise_store::ArmRow;

use super::{
    RunRequest, Session,
    plan::{Left, Phase, Plan, Trial},
};
use crate::error::Failure;

/// What is recorded of trials, by their ids.
type Known = BTreeMap<String, ArmRow>;

/// The trials of one such policy on one suite.
struct Play<'a> {
    choice: &'a Choice,
    blocks: Vec<Vec<&'a Trial>>,
    played: Vec<Block>,
}

impl Session<'_> {
    /// Runs what is left of the blocks: the first of every policy and suite, then the second, and so on.
    pub(super) async fn play(&self, left: &Left) -> Result<Summary, Failure> {
        let mut summary = Summary::default();
        let mut plays = plays(self.request, self.plan);
        let rounds = plays.iter().map(|play| play.blocks.len()).max().unwrap_or(0);
        if rounds == 0 {
            return Ok(summary);
        }
        let mut policies = self.limits.resolve(Phase::Free, &self.reader).await?;
        policies.extend(self.limits.resolve(Phase::Relative, &self.reader).await?);
        let mut known = self.known().await?;
        for round in 0..rounds {
            let mut plans = Vec::new();
            let mut chosen = Vec::new();
            for play in &plays {
                let Some(block) = play.blocks.get(round) else { continue };
                let arm = play.arm(block, &known);
                let due = block.iter().copied().filter(|trial| left.has(trial));
                let due = due
                    .filter_map(|trial| Some((trial, trial.policy(self.request, &policies, arm.as_ref())?)));
                plans.extend(left.plans(&self.plan.run, self.request, due.collect()));
                chosen.push(arm);
            }
            if self.parts.interrupt.is_raised() {
                summary.interrupted += plans.len();
            } else if !plans.is_empty() {
                summary = summary.and(run_trials(&self.parts, plans, self.request.workers).await?);
                known = self.known().await?;
            }
            let going = plays.iter_mut().filter(|play| round < play.blocks.len());
            for (play, arm) in going.zip(chosen) {
                play.learn(round, arm, &known);
            }
        }
        Ok(summary)
    }

    async fn known(&self) -> Result<Known, Failure> {
        let rows = self.reader.arms(&self.plan.run).await?;
        Ok(rows.into_iter().map(|row| (row.trial_id.clone(), row)).collect())
    }
}

fn plays<'a>(request: &'a RunRequest, plan: &'a Plan) -> Vec<Play<'a>> {
    let mut plays = Vec::new();
    for suite_at in 0..request.suites.len() {
        for (policy_at, spec) in request.policies.named.iter().enumerate() {
            let Some((choice, size)) =
                spec.choice.as_ref().and_then(|choice| Some((choice, choice.block()?)))
            else {
                continue;
            };
            let trials: Vec<&Trial> =
                plan.trials.iter().filter(|trial| trial.is_of(suite_at, policy_at)).collect();
            let blocks = trials.chunks(size).map(<[_]>::to_vec).collect();
            plays.push(Play { choice, blocks, played: Vec::new() });
        }
    }
    plays
}

impl Play<'_> {
    /// The arm of the next block: the one that trials of it were begun with, or else the one that is chosen.
    fn arm(&self, block: &[&Trial], known: &Known) -> Option<Chosen> {
        let recorded = block.iter().find_map(|trial| {
            let row = known.get(trial.id.as_str())?;
            let arm = self.choice.arms.iter().position(|arm| *arm == row.arm)?;
            Some(Chosen { arm, by: row.chosen_by.clone() })
        });
        recorded.or_else(|| self.choice.next(&self.played))
    }

    /// Takes in what a block came to.
    fn learn(&mut self, round: usize, chosen: Option<Chosen>, known: &Known) {
        let (Some(block), Some(chosen)) = (self.blocks.get(round), chosen) else { return };
        let outcome = |trial: &&Trial| {
            let row = known.get(trial.id.as_str());
            Outcome {
                solved: row.and_then(|row| row.solved),
                cost: row.map_or(0.0, |row| self.choice.cost(row.turns, row.tokens)),
            }
        };
        let outcomes = block.iter().map(outcome).collect();
        self.played.push(Block { arm: chosen.arm, outcomes });
    }
}
