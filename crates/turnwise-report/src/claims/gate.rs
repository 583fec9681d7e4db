//! A gate: after a fixed turn, a trial is stopped whose signal is beyond a threshold. Thresholds are those of solved
//! trials of the calibration half, whether or not an earlier gate would have stopped them; a solved trial that had ended
//! by then counts as one that is never stopped, so that budgets of several gates add up (papers2026.md §2).

use turnwise_policy::quantile;

use super::{
    alarm::Side,
    halves::{Halves, Part},
    recorded::Trial,
    sign::Leanings,
    study::Study,
};

/// A gate for each signal after one turn.
#[derive(Debug)]
pub(super) struct Gates {
    pub(super) turn: usize,
    /// By signal and trial; NaN where a trial has ended or there is no value.
    values: Vec<Vec<f32>>,
}

/// A gate with its thresholds.
#[derive(Clone, Debug)]
pub(super) struct Gate {
    pub(super) signal: usize,
    sides: Vec<Option<Side>>,
    thresholds: Vec<f64>,
}

impl Gates {
    pub(super) fn new(study: &Study<'_>, turn: usize) -> Self {
        let recorded = study.recorded;
        let value = |signal: usize, trial: &Trial| {
            let going_on = trial.turns > turn;
            let value = going_on.then(|| recorded.value_after(signal, trial, turn)).flatten();
            value.unwrap_or(f32::NAN)
        };
        let of_signal = |(signal, _): &(usize, Leanings)| {
            recorded.trials.iter().map(|trial| value(*signal, trial)).collect()
        };
        Self { turn, values: study.signals.iter().map(of_signal).collect() }
    }

    /// The gate of a signal (by its place among those of the study) for each of these budgets. Its side is learned on one
    /// part of a split and its threshold on another.
    pub(super) fn fitted(
        &self,
        study: &Study<'_>,
        place: usize,
        (halves, [choice, threshold]): (&Halves, [Part; 2]),
        budgets: &[f64],
    ) -> Vec<Gate> {
        let recorded = study.recorded;
        let (_, leanings) = &study.signals[place];
        let sides = study.pairs.sides(recorded, leanings, |task| halves.is(choice, task));
        let mut scores = vec![Vec::new(); recorded.groups.len()];
        for (number, trial) in recorded.trials.iter().enumerate() {
            if trial.solved && halves.is(threshold, trial.task) {
                let score = turned(self.values[place][number], sides[trial.group]);
                scores[trial.group].push(score.unwrap_or(f64::NEG_INFINITY));
            }
        }
        scores.iter_mut().for_each(|scores| scores.sort_by(f64::total_cmp));
        let gate = |budget: &f64| Gate {
            signal: place,
            sides: sides.clone(),
            thresholds: scores.iter().map(|scores| quantile::per_run(scores, *budget)).collect(),
        };
        budgets.iter().map(gate).collect()
    }

    /// Whether a trial is stopped.
    pub(super) fn stops(&self, gate: &Gate, number: usize, trial: &Trial) -> bool {
        turned(self.values[gate.signal][number], gate.sides[trial.group])
            .is_some_and(|score| score > gate.thresholds[trial.group])
    }
}

fn turned(value: f32, side: Option<Side>) -> Option<f64> {
    let value = f64::from(value);
    match side? {
        _ if value.is_nan() => None,
        Side::Above => Some(value),
        Side::Below => Some(-value),
    }
}
