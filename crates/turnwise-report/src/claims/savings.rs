//! What monitors save at a matched rate of false aborts, beside a plain cap on duration: the comparison that every
//! learned rule must win (papers2026.md §7.1, §7.2, §9.4).
//!
//! For each split the side of a signal and the threshold are learned on one half of the tasks, for each configuration
//! apart, and used on the other. One more row takes in each split the monitor that saved most on a part of the learning half.
//! What is shown are sums over the held-out halves of all splits; intervals are from the
//! bootstrap over tasks, differences to the cap paired by task.

use std::collections::BTreeMap;

use serde::Serialize;
use turnwise_policy::quantile;

use super::{
    alarm::{Alarm, Monitor},
    halves::Part,
    ledger::{Books, Ledger, Spending},
    study::{RATES, Study, in_parallel},
};
use crate::stats::Estimate;

/// What a monitor came to at one rate.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Saving {
    /// The rate of false aborts that was aimed at.
    pub(super) rate: f64,
    /// The share of solved trials that were stopped.
    pub(super) false_aborts: Option<Estimate>,
    /// The share of failed trials that were stopped.
    pub(super) detected: Option<Estimate>,
    /// Turns saved as a share of all, false aborts charged.
    pub(super) turns: Option<Estimate>,
    /// The same of tokens, where they are known.
    pub(super) tokens: Option<Estimate>,
    /// Turns saved as a share of those of failed trials, false aborts charged.
    pub(super) waste: Option<Estimate>,
    /// Turns not spent as a share of all, nothing charged.
    pub(super) turns_gross: Option<Estimate>,
    /// The share of turns saved less what the cap on duration saves.
    pub(super) over_duration: Option<Estimate>,
    /// The share of configurations and splits with too few solved trials for a threshold.
    pub(super) never: f64,
}

/// A monitor at all rates.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Row {
    pub(super) monitor: String,
    pub(super) savings: Vec<Saving>,
}

/// Everything at matched rates.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Savings {
    pub(super) duration: Row,
    /// Of all monitors the one that saved most on other tasks, chosen anew in each split: no luck of choice.
    pub(super) chosen: Row,
    /// How often each was chosen at each rate, the most frequent first.
    pub(super) choices: Vec<Vec<(String, usize)>>,
    pub(super) monitors: Vec<Row>,
    /// What the chosen ones came to, for claims that build on it, by rate.
    #[serde(skip)]
    pub(super) chosen_books: Vec<Books>,
}

/// A monitor's sums, before there are intervals.
struct Tried {
    books: Vec<Books>,
    /// By split and rate, what it saved where choices are made.
    at_home: Vec<[f64; RATES.len()]>,
    never: [f64; RATES.len()],
}

pub(super) fn examine(study: &Study<'_>, step: &(dyn Fn() + Sync)) -> Savings {
    let duration = tried(study, Monitor::DURATION);
    let baseline = duration.books.clone();
    let monitors = study.monitors();
    let found = in_parallel(&monitors, |monitor| {
        let tried = tried(study, *monitor);
        let row = row(study, monitor.name(study.recorded), &tried, &baseline);
        step();
        (tried.at_home, row)
    });
    let (at_home, rows): (Vec<_>, Vec<_>) = found.into_iter().unzip();
    let (chosen, choices) = chosen(study, &monitors, &at_home);
    let names = |chosen: &BTreeMap<Monitor, usize>| {
        let mut names: Vec<_> =
            chosen.iter().map(|(monitor, times)| (monitor.name(study.recorded), *times)).collect();
        names.sort_by_key(|(_, times)| std::cmp::Reverse(*times));
        names
    };
    Savings {
        duration: row(study, Monitor::DURATION.name(study.recorded), &duration, &baseline),
        chosen: row(study, "chosen on other tasks".to_owned(), &chosen, &baseline),
        choices: choices.iter().map(names).collect(),
        monitors: rows,
        chosen_books: chosen.books,
    }
}

/// Fits a monitor on each half that is not held out and uses it on the other; and on the part of it that choices are made
/// on alone.
fn tried(study: &Study<'_>, monitor: Monitor) -> Tried {
    let recorded = study.recorded;
    let alarm = Alarm::new(recorded, monitor);
    let mut books: Vec<Books> = RATES.iter().map(|_| Books::new(recorded)).collect();
    let (mut at_home, mut never) = (Vec::new(), [0.0; RATES.len()]);
    for halves in &study.splits {
        let sides = study.sides(monitor, |task| !halves.is_held_out(task));
        let tops = study.solved_tops(&alarm, &sides, |task| !halves.is_held_out(task));
        let sides_at_home = study.sides(monitor, |task| halves.is(Part::Choice, task));
        let tops_at_home = study.solved_tops(&alarm, &sides_at_home, |task| halves.is(Part::Choice, task));
        let mut home = [0.0; RATES.len()];
        for (place, rate) in RATES.iter().enumerate() {
            let thresholds: Vec<f64> = tops.iter().map(|tops| quantile::per_run(tops, *rate)).collect();
            never[place] += share(thresholds.iter().map(|threshold| *threshold == f64::INFINITY));
            let at_home: Vec<f64> = tops_at_home.iter().map(|tops| quantile::per_run(tops, *rate)).collect();
            let mut ledger = Ledger::default();
            for trial in &recorded.trials {
                let group = trial.group;
                if halves.is_held_out(trial.task) {
                    books[place].add(trial, alarm.fires(trial, sides[group], thresholds[group]));
                } else if halves.is(Part::Choice, trial.task) {
                    ledger.add(trial, alarm.fires(trial, sides_at_home[group], at_home[group]));
                }
            }
            home[place] = ledger.turns.net();
        }
        at_home.push(home);
    }
    let splits = study.splits.len() as f64;
    Tried { books, at_home, never: never.map(|sum| sum / splits) }
}

/// What comes of taking, in each split, the monitor that saved most on one part of the half that is not held out, with a
/// threshold from the other part.
fn chosen(
    study: &Study<'_>,
    monitors: &[Monitor],
    at_home: &[Vec<[f64; RATES.len()]>],
) -> (Tried, Vec<BTreeMap<Monitor, usize>>) {
    let recorded = study.recorded;
    let mut books: Vec<Books> = RATES.iter().map(|_| Books::new(recorded)).collect();
    let mut choices = vec![BTreeMap::new(); RATES.len()];
    let mut never = [0.0; RATES.len()];
    let mut work: BTreeMap<Monitor, Vec<(usize, usize)>> = BTreeMap::new();
    for split in 0..study.splits.len() {
        for (place, choices) in choices.iter_mut().enumerate() {
            let saved = |number: &usize| at_home[*number].get(split).map_or(0.0, |saved| saved[place]);
            // The first of equals, so that the same runs give the same choice.
            let best = (0..monitors.len()).rev().max_by(|one, other| saved(one).total_cmp(&saved(other)));
            if let Some(best) = best {
                *choices.entry(monitors[best]).or_default() += 1;
                work.entry(monitors[best]).or_default().push((split, place));
            }
        }
    }
    for (monitor, places) in work {
        for (split, place) in places {
            let halves = &study.splits[split];
            let fitted = study.fitted(monitor, halves, [Part::Choice, Part::Threshold], RATES[place]);
            never[place] += fitted.never() / study.splits.len() as f64;
            for trial in recorded.trials.iter().filter(|trial| halves.is_held_out(trial.task)) {
                books[place].add(trial, fitted.stop(trial));
            }
        }
    }
    (Tried { books, at_home: Vec::new(), never }, choices)
}

fn row(study: &Study<'_>, monitor: String, tried: &Tried, baseline: &[Books]) -> Row {
    let savings = RATES.iter().zip(&tried.books).zip(baseline).zip(tried.never);
    let savings = savings.map(|(((rate, books), baseline), never)| {
        let ratio = |above: fn(&Ledger) -> f64, below: fn(&Ledger) -> f64| {
            study.draws.ratio(&books.each(above), &books.each(below))
        };
        let difference: Vec<f64> = books
            .each(|ledger| ledger.turns.net())
            .iter()
            .zip(baseline.each(|ledger| ledger.turns.net()))
            .map(|(one, other)| one - other)
            .collect();
        Saving {
            rate: *rate,
            false_aborts: ratio(|ledger| ledger.aborted, |ledger| ledger.solved),
            detected: ratio(|ledger| ledger.detected, |ledger| ledger.failed),
            turns: ratio(|ledger| ledger.turns.net(), |ledger| ledger.turns.all),
            tokens: study
                .recorded
                .knows_tokens()
                .then(|| ratio(|ledger| ledger.tokens.net(), |ledger| ledger.tokens.all))
                .flatten(),
            waste: ratio(|ledger| ledger.turns.net(), |ledger| ledger.turns.wasted),
            turns_gross: ratio(|ledger| Spending::gross(&ledger.turns), |ledger| ledger.turns.all),
            over_duration: study.draws.ratio(&difference, &books.each(|ledger| ledger.turns.all)),
            never,
        }
    });
    Row { monitor, savings: savings.collect() }
}

/// The share that is true.
pub(super) fn share(flags: impl Iterator<Item = bool>) -> f64 {
    let (mut all, mut held) = (0.0, 0.0);
    for flag in flags {
        all += 1.0;
        held += f64::from(u8::from(flag));
    }
    if all > 0.0 { held / all } else { 0.0 }
}
