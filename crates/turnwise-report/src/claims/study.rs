//! What all claims share: the recorded trials, the splits, the draws of the bootstrap, and which way signals point.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicUsize, Ordering},
};

use turnwise_policy::quantile;

use super::{
    Settings,
    alarm::{Alarm, Monitor, Side, Watched, When},
    halves::{Halves, Part},
    ledger::Ledger,
    recorded::{Recorded, Trial},
    sign::{Leanings, Pairs},
};
use crate::stats::Draws;

/// The rates of false aborts at which savings are compared.
pub(super) const RATES: [f64; 3] = [0.05, 0.10, 0.25];

/// The common ground.
#[derive(Debug)]
pub(super) struct Study<'a> {
    pub(super) recorded: &'a Recorded,
    pub(super) splits: Vec<Halves>,
    pub(super) draws: Draws,
    pub(super) pairs: Pairs,
    /// The signals that say anything, each with how it leans.
    pub(super) signals: Vec<(usize, Leanings)>,
}

impl<'a> Study<'a> {
    pub(super) fn new(recorded: &'a Recorded, settings: &Settings) -> Self {
        let pairs = Pairs::new(recorded, settings.seed);
        let telling = recorded.telling();
        let leanings = in_parallel(&telling, |signal| pairs.leanings(recorded, *signal));
        Self {
            recorded,
            splits: Halves::draw(recorded.tasks.len(), settings.splits, settings.seed),
            draws: Draws::new(recorded.tasks.len(), settings.draws, settings.seed),
            pairs,
            signals: telling.into_iter().zip(leanings).collect(),
        }
    }

    /// Every monitor but the cap on duration.
    pub(super) fn monitors(&self) -> Vec<Monitor> {
        let of_signal =
            |signal: usize| When::ALL.map(|when| Monitor { watched: Watched::Signal(signal), when });
        self.signals.iter().flat_map(|(signal, _)| of_signal(*signal)).collect()
    }

    /// The side on which a monitor fires, by configuration, learned on the tasks that are wanted.
    pub(super) fn sides(&self, monitor: Monitor, wanted: impl Fn(usize) -> bool) -> Vec<Option<Side>> {
        let Watched::Signal(signal) = monitor.watched else {
            return vec![Some(Side::Above); self.recorded.groups.len()];
        };
        match self.signals.iter().find(|(known, _)| *known == signal) {
            Some((_, leanings)) => self.pairs.sides(self.recorded, leanings, wanted),
            None => vec![None; self.recorded.groups.len()],
        }
    }

    /// The highest scores of the solved trials of wanted tasks, ascending, by configuration.
    pub(super) fn solved_tops(
        &self,
        alarm: &Alarm,
        sides: &[Option<Side>],
        wanted: impl Fn(usize) -> bool,
    ) -> Vec<Vec<f64>> {
        let mut tops = vec![Vec::new(); self.recorded.groups.len()];
        for trial in self.recorded.trials.iter().filter(|trial| trial.solved && wanted(trial.task)) {
            tops[trial.group].push(alarm.top(trial, sides[trial.group]));
        }
        for tops in &mut tops {
            tops.sort_by(f64::total_cmp);
        }
        tops
    }

    /// A monitor with thresholds of the per-run conformal rule at this rate, by configuration: its side is learned on one
    /// part of a split and its threshold on another.
    pub(super) fn fitted(&self, monitor: Monitor, halves: &Halves, parts: [Part; 2], rate: f64) -> Fitted {
        let alarm = Alarm::new(self.recorded, monitor);
        let sides = self.sides(monitor, |task| halves.is(parts[0], task));
        let tops = self.solved_tops(&alarm, &sides, |task| halves.is(parts[1], task));
        let thresholds = tops.iter().map(|tops| quantile::per_run(tops, rate)).collect();
        Fitted { alarm, sides, thresholds }
    }

    /// What of the turns is saved where trials are stopped so, over the part of a split that choices are made on, false
    /// aborts charged.
    pub(super) fn saved_at_choice(&self, halves: &Halves, stops: &[Option<usize>]) -> f64 {
        let mut ledger = Ledger::default();
        for (trial, stop) in self.recorded.trials.iter().zip(stops) {
            if halves.is(Part::Choice, trial.task) {
                ledger.add(trial, *stop);
            }
        }
        ledger.turns.net()
    }
}

/// A monitor that is ready to be used.
#[derive(Debug)]
pub(super) struct Fitted {
    alarm: Alarm,
    sides: Vec<Option<Side>>,
    thresholds: Vec<f64>,
}

impl Fitted {
    /// The share of configurations with too few solved trials for a threshold.
    pub(super) fn never(&self) -> f64 {
        let never = self.thresholds.iter().filter(|threshold| **threshold == f64::INFINITY).count();
        never as f64 / self.thresholds.len().max(1) as f64
    }

    /// The turn after which a trial is stopped, if it is.
    pub(super) fn stop(&self, trial: &Trial) -> Option<usize> {
        self.alarm.fires(trial, self.sides[trial.group], self.thresholds[trial.group])
    }
}

/// Works on all items with as many threads as there are processors; the results are in the order of the items.
pub(super) fn in_parallel<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(items.len().max(1));
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::with_capacity(items.len()));
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some((number, item)) = take(&next, items) {
                    let result = work(item);
                    done.lock().unwrap_or_else(PoisonError::into_inner).push((number, result));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(number, _)| *number);
    done.into_iter().map(|(_, result)| result).collect()
}

fn take<'a, T>(next: &AtomicUsize, items: &'a [T]) -> Option<(usize, &'a T)> {
    let number = next.fetch_add(1, Ordering::Relaxed);
    Some((number, items.get(number)?))
}
