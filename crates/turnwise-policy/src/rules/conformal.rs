//! Stops when a score passes a threshold that is calibrated on runs, by default such that at most a share `delta` of runs is
//! stopped where that is wrong, on average over calibrations, if runs are exchangeable (LYNX, arXiv 2512.05325,
//! corrected to runs: papers.md A2).
//!
//! `runs` holds the score of each turn of each calibration run and whether to stop there would have been wrong; `method` and
//! what goes with it say how the threshold comes from them: see [`crate::calibration`]. `scores` holds one number a
//! calibration run instead: the most extreme score over all turns at which stopping would have been wrong. With too few of
//! them the rule never stops, and its threshold is infinite. A `threshold` may be given instead.
//!
//! The rules `submit_now` and `give_up` are this one for two signals, so that a policy may have both.

use serde::{Deserialize, Serialize};
use turnwise_core::TurnFacts;
use turnwise_toml::Table;

use super::{
    Finding, Keys, Missing, Settings, Watcher,
    calibrated::{Calibrated, Reading},
    need,
    response::Side,
};
use crate::{PolicyError, calibration::Among, signals::names};

/// The rule's settings. It remembers nothing: the signal counts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Conformal {
    signal: String,
    #[serde(flatten)]
    calibrated: Calibrated,
}

impl Conformal {
    pub(crate) fn read(table: &mut Table) -> Result<Self, PolicyError> {
        let signal = table.signal("signal", Some(names::PROBE))?;
        let fires = Side::read(table)?;
        Self::of(table, signal, fires, Among::All)
    }

    /// Reads the table of a rule that fires above unless it says otherwise.
    pub(super) fn read_above(table: &mut Table, signal: &str, among: Among) -> Result<Self, PolicyError> {
        let signal = table.signal("signal", Some(signal))?;
        let fires = if table.peek("fires").is_some() { Side::read(table)? } else { Side::Above };
        Self::of(table, signal, fires, among)
    }

    fn of(table: &mut Table, signal: String, fires: Side, among: Among) -> Result<Self, PolicyError> {
        let calibrated = Calibrated::read(table, &Reading { signal: &signal, fires, among })?;
        Ok(Self { signal, calibrated })
    }
}

impl Settings for Conformal {
    fn name(&self) -> &'static str {
        "conformal"
    }

    fn needs(&self) -> Vec<String> {
        vec![self.signal.clone()]
    }

    fn watcher(&self) -> Box<dyn Watcher> {
        Box::new(self.clone())
    }

    fn explain(&self) -> String {
        self.calibrated.explain(&format!("signal `{}`", self.signal))
    }
}

impl Watcher for Conformal {
    fn look(&mut self, facts: &TurnFacts) -> Result<Finding, Missing> {
        self.calibrated.find(facts, || need(facts, &self.signal))
    }
}

#[cfg(test)]
mod tests;
