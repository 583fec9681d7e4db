//! A diagnostic: says when a signal shows the early-warning signs of a tipping point. Only in shadow: not every
//! turn for the worse shows them, and what warns in one system reassures in another (arXiv 1305.7137; papers.md
//! A13).
//!
//! The series so far is detrended (least-squares line); in a rolling window its lag-1 autocorrelation or its
//! variance is taken; Kendall's tau measures whether that rises over time; and it is held against surrogates:
//! series of the same length from an AR(1) process fitted to the detrended one. The score is the share of
//! surrogates whose tau is at least as large (a p-value); it fires below `level`. The surrogates are drawn from
//! `seed`, so it is repeatable; they cost up to a millisecond, on every `every`-th turn.

use serde::{Deserialize, Serialize};
use turnwise_core::TurnFacts;
use turnwise_toml::Table;

use super::{Finding, Keys, Missing, Say, Settings, Watcher, need};
use crate::{
    PolicyError,
    signals::{lag1, line, names, variance},
};

/// The rule's settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct EarlyWarning {
    signal: String,
    indicator: Indicator,
    window: u32,
    every: u32,
    surrogates: u32,
    level: f64,
    seed: u32,
}

/// What is measured in the rolling window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Indicator {
    Lag1,
    Variance,
}

impl EarlyWarning {
    pub(crate) fn read(table: &mut Table) -> Result<Self, PolicyError> {
        let indicators = [("lag1", Indicator::Lag1), ("variance", Indicator::Variance)];
        Ok(Self {
            signal: table.signal("signal", Some(names::ENTROPY))?,
            indicator: table.word("indicator", &indicators)?.unwrap_or(Indicator::Lag1),
            window: table.count("window", (4, 1000), Some(8))?,
            every: table.count("every", (1, u32::MAX), Some(4))?,
            surrogates: table.count("surrogates", (20, 1000), Some(200))?,
            level: table.share("level", Some(0.05))?,
            seed: table.count("seed", (0, u32::MAX), Some(1))?,
        })
    }
}

impl Settings for EarlyWarning {
    fn name(&self) -> &'static str {
        "early_warning"
    }

    fn needs(&self) -> Vec<String> {
        vec![self.signal.clone()]
    }

    fn watcher(&self) -> Box<dyn Watcher> {
        Box::new(WarningWatcher { settings: self.clone(), series: Vec::new() })
    }

    fn explain(&self) -> String {
        format!(
            "stops an attempt when signal `{}` shows early-warning signs at level {}",
            self.signal, self.level
        )
    }

    fn only_shadow(&self) -> Option<&'static str> {
        Some("`true`: early warnings are a diagnostic and cannot be obeyed")
    }
}

#[derive(Debug)]
struct WarningWatcher {
    settings: EarlyWarning,
    series: Vec<f64>,
}

impl Watcher for WarningWatcher {
    fn look(&mut self, facts: &TurnFacts) -> Result<Finding, Missing> {
        let EarlyWarning { signal, every, window, level, .. } = &self.settings;
        self.series.push(need(facts, signal)?);
        let long_enough = self.series.len() >= 2 * *window as usize;
        if !long_enough || !facts.turn.is_multiple_of(*every) {
            return Ok(Finding::nothing());
        }
        let Some(p) = self.p_value() else { return Ok(Finding::nothing()) };
        Ok(Finding::of(p, *level).and(|| (p < *level).then_some(Say::Stop)))
    }
}

impl WarningWatcher {
    fn p_value(&self) -> Option<f64> {
        let series = detrended(&self.series);
        let observed = self.trend(&series)?;
        let phi = lag1(&series)?.clamp(-0.99, 0.99);
        let spread = (variance(&series)? * (1.0 - phi * phi)).sqrt();
        let mut noise = Noise::new(self.settings.seed);
        let mut as_large = 1_u32;
        for _ in 0..self.settings.surrogates {
            let mut value = spread / (1.0 - phi * phi).sqrt() * noise.normal();
            let surrogate = series.iter().map(|_| {
                value = phi * value + spread * noise.normal();
                value
            });
            let surrogate = detrended(&surrogate.collect::<Vec<_>>());
            as_large += u32::from(self.trend(&surrogate).is_none_or(|tau| tau >= observed));
        }
        Some(f64::from(as_large) / f64::from(self.settings.surrogates + 1))
    }

    /// Kendall's tau of the indicator over time.
    fn trend(&self, series: &[f64]) -> Option<f64> {
        let measure = match self.settings.indicator {
            Indicator::Lag1 => lag1,
            Indicator::Variance => variance,
        };
        let windows = series.windows(self.settings.window as usize);
        kendall(&windows.map(measure).collect::<Option<Vec<f64>>>()?)
    }
}

/// The residuals of the least-squares line.
fn detrended(series: &[f64]) -> Vec<f64> {
    let at: Vec<f64> = (0..series.len()).map(|index| index as f64).collect();
    let (a, b) = line(&at, series).unwrap_or((0.0, 0.0));
    at.iter().zip(series).map(|(at, value)| value - (a + b * at)).collect()
}

/// (concordant - discordant) / (n (n - 1) / 2), against time.
fn kendall(values: &[f64]) -> Option<f64> {
    let pairs = values.iter().enumerate().flat_map(|(at, earlier)| {
        values[at + 1..].iter().map(move |later| match later.total_cmp(earlier) {
            std::cmp::Ordering::Greater => 1.0,
            std::cmp::Ordering::Equal => 0.0,
            std::cmp::Ordering::Less => -1.0,
        })
    });
    let pairs: Vec<f64> = pairs.collect();
    crate::signals::mean(&pairs)
}

/// Standard normal numbers from a seed (SplitMix64 and Box and Muller).
struct Noise(u64);

impl Noise {
    fn new(seed: u32) -> Self {
        Self(u64::from(seed))
    }

    /// In (0, 1].
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (((bits ^ (bits >> 31)) >> 11) as f64 + 1.0) / (1_u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        let (radius, angle) = (self.uniform(), self.uniform());
        (-2.0 * radius.ln()).sqrt() * (std::f64::consts::TAU * angle).cos()
    }
}

#[cfg(test)]
mod tests {
    use super::{Noise, kendall};
    use crate::rules::tests::{of, said};

    #[test]
    fn kendalls_tau_counts_pairs() {
        assert_eq!(kendall(&[1.0, 2.0, 3.0]), Some(1.0));
        // Pairs: 1-3 up, 1-2 up, 3-2 down.
        assert_eq!(kendall(&[1.0, 3.0, 2.0]), Some(1.0 / 3.0));
    }

    #[test]
    fn swings_that_slow_down_and_grow_warn_and_noise_does_not() {
        let mut noise = Noise::new(7);
        let calm: Vec<f64> = (0..40).map(|_| noise.normal()).collect();
        let growing: Vec<f64> = (0..40).map(|at| f64::from(at).powi(2) * noise.normal()).collect();
        let rule = "[early_warning]\nsignal = 'probe'\nindicator = 'variance'\nshadow = true";
        assert!(!said(rule, &of("probe", &calm)).contains('S'));
        assert!(said(rule, &of("probe", &growing)).ends_with('S'));
    }
}
