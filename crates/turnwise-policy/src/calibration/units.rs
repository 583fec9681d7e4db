//! Calibration runs as the methods look at them: put together to what counts as one, with scores turned so that more is
//! nearer to firing.

use std::collections::BTreeMap;

use super::{Among, By, Calibration, CalibrationRun};

/// What counts as one: its runs.
pub(super) type Unit = Vec<Vec<Look>>;

/// A look with a score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Look {
    pub(super) score: f64,
    pub(super) wrong: bool,
    pub(super) cost: f64,
}

impl Calibration {
    /// The units, from the oldest to the newest; a task is as old as its newest run.
    pub(super) fn units(&self, by: By, among: Among) -> Vec<Unit> {
        let mut units: BTreeMap<(&str, usize), (usize, Unit)> = BTreeMap::new();
        for (at, run) in self.runs.iter().enumerate() {
            let key = match by {
                By::Task => (run.task.as_str(), 0),
                By::Run => ("", at),
            };
            let (newest, unit) = units.entry(key).or_default();
            *newest = at;
            unit.push(self.looks(run));
        }
        let mut units: Vec<(usize, Unit)> = units.into_values().collect();
        units.sort_by_key(|(newest, _)| *newest);
        let at_risk = |unit: &Unit| unit.iter().flatten().any(|look| look.wrong);
        let units = units.into_iter().map(|(_, unit)| unit);
        units.filter(|unit| among == Among::All || at_risk(unit)).collect()
    }

    /// The looks of a run that have a score.
    fn looks(&self, run: &CalibrationRun) -> Vec<Look> {
        let looks = run.events.iter().enumerate().map(|(at, event)| Look {
            score: self.fires.turned(event.score),
            wrong: event.wrong,
            cost: run.costs.get(at).map_or(1.0, |cost| cost.clamp(0.0, 1.0)),
        });
        looks.filter(|look| !look.score.is_nan()).collect()
    }

    /// The scores of all looks at which to fire is wrong, or of all others.
    pub(super) fn pooled(&self, wrong: bool) -> Vec<f64> {
        let looks = self.runs.iter().flat_map(|run| self.looks(run));
        looks.filter(|look| look.wrong == wrong).map(|look| look.score).collect()
    }
}

/// The extreme of a unit over its wrong looks: it is fired at wrongly, sooner or later, where the threshold is below.
pub(super) fn extreme(unit: &[Vec<Look>]) -> f64 {
    let wrong = unit.iter().flatten().filter(|look| look.wrong);
    wrong.map(|look| look.score).fold(f64::NEG_INFINITY, f64::max)
}
