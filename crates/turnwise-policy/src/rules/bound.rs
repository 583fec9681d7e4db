//! A calibrated threshold as rules hold scores against it.

use serde::{Deserialize, Serialize};
use turnwise_toml::Table;

use super::{Finding, Keys, Say, response::Side};
use crate::{
    PolicyError,
    calibration::{Threshold, quantile::per_run},
};

/// A calibrated threshold, and the side on which it is passed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Bound {
    fires: Side,
    /// `None`: there is none that could be passed.
    threshold: Option<f64>,
}

impl Bound {
    /// Of a threshold that is given.
    pub(super) fn given(fires: Side, threshold: f64) -> Self {
        Self { fires, threshold: Some(threshold) }
    }

    /// Of a threshold that calibration runs gave.
    pub(super) fn of(fires: Side, threshold: &Threshold) -> Self {
        Self { fires, threshold: Some(threshold.value).filter(|value| value.is_finite()) }
    }

    /// Of the scores of calibration runs, at most a share `lost` of which may be passed.
    fn calibrated(fires: Side, scores: &[f64], lost: f64) -> Self {
        let turned: Vec<f64> = scores.iter().map(|score| fires.turned(*score)).collect();
        let bound = fires.turned(per_run(&turned, lost));
        Self { fires, threshold: Some(bound).filter(|bound| bound.is_finite()) }
    }

    /// Reads `threshold`, or `scores`, of which a share `lost` may be passed.
    pub(super) fn read(table: &mut Table, fires: Side, lost: f64) -> Result<Self, PolicyError> {
        one_of(table, &["scores", "threshold"])?;
        match table.numbers("scores")? {
            Some(scores) => Ok(Self::calibrated(fires, &scores, lost)),
            None => Ok(Self::given(fires, table.real("threshold", (f64::MIN, f64::MAX), None)?)),
        }
    }

    /// Holds a score against it.
    pub(super) fn find(&self, score: f64) -> Finding {
        let threshold = self.threshold.unwrap_or(self.fires.turned(f64::INFINITY));
        Finding::of(score, threshold).and(|| self.fires.holds(score, threshold).then_some(Say::Stop))
    }

    /// In words.
    pub(super) fn explain(&self) -> String {
        match self.threshold {
            Some(threshold) if self.fires.turned(threshold) == f64::MIN => "there, whatever it is".to_owned(),
            Some(threshold) => format!("{} {threshold}", self.fires.as_str()),
            None => "passed by nothing, as there are too few calibration runs".to_owned(),
        }
    }
}

/// Refuses a second source of a threshold. `keys` are in the order in which one replaces the next.
pub(super) fn one_of(table: &Table, keys: &[&str]) -> Result<(), PolicyError> {
    let given: Vec<&&str> = keys.iter().filter(|key| table.peek(key).is_some()).collect();
    let [first, second, ..] = given[..] else { return Ok(()) };
    Err(PolicyError::Contradiction {
        place: table.place().clone(),
        what: format!("`{}` and `{}` are both given", table.path_of(first), table.path_of(second)),
        advice: format!("leave one out: the threshold is taken from the {first}"),
    })
}
