//! A cascade of up to four gates against the best single one, at the same share of solved trials that may be lost.
//!
//! What is chosen (the turn and signal of the single gate, the signals and the shares of the cascade) is chosen on a quarter
//! of the tasks by the turns that it saves there; the thresholds are those of another quarter; the other half judges.

use serde_json::json;

use super::{
    finding::{Finding, Verdict},
    gate::{Gate, Gates},
    halves::{Halves, Part},
    ledger::Books,
    study::{Study, in_parallel},
};
use crate::stats::nearest_rank;

const CLAIM: &str = "cascade";
const SOURCE: &str = "Doomed from the Start 2607.06503";
const SAYS: &str =
    "a cascade of gates saves 1.6 to 1.7 times what the best single gate saves at the same recall";
/// The share of solved trials that may be lost: recall 90 %.
const LOST: f64 = 0.10;
/// The percentiles of length after which gates stand.
const PERCENTILES: [u32; 4] = [10, 25, 50, 75];
/// How the budget may be shared out between four gates.
const SHARES: [[f64; 4]; 3] = [[0.25; 4], [0.4, 0.3, 0.2, 0.1], [0.1, 0.2, 0.3, 0.4]];
/// How many of the splits are used: each tries every signal at every gate.
const SPLITS: usize = 10;

pub(super) fn examine(study: &Study<'_>) -> Finding {
    let lengths: Vec<usize> = study.recorded.trials.iter().map(|trial| trial.turns).collect();
    let mut turns: Vec<usize> =
        PERCENTILES.iter().filter_map(|percent| nearest_rank(&lengths, *percent)).collect();
    turns.dedup();
    let going_on = |turn: usize| lengths.iter().filter(|length| **length > turn).count();
    turns.retain(|turn| 20 * going_on(*turn) >= lengths.len());
    if turns.len() < 2 {
        return Finding::undecided(CLAIM, SOURCE, SAYS, "the trials are too short for two gates");
    }
    let gates: Vec<Gates> = in_parallel(&turns, |turn| Gates::new(study, *turn));
    let splits: Vec<&Halves> = study.splits.iter().take(SPLITS).collect();
    let stops = in_parallel(&splits, |halves| of_split(study, &gates, halves));
    let (mut single, mut cascade) = (Books::new(study.recorded), Books::new(study.recorded));
    for (halves, [one, many]) in splits.iter().zip(stops) {
        for (number, trial) in study.recorded.trials.iter().enumerate() {
            if halves.is_held_out(trial.task) {
                single.add(trial, one[number]);
                cascade.add(trial, many[number]);
            }
        }
    }
    let net = |books: &Books| books.each(|ledger| ledger.turns.net());
    let (one, many) = (net(&single), net(&cascade));
    let saved = |books: &Books| {
        100.0 * books.total(|ledger| ledger.turns.net()) / books.total(|ledger| ledger.turns.all)
    };
    let lost = |books: &Books| {
        100.0 * books.total(|ledger| ledger.aborted) / books.total(|ledger| ledger.solved).max(1.0)
    };
    let said = format!(
        "single gate {:+.1} % of turns (loses {:.1} % of solved), cascade after turns {turns:?} {:+.1} % (loses {:.1} %)",
        saved(&single),
        lost(&single),
        saved(&cascade),
        lost(&cascade)
    );
    let numbers = json!({ "turns": turns, "single_saved": saved(&single), "cascade_saved": saved(&cascade),
        "single_lost": lost(&single), "cascade_lost": lost(&cascade) });
    // A ratio to nothing means nothing.
    let alone = study.draws.ratio(&one, &single.each(|ledger| ledger.turns.all));
    let ratio = alone.filter(|alone| alone.lo > 0.001).and_then(|_| study.draws.ratio(&many, &one));
    let Some(ratio) = ratio else {
        let mut finding = Finding::undecided(
            CLAIM,
            SOURCE,
            SAYS,
            format!("{said}: the single gate saves too little for a ratio"),
        );
        finding.numbers = numbers;
        return finding;
    };
    Finding {
        claim: CLAIM,
        source: SOURCE,
        says: SAYS,
        found: format!("{said}: {:.2} times [{:.2}, {:.2}]", ratio.value, ratio.lo, ratio.hi),
        verdict: Verdict::at_least(ratio, 1.6),
        numbers: json!({ "figures": numbers, "ratio": ratio }),
        table: None,
        picture: None,
    }
}

/// A gate among those of a cascade: the place of its turn, of its signal and of its budget.
type Choice = (usize, usize, usize);

/// After which turn each trial is stopped, by the single gate and by the cascade.
fn of_split(study: &Study<'_>, gates: &[Gates], halves: &Halves) -> [Vec<Option<usize>>; 2] {
    // Where fewer gates stand, what they share is the whole all the same.
    let shared = |shares: &[f64; 4]| {
        let of_gates = shares[..gates.len()].to_vec();
        let all: f64 = of_gates.iter().sum();
        of_gates.into_iter().map(move |share| LOST * share / all)
    };
    let budgets = [vec![LOST], SHARES.iter().flat_map(shared).collect()].concat();
    let fitted = |threshold: Part, at: usize, place: usize| {
        gates[at].fitted(study, place, (halves, [Part::Choice, threshold]), &budgets)
    };
    // By turn, signal and budget.
    let at_home: Vec<Vec<Vec<Gate>>> = (0..gates.len())
        .map(|at| (0..study.signals.len()).map(|place| fitted(Part::Choice, at, place)).collect())
        .collect();
    let nothing = vec![None; study.recorded.trials.len()];
    let best = |at: usize, budget: usize, before: &[Option<usize>]| {
        let tried = at_home[at].iter().enumerate().map(|(place, of_signal)| {
            let stops = with(study, &gates[at], &of_signal[budget], before);
            (study.saved_at_choice(halves, &stops), (at, place, budget), stops)
        });
        tried.max_by(|one, other| one.0.total_cmp(&other.0))
    };
    let single = (0..gates.len()).filter_map(|at| best(at, 0, &nothing));
    let single = single.max_by(|one, other| one.0.total_cmp(&other.0)).map(|(_, choice, _)| vec![choice]);
    let cascades = (0..SHARES.len()).filter_map(|shares| {
        (0..gates.len()).try_fold((0.0, Vec::new(), nothing.clone()), |(_, mut choices, before), at| {
            let (saved, choice, stops) = best(at, 1 + shares * gates.len() + at, &before)?;
            choices.push(choice);
            Some((saved, choices, stops))
        })
    });
    let cascade = cascades.max_by(|one, other| one.0.total_cmp(&other.0)).map(|(_, choices, _)| choices);
    let used = |choices: Option<Vec<Choice>>| {
        choices.unwrap_or_default().into_iter().fold(nothing.clone(), |before, (at, place, budget)| {
            with(study, &gates[at], &fitted(Part::Threshold, at, place)[budget], &before)
        })
    };
    [used(single), used(cascade)]
}

/// What comes of one more gate.
fn with(study: &Study<'_>, gates: &Gates, gate: &Gate, before: &[Option<usize>]) -> Vec<Option<usize>> {
    let trials = study.recorded.trials.iter().enumerate().zip(before);
    trials
        .map(|((number, trial), before)| {
            before.or_else(|| gates.stops(gate, number, trial).then_some(gates.turn))
        })
        .collect()
}
