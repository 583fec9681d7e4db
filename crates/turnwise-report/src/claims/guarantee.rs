//! Whether a rate of false aborts that was asked for is kept: by a threshold calibrated on each run's extreme, by one
//! calibrated on single turns, and by a tolerance bound (papers2026.md §8, §9.3).
//!
//! The run is taken as one population here, whatever its configurations: the promise is about exchangeable trials.

use serde_json::json;
use turnwise_policy::quantile;

use super::{
    alarm::{Alarm, Monitor, Side, Watched, When},
    finding::{Finding, Verdict, table},
    halves::Halves,
    savings::share,
    study::{RATES, Study, in_parallel},
};
use crate::stats::nearest_rank;

const CLAIM: &str = "rate-per-run";
const SOURCE: &str = "E-valuator 2512.03109, LYNX 2512.05325, papers2026.md §8";
const SAYS: &str = "thresholds calibrated on each run's extreme keep the false-abort rate; thresholds calibrated on \
                    pooled turns do not";
/// How likely a tolerance bound may fail.
const RISK: f64 = 0.1;
/// The rules, as they are printed.
const RULES: [&str; 3] = ["per run", "pooled turns", "tolerance"];
/// Fewer monitors than these that ever stop anything are no sample of monitors.
const FEWEST: usize = 1;

/// A rate of false aborts on held-out tasks, and the share of splits in which it was above what was asked for.
#[derive(Clone, Copy, Debug, Default)]
struct Kept {
    rate: f64,
    violated: f64,
}

pub(super) fn examine(study: &Study<'_>) -> Finding {
    let solved = study.recorded.solved();
    if solved < 20 {
        return Finding::undecided(
            CLAIM,
            SOURCE,
            SAYS,
            format!("only {solved} solved trials: every threshold is `never`"),
        );
    }
    let of_signal = |signal: usize| Monitor { watched: Watched::Signal(signal), when: When::Any };
    let monitors: Vec<Monitor> = std::iter::once(Monitor::DURATION)
        .chain(study.signals.iter().map(|(signal, _)| of_signal(*signal)))
        .collect();
    let kept = in_parallel(&monitors, |monitor| of_monitor(study, *monitor));
    let mut shown = table(&["rate asked for", "rule", "kept: median", "least", "most", "splits violated"]);
    let mut numbers = Vec::new();
    let (mut per_run_keeps, mut pooled_breaks, mut said) = (true, false, Vec::new());
    for (place, asked) in RATES.iter().enumerate() {
        for (rule, name) in RULES.iter().enumerate() {
            let mut rates: Vec<f64> = kept.iter().map(|kept| kept[place][rule].rate).collect();
            rates.sort_by(f64::total_cmp);
            let violated =
                kept.iter().map(|kept| kept[place][rule].violated).sum::<f64>() / kept.len() as f64;
            let (least, most) = (rates[0], rates[rates.len() - 1]);
            let median = rates[rates.len() / 2];
            let percent = |share: f64| format!("{:.1} %", 100.0 * share);
            shown.row([
                percent(*asked),
                (*name).to_owned(),
                percent(median),
                percent(least),
                percent(most),
                percent(violated),
            ]);
            numbers
                .push(json!({ "asked": asked, "rule": name, "median": median, "least": least, "most": most,
                "violated_splits": violated, "duration": kept[0][place][rule].rate }));
            match rule {
                0 => {
                    per_run_keeps &= median <= asked + slack(*asked, solved);
                    said.push(format!("{} asked: {} per run", percent(*asked), percent(median)));
                }
                1 => {
                    pooled_breaks |= median > *asked;
                    said.push(format!("{} by pooled turns", percent(median)));
                }
                _ => said.push(format!(
                    "{} by tolerance (violated in {} of splits)",
                    percent(median),
                    percent(violated)
                )),
            }
        }
    }
    let verdict = match (per_run_keeps, pooled_breaks) {
        _ if kept.len() <= FEWEST => Verdict::Undecided,
        (true, true) => Verdict::Confirmed,
        (false, _) => Verdict::Refuted,
        (true, false) => Verdict::Undecided,
    };
    Finding {
        claim: CLAIM,
        source: SOURCE,
        says: SAYS,
        found: format!(
            "median over {} monitors (when any), {}. The solved trials have {} turns before their last (median): the fewer, the less \
             a turn differs from a trial",
            kept.len(),
            said.join(", "),
            median_turns(study)
        ),
        verdict,
        numbers: json!(numbers),
        table: Some(shown),
        picture: None,
    }
}

/// How many turns of a solved trial have a score: all but the last.
fn median_turns(study: &Study<'_>) -> usize {
    let solved = study.recorded.trials.iter().filter(|trial| trial.solved);
    let turns: Vec<usize> = solved.map(|trial| trial.turns - 1).collect();
    nearest_rank(&turns, 50).unwrap_or(0)
}

/// Two standard errors of a rate on the held-out half of the solved trials.
fn slack(rate: f64, solved: usize) -> f64 {
    2.0 * (rate * (1.0 - rate) / (solved as f64 / 2.0)).sqrt()
}

/// What a monitor keeps, by rate and rule, over all splits.
fn of_monitor(study: &Study<'_>, monitor: Monitor) -> [[Kept; RULES.len()]; RATES.len()] {
    let alarm = Alarm::new(study.recorded, monitor);
    let turns = [Side::Above, Side::Below].map(|side| solved_turns(study, monitor, side));
    let mut kept = [[Kept::default(); RULES.len()]; RATES.len()];
    for halves in &study.splits {
        let Some(side) = common_side(study, monitor, halves) else { continue };
        let calibration = tops(study, &alarm, side, halves);
        let ascending = &turns[usize::from(side == Side::Below)];
        let pooled: Vec<f64> = ascending
            .iter()
            .filter(|(_, task)| !halves.is_held_out(*task))
            .map(|(score, _)| f64::from(*score))
            .collect();
        for (place, rate) in RATES.iter().enumerate() {
            let thresholds = [
                quantile::per_run(&calibration.runs, *rate),
                quantile::per_run(&pooled, *rate),
                quantile::tolerance(&calibration.tasks, *rate, RISK),
            ];
            for (kept, threshold) in kept[place].iter_mut().zip(thresholds) {
                let aborted = share(calibration.held_out.iter().map(|top| *top > threshold));
                kept.rate += aborted / study.splits.len() as f64;
                kept.violated += f64::from(u8::from(aborted > *rate)) / study.splits.len() as f64;
            }
        }
    }
    kept
}

fn common_side(study: &Study<'_>, monitor: Monitor, halves: &Halves) -> Option<Side> {
    let Watched::Signal(signal) = monitor.watched else { return Some(Side::Above) };
    let (_, leanings) = study.signals.iter().find(|(known, _)| *known == signal)?;
    study.pairs.common_side(study.recorded, leanings, halves)
}

/// The scores of all turns of solved trials, ascending, each with its task.
fn solved_turns(study: &Study<'_>, monitor: Monitor, side: Side) -> Vec<(f32, usize)> {
    let trials = study.recorded.trials.iter().filter(|trial| trial.solved);
    let mut turns: Vec<(f32, usize)> = trials
        .flat_map(|trial| {
            let scores = monitor.scores(study.recorded, trial, side).into_iter();
            scores.filter(|score| !score.is_nan()).map(|score| (score, trial.task))
        })
        .collect();
    turns.sort_by(|one, other| one.0.total_cmp(&other.0));
    turns
}

/// The highest scores of solved trials.
struct Tops {
    /// Of the calibration half, trial by trial.
    runs: Vec<f64>,
    /// Of the calibration half, the highest of each task: a tolerance bound wants independent ones.
    tasks: Vec<f64>,
    held_out: Vec<f64>,
}

fn tops(study: &Study<'_>, alarm: &Alarm, side: Side, halves: &Halves) -> Tops {
    let mut tops = Tops { runs: Vec::new(), tasks: Vec::new(), held_out: Vec::new() };
    let mut of_task: Vec<Option<f64>> = vec![None; study.recorded.tasks.len()];
    for trial in study.recorded.trials.iter().filter(|trial| trial.solved) {
        let top = alarm.top(trial, Some(side));
        if halves.is_held_out(trial.task) {
            tops.held_out.push(top);
        } else {
            tops.runs.push(top);
            let highest = &mut of_task[trial.task];
            *highest = Some(highest.map_or(top, |other| other.max(top)));
        }
    }
    tops.tasks = of_task.into_iter().flatten().collect();
    tops
}
