//! Gives up when the probability that the attempt will never pass is above a calibrated threshold: LYNX over turns, with the
//! other probe (arXiv 2512.05325; papers.md A2). To give up is wrong where the attempt would still pass. Its keys are those of
//! `conformal`.
//!
//! Its promise is made for the attempts that would pass (`among = "at_risk"`): where most fail, at most a share of *all* attempts
//! would be given up wrongly even if all were given up.

use serde::{Deserialize, Serialize};
use turnwise_toml::Table;

use super::{Settings, Watcher, conformal::Conformal};
use crate::{PolicyError, calibration::Among, signals::names};

/// The rule's settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct GiveUp(Conformal);

impl GiveUp {
    pub(crate) fn read(table: &mut Table) -> Result<Self, PolicyError> {
        Conformal::read_above(table, names::HOPELESS, Among::AtRisk).map(Self)
    }
}

impl Settings for GiveUp {
    fn name(&self) -> &'static str {
        "give_up"
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
    fn runs_that_fail_say_nothing_about_what_is_lost() {
        let turns = vec![vec![("hopeless", 0.5)], vec![("hopeless", 0.7)], vec![("probe", 0.9)]];
        assert_eq!(said("[give_up]\nthreshold = 0.6", &turns), "-S?");
        // Of the 2 that pass: ceil(3 * 0.5) = 2, the larger extreme. Of all 4: ceil(5 * 0.5) = 3, the smaller one.
        let runs = |among: &str| {
            format!(
                "[give_up]\ndelta = 0.5\n{among}\nruns = [{{ task = 'a', scores = [0.2, 0.6], wrong = [1, 1] }}, \
                 {{ task = 'b', scores = [0.4], wrong = [true] }}, {{ task = 'c', scores = [0.9], wrong = [false] }}, \
                 {{ task = 'd', scores = [0.9], wrong = [false] }}]"
            )
        };
        assert_eq!(thresholds(&runs(""), &turns[..1]), [0.6]);
        assert_eq!(thresholds(&runs("among = 'all'"), &turns[..1]), [0.4]);
        assert_eq!(said(&runs(""), &turns), "-S?");
    }
}
