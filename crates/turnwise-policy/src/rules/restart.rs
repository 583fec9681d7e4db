//! Ends an attempt that is going wrong and has it start again behind a rollback point: RestartSmart (arXiv
//! 2608.03222) with the rollback point of conformal error attribution (arXiv 2605.06788); papers2026.md §5,
//! §7.2.
//!
//! It fires when the signal has passed its threshold and the work has then stayed as it was for `settle` turns:
//! cutting into the middle of an edit cost solved tasks. With the signal `blame` (a weight for each turn), the
//! turn that is kept last is the one before the first turn j whose remaining share of the blame, from j to now,
//! is at most `tau`; without it nothing is kept. This rule only says so: who runs the attempts carries it out.

use serde::{Deserialize, Serialize};
use turnwise_core::TurnFacts;
use turnwise_toml::Table;

use super::{Finding, Keys, Missing, Say, Settings, Watcher, need, response::Side};
use crate::{PolicyError, signals::names};

/// The rule's settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Restart {
    signal: String,
    fires: Side,
    threshold: f64,
    floor: u32,
    /// Turns without a change of the work.
    settle: u32,
    /// The calibrated share of the blame.
    tau: f64,
}

impl Restart {
    pub(crate) fn read(table: &mut Table) -> Result<Self, PolicyError> {
        Ok(Self {
            signal: table.signal("signal", None)?,
            fires: Side::read(table)?,
            threshold: table.real("threshold", (f64::MIN, f64::MAX), None)?,
            floor: table.count("floor", (1, u32::MAX), Some(1))?,
            settle: table.count("settle", (0, u32::MAX), Some(5))?,
            tau: table.real("tau", (0.0, 1.0), Some(0.8))?,
        })
    }
}

impl Settings for Restart {
    fn name(&self) -> &'static str {
        "restart"
    }

    fn needs(&self) -> Vec<String> {
        // `blame` says where to begin; without it the rule does its work all the same.
        vec![self.signal.clone(), names::NO_CHANGE.to_owned(), names::BLAME.to_owned()]
    }

    fn watcher(&self) -> Box<dyn Watcher> {
        Box::new(RestartWatcher { settings: self.clone(), blame: Vec::new(), doomed: false })
    }

    fn explain(&self) -> String {
        let Self { signal, fires, threshold, floor, settle, .. } = self;
        format!(
            "starts an attempt again, from turn {floor} on, once signal `{signal}` was {} {threshold} and the work then stayed \
             as it was for {settle} turns",
            fires.as_str()
        )
    }
}

#[derive(Debug)]
struct RestartWatcher {
    settings: Restart,
    /// Of each turn so far; 0 where there is none.
    blame: Vec<f64>,
    doomed: bool,
}

impl Watcher for RestartWatcher {
    fn look(&mut self, facts: &TurnFacts) -> Result<Finding, Missing> {
        self.blame.push(facts.signal(names::BLAME).unwrap_or(0.0).max(0.0));
        let Restart { signal, fires, threshold, floor, settle, .. } = &self.settings;
        let (value, still) = (need(facts, signal)?, need(facts, names::NO_CHANGE)?);
        self.doomed |= facts.turn >= *floor && fires.holds(value, *threshold);
        let now = self.doomed && still >= f64::from(*settle);
        Ok(Finding::of(value, *threshold).and(|| now.then(|| Say::Restart { keep: self.kept() })))
    }
}

impl RestartWatcher {
    fn kept(&self) -> u32 {
        let all: f64 = self.blame.iter().sum();
        if all <= 0.0 {
            return 0;
        }
        let mut left = all;
        let before = self.blame.iter().take_while(|weight| {
            let too_much = left / all > self.settings.tau;
            left -= **weight;
            too_much
        });
        // The turns before the first whose rest is small enough; never the last one itself.
        let kept = before.count().min(self.blame.len() - 1);
        u32::try_from(kept).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::tests::{Turn, said, texts};

    #[test]
    fn it_waits_until_the_work_has_settled_and_goes_back_behind_the_blame() {
        let at = |errors, still, blame: f64| -> Turn<'_> {
            vec![("error_share", errors), ("no_change", still), ("blame", blame)]
        };
        let rule =
            "[restart]\nsignal = 'error_share'\nfires = 'above'\nthreshold = 0.5\nsettle = 2\ntau = 0.8";
        let turns = [at(0.1, 1.0, 0.25), at(0.9, 0.0, 0.5), at(0.1, 1.0, 0.25), at(0.1, 2.0, 0.0)];
        assert_eq!(said(rule, &turns), "---r");
        // What is left of the blame from turn 1: 1, from turn 2: 0.75 <= 0.8. So turn 1 is kept.
        assert_eq!(texts(rule, &turns)[3], "keep 1");
        let no_blame = [at(0.9, 2.0, 0.0)];
        assert_eq!(texts(rule, &no_blame), ["keep 0"]);
    }
}
