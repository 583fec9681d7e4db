//! Whether failed trials are longer, among all trials of a configuration and among those of one task: difficulty moves
//! length and outcome alike, so that the two may differ (Simpson's reversal).

use std::collections::BTreeMap;

use serde_json::json;

use super::{
    finding::{Finding, Verdict, table},
    ranked::{Item, Ranked},
    study::Study,
};
use crate::stats::Estimate;

const CLAIM: &str = "length-reverses";
const SOURCE: &str = "Beyond Resolution Rates 2604.02547; 413K agent traces";
const SAYS: &str = "failed trials are longer across tasks, and solved ones are longer within a task";

pub(super) fn examine(study: &Study<'_>) -> Finding {
    let mut cells: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    let (mut across, mut within) = (Vec::new(), Vec::new());
    for trial in &study.recorded.trials {
        let next = cells.len();
        let cell = *cells.entry((trial.group, trial.task)).or_insert(next);
        let item = |group| Item { group, task: trial.task, score: trial.turns as f64, solved: trial.solved };
        across.push(item(trial.group));
        within.push(item(cell));
    }
    let estimate = |items| {
        let ranked = Ranked::new(items);
        study.draws.estimate(|times| ranked.failed_higher(|task| f64::from(times[task])))
    };
    let (across, within) = (estimate(across), estimate(within));
    let Some(across) = across else {
        return Finding::undecided(CLAIM, SOURCE, SAYS, "no configuration has solved and failed trials");
    };
    let cut = study
        .recorded
        .trials
        .iter()
        .filter(|trial| trial.limit.is_some_and(|limit| trial.turns >= limit as usize));
    let cut = cut.count();
    let numbers =
        json!({ "failed_longer_across": across, "failed_longer_within": within, "at_their_limit": cut });
    let mut shown = table(&["pairs of a solved and a failed trial", "failed one longer (ties half)"]);
    shown.row(["of the same configuration".to_owned(), share(across)]);
    shown.row(["and of the same task".to_owned(), within.map_or("no such pair".to_owned(), share)]);
    let Some(within) = within else {
        let mut finding = Finding::undecided(
            CLAIM,
            SOURCE,
            SAYS,
            format!(
                "across tasks the failed one is longer in {} of pairs; no task has a solved and a failed trial of one configuration",
                share(across)
            ),
        );
        finding.numbers = numbers;
        return finding;
    };
    Finding {
        claim: CLAIM,
        source: SOURCE,
        says: SAYS,
        found: format!(
            "the failed one is longer in {} of pairs across tasks, in {} within a task; {cut} of {} trials ended at their \
             limit of turns",
            share(across),
            share(within),
            study.recorded.trials.len()
        ),
        verdict: match () {
            () if across.lo > 0.5 && within.hi < 0.5 => Verdict::Confirmed,
            () if across.hi < 0.5 || within.lo > 0.5 => Verdict::Refuted,
            () => Verdict::Undecided,
        },
        numbers,
        table: Some(shown),
        picture: None,
    }
}

fn share(share: Estimate) -> String {
    format!("{:.3} [{:.3}, {:.3}]", share.value, share.lo, share.hi)
}
