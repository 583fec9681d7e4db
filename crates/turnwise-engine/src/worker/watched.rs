//! What watchers want to see: the states, caught while the decoder computes, and the likeliest tokens.

use std::{
    collections::BTreeMap,
    sync::{Arc, MutexGuard, PoisonError},
};

use turnwise_core::{Likely, SharedWatcher, States, Watcher};

use crate::{Tokenizer, sampler::Drawn, tap::Tap};

/// A watcher and what it wants to see, which it is asked for once.
#[derive(Clone)]
pub(crate) struct Watched {
    watcher: SharedWatcher,
    pub(crate) layers: Arc<[usize]>,
    pub(super) likeliest: usize,
    pub(super) reads: bool,
    pub(super) distributions: bool,
}

impl Watched {
    pub(crate) fn by(watcher: SharedWatcher) -> Self {
        let (layers, likeliest, reads, distributions) = {
            let watcher = watcher.lock().unwrap_or_else(PoisonError::into_inner);
            (watcher.layers().into(), watcher.likeliest(), watcher.reads(), watcher.distributions())
        };
        Self { watcher, layers, likeliest, reads, distributions }
    }

    /// What it measured on the reply that has just ended, and the states that it kept of it.
    pub(crate) fn measured(&self) -> (Vec<(String, f64)>, Option<States>) {
        let mut watcher = self.lock();
        (watcher.measured(), watcher.states())
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, dyn Watcher + 'static> {
        self.watcher.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The `most` likeliest tokens at the place where one was drawn, the likeliest first and of two alike the smaller.
pub(super) fn likeliest(drawn: &Drawn, logits: &[f32], most: usize, tokenizer: &Tokenizer) -> Vec<Likely> {
    if most == 0 {
        return Vec::new();
    }
    let mut best: Vec<(u32, f32)> = Vec::with_capacity(most);
    for (token, &logit) in (0..).zip(logits) {
        if best.len() == most && best[most - 1].1 >= logit {
            continue;
        }
        best.truncate(most - 1);
        best.insert(best.partition_point(|(_, other)| *other >= logit), (token, logit));
    }
    let chosen = logits.get(drawn.token as usize).copied().unwrap_or_default();
    let likely = |(token, logit): (u32, f32)| Likely {
        token,
        text: tokenizer.text(token).to_owned(),
        logprob: f64::from(logit) - f64::from(chosen) + drawn.logprob,
    };
    best.into_iter().map(likely).collect()
}

/// The log-probability of every token at the place where one was drawn; nothing unless it is wanted.
pub(super) fn distribution(drawn: &Drawn, logits: &[f32], wanted: bool) -> Vec<f32> {
    if !wanted {
        return Vec::new();
    }
    // That of the token drawn is its logit less the logarithm of the sum of all exponentials.
    let chosen = logits.get(drawn.token as usize).copied().unwrap_or_default();
    let log_sum = f64::from(chosen) - drawn.logprob;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "log-probabilities in single precision, as logits are"
    )]
    let logprob = |logit: &f32| (f64::from(*logit) - log_sum) as f32;
    logits.iter().map(logprob).collect()
}

/// Keeps some rows of some layers of one step.
#[derive(Debug, Default)]
pub(super) struct WatchedRows {
    rows: Vec<usize>,
    /// For each layer that anybody wants, its states at the rows, `[rows, width]`.
    states: BTreeMap<usize, Vec<f32>>,
    width: usize,
}

impl WatchedRows {
    /// Catches nothing yet; states are `width` wide.
    pub(super) fn new(width: usize) -> Self {
        Self { width, ..Self::default() }
    }

    /// Wants these layers at this row of the step. Says which of the rows it is.
    pub(super) fn want(&mut self, row: usize, layers: &[usize]) -> usize {
        for layer in layers {
            self.states.entry(*layer).or_default();
        }
        self.rows.push(row);
        self.rows.len() - 1
    }

    /// What was caught of these layers at one of the rows.
    pub(super) fn states(&self, row: usize, layers: &[usize]) -> Vec<&[f32]> {
        let at = row * self.width..(row + 1) * self.width;
        layers.iter().filter_map(|layer| self.states.get(layer)?.get(at.clone())).collect()
    }
}

impl Tap for WatchedRows {
    fn wants(&self, layer: usize) -> bool {
        self.states.contains_key(&layer)
    }

    fn layer(&mut self, layer: usize, hidden: &[f32]) {
        if let Some(states) = self.states.get_mut(&layer) {
            let rows =
                self.rows.iter().filter_map(|row| hidden.get(row * self.width..(row + 1) * self.width));
            rows.for_each(|row| states.extend_from_slice(row));
        }
    }
}

#[cfg(test)]
mod tests {
    use turnwise_core::Sampling;

    use super::distribution;
    use crate::sampler::Sampler;

    #[test]
    fn distributions_of_large_logits_are_still_numbers() {
        // e^-2, e^-1 and 1 over their sum; the same a hundred and a thousand times as far apart.
        for scale in [1.0, 100.0, 1_000.0_f32] {
            let logits = [1.0, 2.0, 3.0, -40.0].map(|logit| logit * scale);
            let drawn = Sampler::new(Sampling::greedy(1), 0, 0).draw(&logits, &[]);
            let logprobs = distribution(&drawn, &logits, true);
            let sum: f64 = logprobs.iter().map(|logprob| f64::from(*logprob).exp()).sum();
            assert!(
                logprobs.iter().all(|logprob| logprob.is_finite()) && (sum - 1.0).abs() < 1e-6,
                "{logprobs:?}"
            );
            assert!((logprobs[1] - logprobs[0] - scale).abs() < 1e-3, "{logprobs:?}");
        }
        let drawn = Sampler::new(Sampling::greedy(1), 0, 0).draw(&[0.0, 0.0], &[]);
        assert!(distribution(&drawn, &[0.0, 0.0], false).is_empty());
    }
}
