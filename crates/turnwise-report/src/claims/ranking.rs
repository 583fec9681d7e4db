//! Whether configurations can be ranked from the beginnings of their trials: a trial is taken for solved or failed as soon
//! as one signal is where, among other configurations, 95 % went that way; otherwise it is run to its end.
//!
//! One signal at a time decides, where the source has a boosted tree on texts: what holds here holds for less.

use serde_json::json;

use super::{
    caps::percent,
    finding::{Finding, Verdict, table},
    recorded::Trial,
    study::Study,
};
use crate::stats::nearest_rank;

const CLAIM: &str = "early-ranking";
const SOURCE: &str = "EarlyEval 2609.02783";
const SAYS: &str = "stopping at 95 % certainty saves 26 % of the turns and keeps the ranking of configurations (rho at least .99)";
/// How many of those beyond a threshold must have gone one way, and of how many at least.
const SURE: f64 = 0.95;
const FEWEST: usize = 30;
/// Fewer configurations cannot be ranked; fewer trials do not place one.
const CONFIGURATIONS: usize = 5;
const TRIALS: usize = 20;
/// Configurations are left out in so many folds.
const FOLDS: usize = 10;
/// The percentiles of length after which a trial is looked at.
const PERCENTILES: [u32; 3] = [10, 25, 50];

/// Beyond which value of a signal a trial counts as decided.
struct Head {
    signal: usize,
    /// Whether it is decided above the value or below.
    above: bool,
    value: f32,
    solved: bool,
    decides: usize,
}

pub(super) fn examine(study: &Study<'_>) -> Finding {
    let recorded = study.recorded;
    let count = |group: usize| recorded.trials.iter().filter(|trial| trial.group == group).count();
    let groups: Vec<usize> = (0..recorded.groups.len()).filter(|group| count(*group) >= TRIALS).collect();
    if groups.len() < CONFIGURATIONS {
        let why =
            format!("{} configurations with {TRIALS} trials; a ranking needs {CONFIGURATIONS}", groups.len());
        return Finding::undecided(CLAIM, SOURCE, SAYS, why);
    }
    let lengths: Vec<usize> = recorded.trials.iter().map(|trial| trial.turns).collect();
    let mut turns: Vec<usize> =
        PERCENTILES.iter().filter_map(|percent| nearest_rank(&lengths, *percent)).collect();
    turns.dedup();
    let mut folds = vec![None; recorded.groups.len()];
    groups.iter().enumerate().for_each(|(place, group)| folds[*group] = Some(place % FOLDS));
    let mut guessed: Vec<Option<(bool, usize)>> = vec![None; recorded.trials.len()];
    for fold in 0..FOLDS.min(groups.len()) {
        for turn in &turns {
            let learned = |trial: &&Trial| folds[trial.group] != Some(fold) && trial.turns > *turn;
            let heads = heads(study, *turn, &recorded.trials.iter().filter(learned).collect::<Vec<_>>());
            for (trial, guess) in recorded.trials.iter().zip(&mut guessed) {
                if guess.is_none() && folds[trial.group] == Some(fold) && trial.turns > *turn {
                    let head = heads.iter().find(|head| head.holds(study, trial, *turn));
                    *guess = head.map(|head| (head.solved, *turn));
                }
            }
        }
    }
    report(study, &groups, &guessed)
}

impl Head {
    fn holds(&self, study: &Study<'_>, trial: &Trial, turn: usize) -> bool {
        let value = study.recorded.value_after(self.signal, trial, turn);
        value.is_some_and(|value| if self.above { value >= self.value } else { value <= self.value })
    }
}

/// For either outcome the signal and side that decide most of the trials.
fn heads(study: &Study<'_>, turn: usize, trials: &[&Trial]) -> Vec<Head> {
    let mut best: [Option<Head>; 2] = [None, None];
    for (signal, _) in &study.signals {
        let mut values: Vec<(f32, bool)> = trials
            .iter()
            .filter_map(|trial| Some((study.recorded.value_after(*signal, trial, turn)?, trial.solved)))
            .collect();
        values.sort_by(|one, other| one.0.total_cmp(&other.0));
        for above in [false, true] {
            for solved in [false, true] {
                if let Some((value, decides)) = beyond(&values, above, solved) {
                    let place = &mut best[usize::from(solved)];
                    if place.as_ref().is_none_or(|head| decides > head.decides) {
                        *place = Some(Head { signal: *signal, above, value, solved, decides });
                    }
                }
            }
        }
    }
    best.into_iter().flatten().collect()
}

/// The value beyond which enough went one way and of whom there are most.
fn beyond(ascending: &[(f32, bool)], above: bool, solved: bool) -> Option<(f32, usize)> {
    let place = |number: usize| if above { ascending.len() - 1 - number } else { number };
    let (mut right, mut found) = (0.0, None);
    for number in 0..ascending.len() {
        let (value, outcome) = ascending[place(number)];
        right += f64::from(u8::from(outcome == solved));
        let count = number + 1;
        let ends_a_tie = count == ascending.len() || ascending[place(count)].0 != value;
        if ends_a_tie && count >= FEWEST && right / count as f64 >= SURE {
            found = Some((value, count));
        }
    }
    found
}

fn report(study: &Study<'_>, groups: &[usize], guessed: &[Option<(bool, usize)>]) -> Finding {
    let recorded = study.recorded;
    let tasks = recorded.tasks.len();
    // By configuration and task: trials, solved, taken for solved.
    let mut sums = vec![vec![[0.0; 3]; tasks]; groups.len()];
    let mut turns = [vec![0.0; tasks], vec![0.0; tasks]];
    let (mut decided, mut right) = (0_usize, 0_usize);
    for (trial, guess) in recorded.trials.iter().zip(guessed) {
        let Some(place) = groups.iter().position(|group| *group == trial.group) else { continue };
        let taken = guess.map_or(trial.solved, |(solved, _)| solved);
        let cell = &mut sums[place][trial.task];
        cell[0] += 1.0;
        cell[1] += f64::from(u8::from(trial.solved));
        cell[2] += f64::from(u8::from(taken));
        turns[0][trial.task] += guess.map_or(0.0, |(_, turn)| (trial.turns - turn) as f64);
        turns[1][trial.task] += trial.turns as f64;
        decided += usize::from(guess.is_some());
        right += usize::from(guess.is_some_and(|(solved, _)| solved == trial.solved));
    }
    let rates = |times: &[u8], which: usize| -> Vec<f64> {
        let of_group = |cells: &Vec<[f64; 3]>| {
            let sum = |which: usize| -> f64 {
                cells.iter().zip(times).map(|(cell, times)| cell[which] * f64::from(*times)).sum()
            };
            sum(which) / sum(0).max(1.0)
        };
        sums.iter().map(of_group).collect()
    };
    let rho = study.draws.estimate(|times| spearman(&rates(times, 1), &rates(times, 2)));
    let saved = study.draws.ratio(&turns[0], &turns[1]);
    if decided == 0 {
        let why = format!(
            "at none of the turns looked at {FEWEST} trials beyond any value went {:.0} % one way",
            100.0 * SURE
        );
        return Finding::undecided(CLAIM, SOURCE, SAYS, why);
    }
    let (Some(rho), Some(saved)) = (rho, saved) else {
        return Finding::undecided(CLAIM, SOURCE, SAYS, "every configuration has the same solve rate");
    };
    let all = vec![1; tasks];
    let (really, taken) = (rates(&all, 1), rates(&all, 2));
    let off = really.iter().zip(&taken).map(|(one, other)| (one - other).abs()).fold(0.0, f64::max);
    let mut shown = table(&["configuration", "solve rate", "from beginnings"]);
    let mut order: Vec<usize> = (0..groups.len()).collect();
    order.sort_by(|one, other| really[*other].total_cmp(&really[*one]));
    for place in order.into_iter().take(12) {
        let show = |rate: f64| format!("{:.1} %", 100.0 * rate);
        shown.row([recorded.groups.names[groups[place]].clone(), show(really[place]), show(taken[place])]);
    }
    let verdict = match () {
        () if rho.lo >= 0.99 && saved.lo >= 0.2 => Verdict::Confirmed,
        () if rho.hi < 0.99 || saved.hi < 0.2 => Verdict::Refuted,
        () => Verdict::Undecided,
    };
    Finding {
        claim: CLAIM,
        source: SOURCE,
        says: SAYS,
        found: format!(
            "{} configurations: rho {:.3} [{:.3}, {:.3}], {} of turns saved; {decided} trials decided early, {right} of them rightly; a solve \
             rate is off by {:.1} points at most",
            groups.len(),
            rho.value,
            rho.lo,
            rho.hi,
            percent(saved),
            100.0 * off
        ),
        verdict,
        numbers: json!({ "configurations": groups.len(), "rho": rho, "turns_saved": saved, "decided": decided, "right": right, "off": off }),
        table: Some(shown),
        picture: None,
    }
}

/// Spearman's rank correlation, ties with their mean rank; `None` where one side is all equal.
fn spearman(one: &[f64], other: &[f64]) -> Option<f64> {
    let (one, other) = (ranks(one), ranks(other));
    let middle = (one.len() as f64 + 1.0) / 2.0;
    let (mut both, mut of_one, mut of_other) = (0.0, 0.0, 0.0);
    for (one, other) in one.iter().zip(&other) {
        both += (one - middle) * (other - middle);
        of_one += (one - middle).powi(2);
        of_other += (other - middle).powi(2);
    }
    (of_one > 0.0 && of_other > 0.0).then(|| both / (of_one * of_other).sqrt())
}

fn ranks(values: &[f64]) -> Vec<f64> {
    let rank = |value: &f64| {
        let below = values.iter().filter(|other| *other < value).count() as f64;
        let equal = values.iter().filter(|other| *other == value).count() as f64;
        below + (equal + 1.0) / 2.0
    };
    values.iter().map(rank).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_correlated_as_worked_by_hand() {
        assert_eq!(ranks(&[0.3, 0.1, 0.3]), [2.5, 1.0, 2.5]);
        // d = 0, 1, 1, 0: 1 - 6 * 2 / (4 * 15).
        assert!((spearman(&[1.0, 2.0, 3.0, 4.0], &[1.0, 3.0, 2.0, 4.0]).unwrap() - 0.8).abs() < 1e-12);
        assert_eq!(spearman(&[1.0, 1.0], &[1.0, 2.0]), None);
    }

    #[test]
    fn a_threshold_is_never_within_a_tie() {
        let values: Vec<(f32, bool)> =
            (0..40).map(|number| (if number < 35 { 1.0 } else { 2.0 }, number >= 2)).collect();
        // Below: 33 of 35 are solved, 94 %; all: 38 of 40, 95 %.
        assert_eq!(beyond(&values, false, true), Some((2.0, 40)));
        assert_eq!(beyond(&values, false, false), None);
    }
}
