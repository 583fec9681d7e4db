//! Stops when the model is confident enough for how far the attempt has come: early only if it is very sure,
//! later with less.
//!
//! SchED (arXiv 2512.02892; papers.md A9): stop when the confidence is at least tau(p), p the share of the
//! turns used, with tau linear `hi + (lo - hi) p`, cosine `lo + (hi - lo)(1 + cos(pi p)) / 2` or exponential
//! `lo + (hi - lo) exp(-k p)`.

use serde::{Deserialize, Serialize};
use turnwise_core::TurnFacts;
use turnwise_toml::Table;

use super::{Finding, Keys, Missing, Settings, Watcher, need};
use crate::{PolicyError, signals::names};

/// The rule's settings. It remembers nothing: the signals count.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Sched {
    /// The confidence.
    signal: String,
    schedule: Schedule,
    hi: f64,
    lo: f64,
    /// How many turns count as all of them; `None`: the turn limit.
    horizon: Option<u32>,
}

/// How the threshold falls.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Schedule {
    Linear,
    Cosine,
    Exponential(f64),
}

impl Sched {
    pub(crate) fn read(table: &mut Table) -> Result<Self, PolicyError> {
        let words = [("linear", 0), ("cosine", 1), ("exponential", 2)];
        let schedule = match table.word("schedule", &words)?.unwrap_or(0) {
            0 => Schedule::Linear,
            1 => Schedule::Cosine,
            _ => Schedule::Exponential(table.real("k", (0.0, f64::MAX), Some(4.0))?),
        };
        let hi = table.real("hi", (f64::MIN, f64::MAX), Some(0.97))?;
        let horizon = match table.peek("horizon") {
            Some(_) => Some(table.count("horizon", (1, u32::MAX), None)?),
            None => {
                let _absent = table.take("horizon");
                None
            }
        };
        Ok(Self {
            signal: table.signal("signal", Some(names::PROBE))?,
            schedule,
            hi,
            lo: table.real("lo", (f64::MIN, hi), Some(f64::min(0.6, hi)))?,
            horizon,
        })
    }

    /// The threshold at a share `p` of the turns.
    fn threshold(&self, p: f64) -> f64 {
        let span = self.hi - self.lo;
        match self.schedule {
            Schedule::Linear => self.hi - span * p,
            Schedule::Cosine => self.lo + span * (1.0 + (std::f64::consts::PI * p).cos()) / 2.0,
            Schedule::Exponential(k) => self.lo + span * (-k * p).exp(),
        }
    }
}

impl Settings for Sched {
    fn name(&self) -> &'static str {
        "sched"
    }

    fn needs(&self) -> Vec<String> {
        let pace = self.horizon.is_none().then(|| names::TURN_SHARE.to_owned());
        [self.signal.clone()].into_iter().chain(pace).collect()
    }

    fn watcher(&self) -> Box<dyn Watcher> {
        Box::new(self.clone())
    }

    fn explain(&self) -> String {
        let Self { signal, hi, lo, .. } = self;
        format!(
            "stops an attempt once signal `{signal}` reaches a threshold that falls from {hi} to {lo} over the turns"
        )
    }
}

impl Watcher for Sched {
    fn look(&mut self, facts: &TurnFacts) -> Result<Finding, Missing> {
        let confidence = need(facts, &self.signal)?;
        let p = match self.horizon {
            Some(turns) => (f64::from(facts.turn) / f64::from(turns)).min(1.0),
            None => need(facts, names::TURN_SHARE)?,
        };
        Ok(Finding::stop_at(confidence, self.threshold(p)))
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::tests::{of, said, thresholds};

    #[test]
    fn the_threshold_falls_as_the_schedule_says() {
        let turns = of("probe", &[0.7; 4]);
        let rule = "[sched]\nhi = 0.9\nlo = 0.5\nhorizon = 4\nschedule = ";
        // Linear at p = 1/4, 1/2, 3/4, 1: 0.8, 0.7, 0.6, 0.5.
        let close =
            |one: Vec<f64>, other: [f64; 4]| one.iter().zip(other).all(|(a, b)| (a - b).abs() < 1e-12);
        assert!(close(thresholds(&format!("{rule}'linear'"), &turns), [0.8, 0.7, 0.6, 0.5]));
        assert_eq!(said(&format!("{rule}'cosine'"), &turns), "-SSS");
        // Cosine: 0.5 + 0.4 (1 + cos(pi p)) / 2 with cos(pi/4) = 0.70711.
        let half = 0.5 + 0.2 * (1.0 + std::f64::consts::FRAC_1_SQRT_2);
        let other = 0.5 + 0.2 * (1.0 - std::f64::consts::FRAC_1_SQRT_2);
        assert!(close(thresholds(&format!("{rule}'cosine'"), &turns), [half, 0.7, other, 0.5]));
        // Exponential with k = 4: 0.5 + 0.4 exp(-4 p) = 0.64715, 0.55413, 0.51991, 0.50733.
        let exponential = [-1.0_f64, -2.0, -3.0, -4.0].map(|power| 0.5 + 0.4 * power.exp());
        assert!(close(thresholds(&format!("{rule}'exponential'"), &turns), exponential));
        assert_eq!(said("[sched]", &turns), "????");
    }
}
