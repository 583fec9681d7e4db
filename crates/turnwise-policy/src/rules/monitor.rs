//! Stops when a signal has passed a threshold often enough, not before a floor: the one shape that AgentStop
//! (any), FailFast (count or sustained; floor 20) and CURA (CUSUM) share (papers2026.md §4.4, §7.1, §7.2,
//! §9.1).
//!
//! With `when = "cusum"` the score is W_t = max(0, W_{t-1} + z_t - slack), z the signal standardised by `mean`
//! and `sd` (with its sign turned where it fires below), and it is W that is held against the threshold.

use serde::{Deserialize, Serialize};
use turnwise_core::TurnFacts;
use turnwise_toml::Table;

use super::{Finding, Keys, Missing, Say, Settings, Watcher, need, response::Side};
use crate::PolicyError;

/// The rule's settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Monitor {
    signal: String,
    fires: Side,
    threshold: f64,
    /// The turn before which it says nothing.
    floor: u32,
    when: When,
}

/// How often the threshold must be passed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum When {
    /// So often since the floor. Once is "any".
    Count(u32),
    /// So often in a row.
    Sustained(u32),
    /// By the cumulative sum.
    Cusum { mean: f64, sd: f64, slack: f64 },
}

impl Monitor {
    pub(crate) fn read(table: &mut Table) -> Result<Self, PolicyError> {
        let words = [("any", 0), ("count", 1), ("sustained", 2), ("cusum", 3)];
        let when = match table.word("when", &words)?.unwrap_or(0) {
            0 => When::Count(1),
            1 => When::Count(table.count("times", (1, u32::MAX), None)?),
            2 => When::Sustained(table.count("times", (1, u32::MAX), None)?),
            _ => When::Cusum {
                mean: table.real("mean", (f64::MIN, f64::MAX), None)?,
                sd: table.real("sd", (f64::MIN_POSITIVE, f64::MAX), None)?,
                slack: table.real("slack", (0.0, f64::MAX), Some(0.5))?,
            },
        };
        Ok(Self {
            signal: table.signal("signal", None)?,
            fires: Side::read(table)?,
            threshold: table.real("threshold", (f64::MIN, f64::MAX), None)?,
            floor: table.count("floor", (1, u32::MAX), Some(1))?,
            when,
        })
    }
}

impl Settings for Monitor {
    fn name(&self) -> &'static str {
        "monitor"
    }

    fn needs(&self) -> Vec<String> {
        vec![self.signal.clone()]
    }

    fn watcher(&self) -> Box<dyn Watcher> {
        Box::new(MonitorWatcher { settings: self.clone(), times: 0, sum: 0.0 })
    }

    fn explain(&self) -> String {
        let Self { signal, fires, threshold, floor, when } = self;
        let side = fires.as_str();
        match when {
            When::Count(times) => {
                format!(
                    "stops an attempt, from turn {floor} on, once signal `{signal}` was {side} {threshold} {times} times"
                )
            }
            When::Sustained(times) => format!(
                "stops an attempt, from turn {floor} on, once signal `{signal}` was {side} {threshold} {times} times in a row"
            ),
            When::Cusum { .. } => format!(
                "stops an attempt, from turn {floor} on, once the cumulative sum of signal `{signal}` reaches {threshold}"
            ),
        }
    }
}

#[derive(Debug)]
struct MonitorWatcher {
    settings: Monitor,
    times: u32,
    sum: f64,
}

impl Watcher for MonitorWatcher {
    fn look(&mut self, facts: &TurnFacts) -> Result<Finding, Missing> {
        let Monitor { signal, fires, threshold, floor, when } = &self.settings;
        let value = need(facts, signal)?;
        if facts.turn < *floor {
            return Ok(Finding::of(value, *threshold));
        }
        let passed = fires.holds(value, *threshold);
        let fires = match when {
            When::Count(times) => {
                self.times += u32::from(passed);
                passed && self.times >= *times
            }
            When::Sustained(times) => {
                self.times = if passed { self.times + 1 } else { 0 };
                self.times >= *times
            }
            When::Cusum { mean, sd, slack } => {
                let z = (value - mean) / sd;
                let z = if *fires == Side::Above { z } else { -z };
                self.sum = f64::max(0.0, self.sum + z - slack);
                return Ok(Finding::stop_at(self.sum, *threshold));
            }
        };
        Ok(Finding::of(value, *threshold).and(|| fires.then_some(Say::Stop)))
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::tests::{of, said, scores};

    #[test]
    fn any_count_and_sustained_differ() {
        let turns = of("error_share", &[0.9, 0.1, 0.9, 0.9, 0.1]);
        let rule = "[monitor]\nsignal = 'error_share'\nfires = 'above'\nthreshold = 0.5\nwhen = ";
        assert_eq!(said(&format!("{rule}'any'"), &turns), "S-SS-");
        assert_eq!(said(&format!("{rule}'any'\nfloor = 2"), &turns), "--SS-");
        assert_eq!(said(&format!("{rule}'count'\ntimes = 2"), &turns), "--SS-");
        assert_eq!(said(&format!("{rule}'sustained'\ntimes = 2"), &turns), "---S-");
    }

    #[test]
    fn a_cumulative_sum_forgets_slowly() {
        let turns = of("errors", &[3.0, 1.0, 5.0]);
        let rule =
            "[monitor]\nsignal = 'errors'\nthreshold = 2.0\nwhen = 'cusum'\nmean = 1\nsd = 2\nfires = ";
        // z = 1, 0, 2: W = 0.5, 0, 1.5.
        assert_eq!(scores(&format!("{rule}'above'"), &turns), [0.5, 0.0, 1.5]);
        assert_eq!(said(&format!("{rule}'below'"), &of("errors", &[-1.0, -3.0, -3.0])), "-SS");
    }
}
