//! Stops when the accumulated probability of having had to stop passes q: Q-exit of PALBERT (arXiv 2204.03276;
//! papers.md A10). With the hazards l_t = P(stop now is right | not stopped before), it stops at the first t
//! with 1 - prod (1 - l_j) > q. One deterministic rule instead of a draw at each turn.

use serde::{Deserialize, Serialize};
use turnwise_core::TurnFacts;
use turnwise_toml::Table;

use super::{Finding, Keys, Missing, Settings, Watcher, need};
use crate::{PolicyError, signals::names};

/// The rule's settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct QExit {
    /// The hazard.
    signal: String,
    q: f64,
}

impl QExit {
    pub(crate) fn read(table: &mut Table) -> Result<Self, PolicyError> {
        let signal = table.signal("signal", Some(names::EXIT_HAZARD))?;
        Ok(Self { signal, q: table.share("q", Some(0.5))? })
    }
}

impl Settings for QExit {
    fn name(&self) -> &'static str {
        "q_exit"
    }

    fn needs(&self) -> Vec<String> {
        vec![self.signal.clone()]
    }

    fn watcher(&self) -> Box<dyn Watcher> {
        Box::new(QExitWatcher { settings: self.clone(), going_on: 1.0 })
    }

    fn explain(&self) -> String {
        format!(
            "stops an attempt once the hazards in signal `{}` add up to a probability above {}",
            self.signal, self.q
        )
    }
}

#[derive(Debug)]
struct QExitWatcher {
    settings: QExit,
    /// The probability of not having had to stop.
    going_on: f64,
}

impl Watcher for QExitWatcher {
    fn look(&mut self, facts: &TurnFacts) -> Result<Finding, Missing> {
        let hazard = need(facts, &self.settings.signal)?.clamp(0.0, 1.0);
        self.going_on *= 1.0 - hazard;
        Ok(Finding::stop_above(1.0 - self.going_on, self.settings.q))
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::tests::{of, said, scores};

    #[test]
    fn hazards_accumulate() {
        let turns = of("exit_hazard", &[0.25, 0.25, 0.5]);
        // 0.25; 1 - 0.75^2 = 0.4375; 1 - 0.75^2 / 2 = 0.71875.
        assert_eq!(scores("[q_exit]", &turns), [0.25, 0.4375, 0.71875]);
        assert_eq!(said("[q_exit]", &turns), "--S");
    }
}
