//! The paired comparison of a run's policies: the object of `compare --json`.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use turnwise_core::RunId;
use turnwise_store::{PolicyRow, Reader, ReplyTotals, StoreError, TrialRow};

use crate::stats::{Bootstrap, Estimate, mcnemar_mid_p};

/// A run's policies side by side.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// The run.
    pub run_id: String,
    /// The suite; several with `, ` between them.
    pub suite: String,
    /// The model's name.
    pub model: String,
    /// How many tasks were begun.
    pub tasks: usize,
    /// How many seeds.
    pub seeds: usize,
    /// Each policy by suite, the baseline first.
    pub policies: Vec<PolicyRow>,
    /// Each other policy against the first.
    pub pairs: Vec<Pair>,
    /// What of all that was computed and what was known already. Everything above is what a policy would have
    /// taken alone.
    pub replies: ReplyTotals,
}

/// A policy against the baseline, over the tasks and seeds that were finished and graded under both.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Pair {
    /// The policy.
    pub policy: String,
    /// The policy it is held against: the run's first.
    pub baseline: String,
    /// How many pairs of trials there are.
    pub n: usize,
    /// Solve rate minus the baseline's.
    pub solve_rate_difference: Option<Estimate>,
    /// Turns by the baseline's.
    pub turn_ratio: Option<Estimate>,
    /// Prompt and decode tokens by the baseline's.
    pub token_ratio: Option<Estimate>,
    /// Prefill and decode tokens by the baseline's.
    pub compute_token_ratio: Option<Estimate>,
    /// McNemar's mid-p value, two-sided: how surprising the difference in solved tasks is if there is none.
    pub p_value: f64,
    /// Pairs that only the policy solved.
    pub only_policy: u64,
    /// Pairs that only the baseline solved.
    pub only_baseline: u64,
}

/// What counts of a finished and graded trial.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The suite and the task.
    pub task: (String, String),
    /// The seed.
    pub seed: i64,
    /// Whether it was solved.
    pub solved: bool,
    /// Turns over all attempts.
    pub turns: i64,
    /// Prompt and decode tokens, where they are known.
    pub tokens: Option<i64>,
    /// Prefill and decode tokens, where they are known.
    pub compute_tokens: Option<i64>,
}

/// Compares the policies of a run. `order` names them with the baseline first; those it leaves out follow in the
/// order in which they were begun.
///
/// # Errors
/// When the database cannot be read.
pub async fn compare(reader: &Reader, run: &RunId, order: &[String]) -> Result<Comparison, StoreError> {
    let mut policies = reader.policies(run).await?;
    let place = |row: &PolicyRow| order.iter().position(|name| *name == row.policy).unwrap_or(order.len());
    policies.sort_by_key(place);
    let trials = reader.trials(run).await?;

    let mut names: Vec<&str> = Vec::new();
    for row in &policies {
        if !names.contains(&row.policy.as_str()) {
            names.push(&row.policy);
        }
    }
    let outcomes = |policy: &str| -> Vec<Outcome> {
        trials.iter().filter(|trial| trial.policy == policy).filter_map(outcome).collect()
    };
    let pairs = match names.split_first() {
        None => Vec::new(),
        Some((baseline, others)) => {
            let base = outcomes(baseline);
            others.iter().map(|policy| pair((policy, &outcomes(policy)), (baseline, &base))).collect()
        }
    };

    let suites: BTreeSet<_> = trials.iter().map(|trial| trial.suite.as_str()).collect();
    let tasks: BTreeSet<_> = trials.iter().map(|trial| (&trial.suite, &trial.task)).collect();
    let seeds: BTreeSet<_> = trials.iter().map(|trial| trial.seed).collect();
    Ok(Comparison {
        run_id: run.as_str().to_owned(),
        suite: suites.into_iter().collect::<Vec<_>>().join(", "),
        model: policies.first().map(|row| row.model.clone()).unwrap_or_default(),
        tasks: tasks.len(),
        seeds: seeds.len(),
        pairs,
        policies,
        replies: reader.reply_totals(run).await?,
    })
}

/// Holds a policy, by name and outcomes, against a baseline.
pub fn pair(policy: (&str, &[Outcome]), baseline: (&str, &[Outcome])) -> Pair {
    let base: BTreeMap<_, _> =
        baseline.1.iter().map(|outcome| ((&outcome.task, outcome.seed), outcome)).collect();
    let mut tasks: BTreeMap<_, Vec<(&Outcome, &Outcome)>> = BTreeMap::new();
    for outcome in policy.1 {
        if let Some(base) = base.get(&(&outcome.task, outcome.seed)) {
            tasks.entry(&outcome.task).or_default().push((outcome, base));
        }
    }
    let all = || tasks.values().flatten();
    let only_policy = count(all().filter(|(a, b)| a.solved && !b.solved));
    let only_baseline = count(all().filter(|(a, b)| !a.solved && b.solved));

    let mut solved = Bootstrap::default();
    let mut turns = Bootstrap::default();
    let mut tokens = Bootstrap::default();
    let mut compute_tokens = Bootstrap::default();
    for pairs in tasks.values() {
        let sum = |of: fn(&Outcome) -> f64| {
            pairs.iter().fold((0.0, 0.0), |sum, (a, b)| (sum.0 + of(a), sum.1 + of(b)))
        };
        let won = sum(|outcome| f64::from(u8::from(outcome.solved)));
        solved.task(won.0 - won.1, pairs.len() as f64);
        let taken = sum(|outcome| outcome.turns as f64);
        turns.task(taken.0, taken.1);
        // A ratio over pairs of which one side is not known would mean nothing.
        let both = |of: fn(&Outcome) -> Option<i64>| {
            pairs.iter().filter_map(move |(a, b)| of(a).zip(of(b))).map(|(a, b)| (a as f64, b as f64))
        };
        let spent = |(a, b): (f64, f64), (c, d): (f64, f64)| (a + c, b + d);
        if let Some((ours, theirs)) = both(|outcome| outcome.tokens).reduce(spent) {
            tokens.task(ours, theirs);
        }
        if let Some((ours, theirs)) = both(|outcome| outcome.compute_tokens).reduce(spent) {
            compute_tokens.task(ours, theirs);
        }
    }
    Pair {
        policy: policy.0.to_owned(),
        baseline: baseline.0.to_owned(),
        n: all().count(),
        solve_rate_difference: solved.ratio(),
        turn_ratio: turns.ratio(),
        token_ratio: tokens.ratio(),
        compute_token_ratio: compute_tokens.ratio(),
        p_value: mcnemar_mid_p(only_policy, only_baseline),
        only_policy,
        only_baseline,
    }
}

fn outcome(trial: &TrialRow) -> Option<Outcome> {
    trial.finished.then_some(())?;
    Some(Outcome {
        task: (trial.suite.clone(), trial.task.clone()),
        seed: trial.seed,
        solved: trial.solved?,
        turns: trial.turns,
        tokens: trial.tokens(),
        compute_tokens: trial.compute_tokens(),
    })
}

fn count<T>(items: impl Iterator<Item = T>) -> u64 {
    items.fold(0, |count, _| count + 1)
}

#[cfg(test)]
mod tests;
