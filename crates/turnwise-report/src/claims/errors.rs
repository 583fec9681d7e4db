//! Whether errors are a bad sign everywhere: for each configuration, how well the share of failed turns tells failed
//! trials from solved ones.

use serde_json::json;
use turnwise_policy::signals::names;

use super::{
    early::hanley_mcneil,
    finding::{Finding, Verdict, table},
    ranked::{Item, Ranked},
    study::Study,
};

const CLAIM: &str = "error-sign";
const SOURCE: &str = "Same Signal, Different Semantics 2605.18332";
const SAYS: &str =
    "whether many errors are a good or a bad sign differs between configurations (47 one way, 48 the other)";
/// Fewer trials of either outcome say nothing.
const FEWEST: usize = 10;
/// How many configurations are listed.
const LISTED: usize = 12;

struct Leaning {
    name: String,
    trials: usize,
    area: f64,
    half: f64,
}

pub(super) fn examine(study: &Study<'_>) -> Finding {
    let recorded = study.recorded;
    let Some(errors) = recorded.signal(names::ERRORS).filter(|signal| recorded.telling().contains(signal))
    else {
        return Finding::undecided(
            CLAIM,
            SOURCE,
            SAYS,
            "no turn was recorded as failed: the runs hold no exit statuses",
        );
    };
    let mut leanings: Vec<Leaning> = recorded
        .groups
        .names
        .iter()
        .enumerate()
        .filter_map(|(group, name)| {
            let trials = recorded.trials.iter().filter(|trial| trial.group == group);
            let items = trials.filter_map(|trial| {
                let rate = f64::from(recorded.value_after(errors, trial, trial.turns)?) / trial.turns as f64;
                Some(Item { group, task: trial.task, score: rate, solved: trial.solved })
            });
            let items: Vec<Item> = items.collect();
            let with_errors = items.iter().filter(|item| item.score > 0.0).count();
            let ranked = Ranked::new(items);
            let (solved, failed) = (ranked.solved(), ranked.len() - ranked.solved());
            if solved < FEWEST || failed < FEWEST || with_errors < FEWEST {
                return None;
            }
            let area = ranked.failed_higher(|_| 1.0)?;
            let half = 1.96 * hanley_mcneil(area, (solved as f64, failed as f64));
            Some(Leaning { name: name.clone(), trials: ranked.len(), area, half })
        })
        .collect();
    if leanings.is_empty() {
        let why = format!(
            "no configuration has {FEWEST} solved trials, {FEWEST} failed ones and {FEWEST} with a turn that failed; without exit statuses only \
             replies without an action count as failed"
        );
        return Finding::undecided(CLAIM, SOURCE, SAYS, why);
    }
    leanings.sort_by(|one, other| other.area.total_cmp(&one.area));
    let bad = leanings.iter().filter(|leaning| leaning.area - leaning.half > 0.5).count();
    let good = leanings.iter().filter(|leaning| leaning.area + leaning.half < 0.5).count();
    let numbers = leanings.iter().map(|leaning| {
        json!({ "configuration": leaning.name, "trials": leaning.trials, "failed_has_more": leaning.area,
            "lo": leaning.area - leaning.half, "hi": leaning.area + leaning.half })
    });
    let mut shown = table(&["configuration", "trials", "failed one has more errors"]);
    for leaning in leanings.iter().take(LISTED) {
        let (lo, hi) = (leaning.area - leaning.half, leaning.area + leaning.half);
        shown.row([
            leaning.name.clone(),
            leaning.trials.to_string(),
            format!("{:.3} [{lo:.3}, {hi:.3}]", leaning.area),
        ]);
    }
    let unclear = leanings.len() - good - bad;
    Finding {
        claim: CLAIM,
        source: SOURCE,
        says: SAYS,
        found: format!(
            "of {} configurations with {FEWEST} trials of either outcome and {FEWEST} with errors, errors are a bad sign in {bad}, a good one in {good}, and no clear \
             one in {unclear}{}",
            leanings.len(),
            if leanings.len() < 2 { "; one configuration cannot differ from itself" } else { "" }
        ),
        verdict: match (good, bad) {
            (1.., 1..) => Verdict::Confirmed,
            (0, 2..) | (2.., 0) if unclear == 0 => Verdict::Refuted,
            _ => Verdict::Undecided,
        },
        numbers: numbers.collect(),
        table: Some(shown),
        picture: None,
    }
}
