//! A budget of false aborts for each turn, adding up to the whole, against one threshold on the highest score of a run:
//! the same rate, the same signals, each with the signal that saves most on a quarter of the tasks and thresholds from
//! another.

use serde_json::json;

use super::{
    alarm::{Monitor, Watched, When},
    finding::{Finding, Verdict},
    gate::{Gate, Gates},
    halves::{Halves, Part},
    ledger::{Books, Ledger},
    study::{Study, in_parallel},
};
use crate::stats::nearest_rank;

const CLAIM: &str = "budget-per-turn";
const SOURCE: &str = "MiCP 2604.01413; papers2026.md §2";
const SAYS: &str =
    "separate budgets for each turn save more than one threshold on the highest score of the run";
/// The rate of false aborts.
const RATE: f64 = 0.10;
/// How many of the splits are used, and after how many turns there is a gate at most.
const SPLITS: usize = 5;
const TURNS: usize = 20;

pub(super) fn examine(study: &Study<'_>) -> Finding {
    let lengths: Vec<usize> = study.recorded.trials.iter().map(|trial| trial.turns).collect();
    let turns = nearest_rank(&lengths, 90).unwrap_or(1).saturating_sub(1).clamp(1, TURNS);
    let budget = RATE / turns as f64;
    let needed = turnwise_policy::quantile::runs_needed(budget);
    let most = (0..study.recorded.groups.len())
        .map(|group| {
            study.recorded.trials.iter().filter(|trial| trial.group == group && trial.solved).count() / 4
        })
        .max()
        .unwrap_or(0);
    if (most as f64) < needed {
        return Finding::undecided(
            CLAIM,
            SOURCE,
            SAYS,
            format!(
                "{turns} turns share {:.0} %: each needs {needed:.0} solved calibration trials of one configuration, and there are \
                 {most}; every threshold is `never`, where one threshold needs 9",
                100.0 * RATE
            ),
        );
    }
    let gates: Vec<Gates> = (1..=turns).map(|turn| Gates::new(study, turn)).collect();
    let splits: Vec<&Halves> = study.splits.iter().take(SPLITS).collect();
    let stops =
        in_parallel(&splits, |halves| [per_turn(study, &gates, halves, budget), highest(study, halves)]);
    let mut books = [Books::new(study.recorded), Books::new(study.recorded)];
    for (halves, stops) in splits.iter().zip(stops) {
        for (books, stops) in books.iter_mut().zip(stops) {
            for (trial, stop) in study.recorded.trials.iter().zip(stops) {
                if halves.is_held_out(trial.task) {
                    books.add(trial, stop);
                }
            }
        }
    }
    let net = |books: &Books| books.each(|ledger| ledger.turns.net());
    let difference: Vec<f64> =
        net(&books[0]).iter().zip(net(&books[1])).map(|(one, other)| one - other).collect();
    let Some(more) = study.draws.ratio(&difference, &books[0].each(|ledger| ledger.turns.all)) else {
        return Finding::undecided(CLAIM, SOURCE, SAYS, "no trial is held out");
    };
    let of = |books: &Books| {
        let total = |sum: fn(&Ledger) -> f64| books.total(sum);
        let saved = total(|ledger| ledger.turns.net()) / total(|ledger| ledger.turns.all);
        let lost = total(|ledger| ledger.aborted) / total(|ledger| ledger.solved).max(1.0);
        let detected = total(|ledger| ledger.detected) / total(|ledger| ledger.failed).max(1.0);
        (100.0 * saved, 100.0 * lost, 100.0 * detected)
    };
    let (one, other) = (of(&books[0]), of(&books[1]));
    Finding {
        claim: CLAIM,
        source: SOURCE,
        says: SAYS,
        found: format!(
            "budgets on {turns} turns save {:+.1} % (lose {:.1} % of solved, detect {:.1} % of failed), the highest score {:+.1} % \
             ({:.1} %, {:.1} %): {}",
            one.0,
            one.1,
            one.2,
            other.0,
            other.1,
            other.2,
            super::caps::points(more)
        ),
        verdict: match () {
            () if more.lo > 0.0 => Verdict::Confirmed,
            () if more.hi < 0.0 => Verdict::Refuted,
            () => Verdict::Undecided,
        },
        numbers: json!({ "turns": turns, "per_turn": one, "highest": other, "difference": more }),
        table: None,
        picture: None,
    }
}

/// After which turn each trial is stopped where every turn has its budget.
fn per_turn(study: &Study<'_>, gates: &[Gates], halves: &Halves, budget: f64) -> Vec<Option<usize>> {
    let of_signal = |threshold: Part, place: usize| -> Vec<Option<usize>> {
        let parts = (halves, [Part::Choice, threshold]);
        let fitted: Vec<Gate> =
            gates.iter().flat_map(|gates| gates.fitted(study, place, parts, &[budget])).collect();
        let stop = |(number, trial)| {
            let mut both = gates.iter().zip(&fitted);
            both.find(|(gates, gate)| gates.stops(gate, number, trial)).map(|(gates, _)| gates.turn)
        };
        study.recorded.trials.iter().enumerate().map(stop).collect()
    };
    best(study, halves, of_signal)
}

/// After which turn each trial is stopped by one threshold on its highest score.
fn highest(study: &Study<'_>, halves: &Halves) -> Vec<Option<usize>> {
    let of_signal = |threshold: Part, place: usize| -> Vec<Option<usize>> {
        let monitor = Monitor { watched: Watched::Signal(study.signals[place].0), when: When::Any };
        let fitted = study.fitted(monitor, halves, [Part::Choice, threshold], RATE);
        study.recorded.trials.iter().map(|trial| fitted.stop(trial)).collect()
    };
    best(study, halves, of_signal)
}

/// The stops by the signal (given by its place) that saves most where choices are made, with thresholds of other tasks.
fn best(
    study: &Study<'_>,
    halves: &Halves,
    of_signal: impl Fn(Part, usize) -> Vec<Option<usize>>,
) -> Vec<Option<usize>> {
    let saved = |place: &usize| study.saved_at_choice(halves, &of_signal(Part::Choice, *place));
    let tried = (0..study.signals.len()).map(|place| (saved(&place), place));
    let chosen = tried.max_by(|one, other| one.0.total_cmp(&other.0));
    chosen.map_or_else(Vec::new, |(_, place)| of_signal(Part::Threshold, place))
}
