//! Reminds the model of its goal when it has drifted further than it usually stays: turn-wise KL divergence
//! from a goal-only reference, with the equilibrium that the attempt itself shows.
//!
//! Drift No More (arXiv 2510.07777; papers.md A5): D_t is bounded, dD_t = a + b D_t with equilibrium D* = -a/b.
//! Here a and b are the least-squares fit over the attempt so far (or D* and its spread are given); the rule
//! fires when D_t > D* + z s, with s the spread of the fit's residuals. It is stable only for -2 < b < 0;
//! otherwise nothing is said.

use serde::{Deserialize, Serialize};
use turnwise_core::TurnFacts;
use turnwise_toml::Table;

use super::{Finding, Keys, Missing, Settings, Watcher, need, response::Response};
use crate::{
    PolicyError,
    signals::{line, names, variance},
};

/// The rule's settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Drift {
    signal: String,
    /// How many spreads above the equilibrium.
    z: f64,
    /// How many turns are seen before anything is fitted, from 4.
    after: u32,
    /// How many turns lie between two reminders at least.
    gap: u32,
    /// The equilibrium and its spread, where they are given.
    equilibrium: Option<(f64, f64)>,
    response: Response,
}

impl Drift {
    pub(crate) fn read(table: &mut Table) -> Result<Self, PolicyError> {
        let given = table.peek("equilibrium").is_some();
        let positive = (0.0, f64::MAX);
        Ok(Self {
            signal: table.signal("signal", Some(names::GOAL_KL))?,
            z: table.real("z", positive, Some(2.0))?,
            after: table.count("after", (4, u32::MAX), Some(6))?,
            gap: table.count("gap", (1, u32::MAX), Some(4))?,
            equilibrium: match given {
                true => {
                    Some((table.real("equilibrium", positive, None)?, table.real("spread", positive, None)?))
                }
                false => None,
            },
            response: Response::read_reminding(
                table,
                "Remember the task that you were given, and keep to it.",
            )?,
        })
    }
}

impl Settings for Drift {
    fn name(&self) -> &'static str {
        "drift"
    }

    fn needs(&self) -> Vec<String> {
        vec![self.signal.clone()]
    }

    fn watcher(&self) -> Box<dyn Watcher> {
        Box::new(DriftWatcher { settings: self.clone(), drift: Vec::new(), last: None })
    }

    fn explain(&self) -> String {
        let Self { signal, z, gap, response, .. } = self;
        format!(
            "{} when signal `{signal}` is {z} spreads above its equilibrium, at most every {gap} turns",
            response.verb()
        )
    }
}

#[derive(Debug)]
struct DriftWatcher {
    settings: Drift,
    /// D_1 and on.
    drift: Vec<f64>,
    /// The turn on which it fired last.
    last: Option<u32>,
}

impl Watcher for DriftWatcher {
    fn look(&mut self, facts: &TurnFacts) -> Result<Finding, Missing> {
        let now = need(facts, &self.settings.signal)?;
        // The fit is over the turns before, so that a jump does not excuse itself.
        let enough = self.drift.len() >= self.settings.after as usize;
        let known =
            self.settings.equilibrium.or_else(|| if enough { equilibrium(&self.drift) } else { None });
        self.drift.push(now);
        let Some((centre, spread)) = known else { return Ok(Finding::nothing()) };
        let threshold = centre + self.settings.z * spread;
        let rested = self.last.is_none_or(|last| facts.turn.saturating_sub(last) >= self.settings.gap);
        let fires = now > threshold && rested;
        if fires {
            self.last = Some(facts.turn);
        }
        Ok(Finding::of(now, threshold).and(|| fires.then(|| self.settings.response.say())))
    }
}

/// The equilibrium D* = -a/b and the spread of the residuals; `None` where the process is not stable.
fn equilibrium(drift: &[f64]) -> Option<(f64, f64)> {
    let steps: Vec<f64> = drift.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let from = &drift[..steps.len()];
    let (a, b) = line(from, &steps)?;
    let stable = b > -2.0 && b < 0.0;
    let residuals: Vec<f64> = from.iter().zip(&steps).map(|(d, step)| step - (a + b * d)).collect();
    stable.then(|| Some((-a / b, variance(&residuals)?.sqrt()))).flatten()
}

#[cfg(test)]
mod tests {
    use super::equilibrium;
    use crate::rules::tests::{of, said};

    #[test]
    fn the_equilibrium_is_where_the_fit_stands_still() {
        // D' = D + 1 - 0.5 D exactly: 0, 1, 1.5, 1.75 ..., D* = 2, no residuals.
        let (centre, spread) = equilibrium(&[0.0, 1.0, 1.5, 1.75, 1.875]).unwrap();
        assert!((centre - 2.0).abs() < 1e-12 && spread < 1e-12);
        assert_eq!(equilibrium(&[1.0, 2.0, 4.0, 8.0]), None);
    }

    #[test]
    fn it_reminds_above_the_equilibrium_and_not_too_often() {
        let turns = of("goal_kl", &[0.0, 1.0, 1.5, 1.75, 2.5, 2.5, 2.5, 1.0]);
        // Given: above 2 + 2 * 0.1. Every two turns at most.
        let given = "[drift]\nequilibrium = 2\nspread = 0.1\ngap = 2";
        assert_eq!(said(given, &turns), "----R-R-");
        // Fitted over the first four: D* = 2 without residuals, so 2.5 on turn 5 is above.
        assert_eq!(said("[drift]\nafter = 4\ngap = 9", &turns), "----R---");
    }
}
