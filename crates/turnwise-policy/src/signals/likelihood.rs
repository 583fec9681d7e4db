//! How sure the model was of its own words. Absent for models that do not say.

use super::{Family, Gauge, Moment, Recent, Signal, mean, names};

/// How many turns a slope is measured over.
const TREND: usize = 8;
/// How many turns an entropy is compared with.
const WINDOW: usize = 16;

pub(super) const SIGNALS: &[Signal] = &[
    Signal::facts(
        names::ENTROPY,
        "mean entropy of the reply's next-token distributions, in nats",
        "EPO, arXiv 2509.22576",
    ),
    Signal::facts(names::LOGPROB, "mean log-probability of the reply's tokens, in nats", "papers.md row 33"),
    Signal::facts(
        names::ENTROPY_SLOPE,
        "slope per turn of the entropy over the last 8 turns that have one; absent before four",
        "papers.md A13",
    ),
    Signal::facts(
        names::LOGPROB_SLOPE,
        "slope per turn of the mean log-probability over the last 8 turns that have one; absent before four",
        "lazy likelihood displacement, papers.md row 33",
    ),
    Signal::facts(
        names::STEP_WEIGHT,
        "g = exp(-H') over its mean, H' the turn's entropy scaled to [0, 1] between the least and the most of the last 16 \
         turns; absent before two",
        "EMPG, arXiv 2509.09265",
    ),
    Signal::facts(
        names::STEP_QUALITY,
        "of the turn before, now that its successor is known: its g plus 0.05 exp(-H') of this turn; absent before three",
        "EMPG, arXiv 2509.09265",
    ),
];

/// How much the clarity of the next step counts (EMPG's zeta).
const FUTURE: f64 = 0.05;

#[derive(Debug)]
pub(super) struct Likelihood {
    entropies: Recent<f64>,
    logprobs: Recent<f64>,
    window: Recent<f64>,
    weight: Option<f64>,
}

impl Default for Likelihood {
    fn default() -> Self {
        Self {
            entropies: Recent::new(TREND),
            logprobs: Recent::new(TREND),
            window: Recent::new(WINDOW),
            weight: None,
        }
    }
}

impl Family for Likelihood {
    fn measure(&mut self, moment: &Moment<'_>, gauge: &mut Gauge<'_>) {
        let stats = moment.spoken.stats;
        if let Some(logprob) = stats.logprob_mean.filter(|value| value.is_finite()) {
            self.logprobs.push(logprob);
            gauge.set(names::LOGPROB, logprob);
            gauge.set_some(names::LOGPROB_SLOPE, self.logprobs.slope());
        }
        let Some(entropy) = stats.entropy_mean.filter(|value| value.is_finite()) else { return };
        self.entropies.push(entropy);
        gauge.set(names::ENTROPY, entropy);
        gauge.set_some(names::ENTROPY_SLOPE, self.entropies.slope());
        self.window.push(entropy);
        let scaled = scaled(&self.window.to_vec());
        let clear: Vec<f64> = scaled.iter().map(|entropy| (-entropy).exp()).collect();
        if let (Some(now), Some(mean), true) = (clear.last(), mean(&clear), clear.len() > 1) {
            gauge.set_some(names::STEP_QUALITY, self.weight.map(|weight| weight + FUTURE * now));
            self.weight = Some(now / mean);
            gauge.set_some(names::STEP_WEIGHT, self.weight);
        }
    }
}

/// The values between the least and the most of them, as shares.
fn scaled(values: &[f64]) -> Vec<f64> {
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    values.iter().map(|value| (value - least) / (most - least + 1e-8)).collect()
}
