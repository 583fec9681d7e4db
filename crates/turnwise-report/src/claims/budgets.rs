//! A budget of false aborts for each turn, adding up to the whole, against one threshold on the highest score of a run:
//! the same rate, the same signals, each with the signal that saves most on the calibration half.

use serde_json::json;

use super::{
    alarm::{Monitor, Watched, When},
    finding::{Finding, Verdict},
    gate::{Gate, Gates},
    halves::Halves,
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
            study.recorded.trials.iter().filter(|trial| trial.group == group && trial.solved).count() / 2
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

fn per_turn(study: &Study<'_>, gates: &[Gates], halves: &Halves, budget: f64) -> Vec<Option<usize>> {
    let of_signal = |place: usize| {
        let fitted: Vec<Gate> =
            gates.iter().flat_map(|gates| gates.fitted(study, place, halves, &[budget])).collect();
        let stop = |(number, trial)| {
            gates
                .iter()
                .zip(&fitted)
                .find(|(gates, gate)| gates.stops(gate, number, trial))
                .map(|(gates, _)| gates.turn)
        };
        study.recorded.trials.iter().enumerate().map(stop).collect()
    };
    best(study, halves, (0..study.signals.len()).map(of_signal))
}

fn highest(study: &Study<'_>, halves: &Halves) -> Vec<Option<usize>> {
    let of_signal = |(signal, _): &(usize, _)| {
        let monitor = Monitor { watched: Watched::Signal(*signal), when: When::Any };
        let fitted = study.fitted(monitor, halves, RATE);
        study.recorded.trials.iter().map(|trial| fitted.stop(trial)).collect()
    };
    best(study, halves, study.signals.iter().map(of_signal))
}

/// The stops that save most on the calibration half.
fn best(
    study: &Study<'_>,
    halves: &Halves,
    tried: impl Iterator<Item = Vec<Option<usize>>>,
) -> Vec<Option<usize>> {
    let saved = |stops: &Vec<Option<usize>>| {
        let mut ledger = Ledger::default();
        for (trial, stop) in study.recorded.trials.iter().zip(stops) {
            if !halves.is_held_out(trial.task) {
                ledger.add(trial, *stop);
            }
        }
        ledger.turns.net()
    };
    tried.max_by(|one, other| saved(one).total_cmp(&saved(other))).unwrap_or_default()
}
