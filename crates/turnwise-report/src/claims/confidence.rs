//! What recorded self-reports and probes are worth: the share of solved trials among those with a high and with a low last
//! reading, and what it saves to stop where a model calls the task impossible.

use serde_json::json;
use turnwise_policy::signals::names;

use super::{
    caps::percent,
    finding::{Finding, Verdict, table},
    ledger::Books,
    study::Study,
};
use crate::stats::{Estimate, wilson};

const SOURCE: &str = "EET 2601.05777";
const SAYS: &str = "of trials with a confidence above 90 %, 64 to 93 % pass; of those below 40 %, 9 to 14 %";
/// Readings that are a probability of success.
const READINGS: [&str; 4] = [names::STATED_CONFIDENCE, names::TRIAL_YES, names::PROBE, names::JUDGE];

/// The reliability of each recorded reading.
pub(super) fn reliability(study: &Study<'_>) -> Finding {
    const CLAIM: &str = "confidence";
    let recorded = study.recorded;
    let mut shown = table(&["reading", "above .9", "solved", "below .4", "solved"]);
    let (mut numbers, mut said, mut verdicts) = (Vec::new(), Vec::new(), Vec::new());
    for name in READINGS {
        let Some(signal) = recorded.signal(name) else { continue };
        let last = recorded
            .trials
            .iter()
            .filter_map(|trial| Some((recorded.value_after(signal, trial, trial.turns)?, trial.solved)));
        let last: Vec<(f32, bool)> = last.collect();
        let of = |wanted: fn(f32) -> bool| -> (u64, Option<Estimate>) {
            let (mut all, mut solved) = (0, 0);
            for (_, outcome) in last.iter().filter(|(value, _)| wanted(*value)) {
                all += 1;
                solved += u64::from(*outcome);
            }
            (all, wilson(solved, all))
        };
        let (high, low) = (of(|value| value > 0.9), of(|value| value < 0.4));
        let show = |share: Option<Estimate>| share.map_or("–".to_owned(), percent);
        shown.row([name.to_owned(), high.0.to_string(), show(high.1), low.0.to_string(), show(low.1)]);
        said.push(format!("`{name}`: {} above .9, {} below .4", show(high.1), show(low.1)));
        numbers.push(json!({ "reading": name, "trials": last.len(), "high": high, "low": low }));
        if let (Some(high), Some(low)) = (high.1, low.1) {
            verdicts.push(match () {
                () if high.lo >= 0.64 && low.hi <= 0.14 => Verdict::Confirmed,
                () if high.hi < 0.64 || low.lo > 0.14 => Verdict::Refuted,
                () => Verdict::Undecided,
            });
        }
    }
    if numbers.is_empty() {
        let why = "no confidence, probe, trial answer or judge was recorded";
        return Finding::undecided(CLAIM, SOURCE, SAYS, why);
    }
    let first = verdicts.first().copied().unwrap_or(Verdict::Undecided);
    Finding {
        claim: CLAIM,
        source: SOURCE,
        says: SAYS,
        found: said.join("; "),
        verdict: if verdicts.iter().all(|verdict| *verdict == first) { first } else { Verdict::Undecided },
        numbers: json!(numbers),
        table: Some(shown),
        picture: None,
    }
}

/// What a stop on bare self-confidence would cost and save.
pub(super) fn bare_stop(study: &Study<'_>) -> Finding {
    const CLAIM: &str = "confident-stop";
    const SAYS: &str = "stopping on bare self-confidence loses 10.4 points for 58.9 % of the cost";
    let recorded = study.recorded;
    let Some(signal) = recorded.signal(names::STATED_CONFIDENCE) else {
        return Finding::undecided(CLAIM, SOURCE, SAYS, "no stated confidence was recorded");
    };
    let [mut above, mut below] = [vec![0.0; recorded.tasks.len()], vec![0.0; recorded.tasks.len()]];
    for trial in &recorded.trials {
        let first = recorded.values(signal, trial).iter().position(|value| *value > 0.9);
        above[trial.task] += first.map_or(0.0, |first| (trial.turns - first - 1) as f64);
        below[trial.task] += trial.turns as f64;
    }
    let saved = study.draws.ratio(&above, &below);
    let said = saved.map_or("–".to_owned(), percent);
    let mut finding = Finding::undecided(
        CLAIM,
        SOURCE,
        SAYS,
        format!(
            "{said} of turns come after the first confidence above .9; what the work was worth then was not graded"
        ),
    );
    finding.numbers = json!({ "turns_after": saved });
    finding
}

/// What it saves to stop where a model calls the task impossible.
pub(super) fn impossible(study: &Study<'_>) -> Finding {
    const CLAIM: &str = "impossible";
    const SOURCE: &str = "BAGEN 2606.00198";
    const SAYS: &str =
        "stopping where the model says `impossible` saves 28 to 64 % of the cost of failed trials";
    let recorded = study.recorded;
    let Some(signal) =
        recorded.signal(names::STATED_IMPOSSIBLE).filter(|signal| recorded.telling().contains(signal))
    else {
        return Finding::undecided(CLAIM, SOURCE, SAYS, "no model was asked, or none said so");
    };
    let mut books = Books::new(recorded);
    for trial in &recorded.trials {
        let first = recorded.values(signal, trial).iter().position(|value| *value > 0.5);
        let stop = first.map(|first| first + 1).filter(|turn| *turn < trial.turns);
        books.add(trial, stop);
    }
    let saved = study
        .draws
        .ratio(&books.each(|ledger| ledger.turns.saved), &books.each(|ledger| ledger.turns.wasted));
    let lost = study
        .draws
        .ratio(&books.each(|ledger| ledger.aborted), &books.each(|ledger| ledger.solved + ledger.failed));
    let (Some(saved), Some(lost)) = (saved, lost) else {
        return Finding::undecided(CLAIM, SOURCE, SAYS, "no trial failed");
    };
    Finding {
        claim: CLAIM,
        source: SOURCE,
        says: SAYS,
        found: format!(
            "saves {} of the turns of failed trials and loses {} of all trials",
            percent(saved),
            percent(lost)
        ),
        verdict: Verdict::at_least(saved, 0.28),
        numbers: json!({ "saved": saved, "lost": lost }),
        table: None,
        picture: None,
    }
}
