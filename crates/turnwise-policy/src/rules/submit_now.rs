//! Hands in the work as it stands when the probability that it would pass is above a calibrated threshold: LYNX over turns (arXiv
//! 2512.05325; papers.md A2). To hand in is wrong where the work would not pass. Its keys are those of `conformal`.

use serde::{Deserialize, Serialize};
use turnwise_toml::Table;

use super::{Settings, Watcher, conformal::Conformal};
use crate::{PolicyError, calibration::Among, signals::names};

/// The rule's settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct SubmitNow(Conformal);

impl SubmitNow {
    pub(crate) fn read(table: &mut Table) -> Result<Self, PolicyError> {
        Conformal::read_above(table, names::PROBE, Among::All).map(Self)
    }
}

impl Settings for SubmitNow {
    fn name(&self) -> &'static str {
        "submit_now"
    }

    fn needs(&self) -> Vec<String> {
        self.0.needs()
    }

    fn watcher(&self) -> Box<dyn Watcher> {
        self.0.watcher()
    }

    fn explain(&self) -> String {
        self.0.explain()
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::tests::{said, thresholds};

    #[test]
    fn the_probe_is_held_against_what_unfinished_work_looked_like() {
        let turns = vec![vec![("probe", 0.5)], vec![("probe", 0.7)], vec![("hopeless", 0.9)]];
        assert_eq!(said("[submit_now]\nthreshold = 0.6", &turns), "-S?");
        // Of 4 runs two were nowhere wrong and count as minus infinity: ceil(5 * 0.6) = 3, the third smallest, 0.6.
        let runs = "[submit_now]\ndelta = 0.4\nruns = [{ task = 'a', scores = [0.6], wrong = [1] }, \
                    { task = 'b', scores = [0.8, 0.9], wrong = [1, 0] }, { task = 'c', scores = [0.9], wrong = [0] }, \
                    { task = 'd', scores = [0.9], wrong = [0] }]";
        assert_eq!(thresholds(runs, &turns[..2]), [0.6, 0.6]);
        assert_eq!(said(runs, &turns), "-S?");
    }
}
