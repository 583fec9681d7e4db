//! Thresholds with a guarantee, from calibration runs: the same runs serve every method, and who asks for a threshold says
//! by which method, and how often it may be passed where that is wrong (LYNX, arXiv 2512.05325, corrected to runs:
//! papers.md A2; papers2026.md §8, §9.3).
//!
//! A run is a sequence of looks. At each a rule would have held a score against its threshold, and it is known whether to
//! fire there would have been wrong. A rule fires at the first score beyond the threshold.

mod descent;
mod per_event;
mod promise;
pub mod quantile;
mod rolling;
mod side;
mod terms;
mod text;
mod units;

use serde::{Deserialize, Serialize};

pub use per_event::PredictionSet;
pub use rolling::due;
pub use side::Side;
pub use terms::{Among, By, Method, Terms};

use units::Unit;

/// What is calibrated on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// The signal that the scores are of.
    pub signal: String,
    /// On which side of the threshold the rule fires.
    pub fires: Side,
    /// The runs, from the oldest to the newest.
    pub runs: Vec<CalibrationRun>,
}

/// A run that is calibrated on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CalibrationRun {
    /// Its task. Runs of one task are not independent of each other: see [`By`].
    pub task: String,
    /// Its looks, in order.
    pub events: Vec<Event>,
    /// What firing at each look would cost where it is wrong, in [0, 1], for [`Method::Crc`]. Looks beyond its end cost 1.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub costs: Vec<f64>,
}

/// A look.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// The score; NaN where there was none, and a rule would have abstained.
    pub score: f64,
    /// Whether to fire here would have been wrong.
    pub wrong: bool,
}

impl CalibrationRun {
    /// A run of these scores, each with whether to fire there would have been wrong; all wrong fires cost 1.
    pub fn new(task: &str, looks: impl IntoIterator<Item = (f64, bool)>) -> Self {
        let events = looks.into_iter().map(|(score, wrong)| Event { score, wrong });
        Self { task: task.to_owned(), events: events.collect(), costs: Vec::new() }
    }
}

/// A threshold and what it promises.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Threshold {
    /// The rule fires at scores beyond this one; infinite: never. `f64::MIN` (firing above) and `f64::MAX` (below): at
    /// every score, which keeps the promise where hardly a run can be fired at wrongly.
    pub value: f64,
    /// On how many runs, tasks or (by [`Method::PerEvent`]) wrong looks it is calibrated.
    pub n: usize,
    /// How many it takes to fire at all. `None`: no number of them would do.
    pub needed: Option<usize>,
    /// What it promises, and for whom, in one sentence.
    pub promise: String,
}

impl Threshold {
    /// Whether no score is beyond it.
    pub fn is_never(&self) -> bool {
        self.value.is_infinite()
    }

    /// How many runs, tasks or wrong looks are missing before it can fire. `None`: no number of them would do.
    pub fn missing(&self) -> Option<usize> {
        self.needed.map(|needed| needed.saturating_sub(self.n))
    }
}

/// What a method makes of the units, in scores turned so that more is nearer to firing.
struct Found {
    over: f64,
    n: usize,
    needed: Option<usize>,
}

impl Calibration {
    /// The threshold on these terms.
    pub fn threshold(&self, terms: &Terms) -> Threshold {
        let Terms { delta, risk, among, .. } = *terms;
        let by = terms.by.unwrap_or_else(|| self.by());
        let units = || self.units(by, among);
        let found = match (terms.method, terms.half_life) {
            (Method::PerEvent, _) => self.prediction_set(delta).found(delta),
            (Method::PerRun, Some(half_life)) => rolling::found(&units(), delta, half_life),
            (Method::PerRun, None) => of_extremes(&units(), quantile::runs_needed(delta), |extremes| {
                quantile::per_run(extremes, delta)
            }),
            (Method::Pac, _) => of_extremes(&units(), quantile::tolerance_needs(delta, risk), |extremes| {
                quantile::tolerance(extremes, delta, risk)
            }),
            (Method::Ltt, _) => descent::learn_then_test(&units(), delta, risk),
            (Method::Crc, _) => descent::risk_control(&units(), delta),
        };
        self.place(found, &promise::promise(terms, by))
    }

    /// What counts as one where nothing is said: a task where any has more than one run, else a run.
    pub fn by(&self) -> By {
        let mut tasks: Vec<&str> = self.runs.iter().map(|run| run.task.as_str()).collect();
        tasks.sort_unstable();
        if tasks.windows(2).any(|pair| pair[0] == pair[1]) { By::Task } else { By::Run }
    }

    /// Turns what was found back, and says what it promises.
    fn place(&self, found: Found, promise: &str) -> Threshold {
        let Found { over, n, needed } = found;
        let value = self.fires.turned(if over == f64::NEG_INFINITY { f64::MIN } else { over });
        let mut threshold = Threshold { value, n, needed, promise: promise.to_owned() };
        if threshold.is_never() {
            threshold.promise = format!("{promise}: {}", promise::never(threshold.missing(), needed));
        }
        threshold
    }
}

/// Of the extremes of the units over their wrong looks.
fn of_extremes(units: &[Unit], needed: f64, quantile: impl FnOnce(&[f64]) -> f64) -> Found {
    let extremes: Vec<f64> = units.iter().map(|unit| units::extreme(unit)).collect();
    Found { over: quantile(&extremes), n: units.len(), needed: whole(needed) }
}

/// A number of runs; `None` where it is none.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be a number of runs")]
fn whole(number: f64) -> Option<usize> {
    (0.0..9e15).contains(&number).then_some(number as usize)
}

#[cfg(test)]
mod simulation;
#[cfg(test)]
mod tests;
