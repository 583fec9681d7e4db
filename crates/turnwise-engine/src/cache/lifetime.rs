//! How long a conversation's cache is worth keeping while its tool runs: the time-to-live of Continuum
//! (arXiv 2511.02230).
//!
//! τ* = argmax over τ of P(τ) · (T̄ · η + reload) − τ, where P is the distribution of past pauses, T̄ the mean time
//! that requests have waited to be taken up, η = −Corr(k, N − k) over ended conversations of N replies, and reload
//! the time to compute the cache again. All times in milliseconds. Pure: it is told every time.

use std::collections::VecDeque;

/// Pauses that are remembered.
const HISTORY: usize = 512;
/// Fewer pauses than this say too little; then an exponential distribution of their mean stands in.
const ENOUGH: usize = 100;
/// The mean pause before any was seen: what a short command takes.
const FIRST_GUESS_MS: f64 = 1_000.0;

/// What has been seen of pauses, waits and lengths.
#[derive(Debug, Default)]
pub(super) struct Lifetime {
    pauses: VecDeque<f64>,
    waits: Mean,
    lengths: Correlation,
}

impl Lifetime {
    /// A conversation came back after a pause.
    pub(super) fn paused(&mut self, ms: f64) {
        if self.pauses.len() == HISTORY {
            self.pauses.pop_front();
        }
        self.pauses.push_back(ms);
    }

    /// A request was taken up after waiting.
    pub(super) fn waited(&mut self, ms: f64) {
        self.waits.add(ms);
    }

    /// A conversation ended after this many replies.
    pub(super) fn ended(&mut self, replies: u64) {
        for done in 1..=replies {
            self.lengths.add(done as f64, (replies - done) as f64);
        }
    }

    /// For how long to keep a cache that takes `reload_ms` to compute again.
    pub(super) fn time_to_live(&self, reload_ms: f64) -> f64 {
        let benefit = self.waits.value() * self.memory_of_length() + reload_ms;
        if self.pauses.len() < ENOUGH {
            return exponential(self.mean_pause(), benefit);
        }
        let mut sorted: Vec<f64> = self.pauses.iter().copied().collect();
        sorted.sort_by(f64::total_cmp);
        let total = sorted.len() as f64;
        let worth = |(k, &pause): (usize, &f64)| (((k + 1) as f64 / total) * benefit - pause, pause);
        let best = sorted.iter().enumerate().map(worth).max_by(|a, b| a.0.total_cmp(&b.0));
        best.filter(|(worth, _)| *worth > 0.0).map_or(0.0, |(_, pause)| pause)
    }

    /// η: 1 where all conversations are equally long, 0 where what is done says nothing about what is left.
    fn memory_of_length(&self) -> f64 {
        -self.lengths.value().unwrap_or(0.0)
    }

    fn mean_pause(&self) -> f64 {
        match self.pauses.len() {
            0 => FIRST_GUESS_MS,
            n => self.pauses.iter().sum::<f64>() / n as f64,
        }
    }
}

/// The best τ where pauses are exponential: (1 − e^(−τ/m)) · b − τ is largest at m · ln(b / m).
fn exponential(mean: f64, benefit: f64) -> f64 {
    if benefit <= mean || mean <= 0.0 { 0.0 } else { mean * (benefit / mean).ln() }
}

#[derive(Debug, Default)]
struct Mean {
    sum: f64,
    count: f64,
}

impl Mean {
    fn add(&mut self, x: f64) {
        self.sum += x;
        self.count += 1.0;
    }

    fn value(&self) -> f64 {
        if self.count > 0.0 { self.sum / self.count } else { 0.0 }
    }
}

/// Pearson's correlation, as sums.
#[derive(Debug, Default)]
struct Correlation {
    n: f64,
    x: f64,
    y: f64,
    xx: f64,
    yy: f64,
    xy: f64,
}

impl Correlation {
    fn add(&mut self, x: f64, y: f64) {
        self.n += 1.0;
        self.x += x;
        self.y += y;
        self.xx += x * x;
        self.yy += y * y;
        self.xy += x * y;
    }

    fn value(&self) -> Option<f64> {
        let covariance = self.n * self.xy - self.x * self.y;
        let spread = (self.n * self.xx - self.x * self.x) * (self.n * self.yy - self.y * self.y);
        (spread > 0.0).then(|| covariance / spread.sqrt())
    }
}

#[cfg(test)]
mod tests {
    use super::Lifetime;

    #[test]
    fn a_cold_start_takes_pauses_for_exponential() {
        let fresh = Lifetime::default();
        assert_eq!(fresh.time_to_live(500.0), 0.0, "cheaper to compute again than to wait for");
        assert!((fresh.time_to_live(2_718.281_828) - 1_000.0).abs() < 1e-3);
    }

    #[test]
    fn the_best_time_covers_the_short_pauses_and_gives_up_on_the_long_ones() {
        let mut seen = Lifetime::default();
        for k in 0..200 {
            seen.paused(if k % 10 == 0 { 60_000.0 } else { 20.0 });
        }
        // 0.9 · 300 − 20 against 1.0 · 300 − 60,000.
        assert_eq!(seen.time_to_live(300.0), 20.0);
        // 0.9 · 700,000 − 20 against 700,000 − 60,000.
        assert_eq!(seen.time_to_live(700_000.0), 60_000.0);
        // 0.9 · 20 − 20 is a loss.
        assert_eq!(seen.time_to_live(20.0), 0.0);
    }

    #[test]
    fn waiting_counts_only_where_length_is_predictable() {
        let mut alike = Lifetime::default();
        let mut unlike = Lifetime::default();
        for lifetime in [&mut alike, &mut unlike] {
            (0..200).for_each(|_| lifetime.paused(100.0));
            lifetime.waited(1_000.0);
        }
        (0..5).for_each(|_| alike.ended(10));
        assert!((alike.memory_of_length() - 1.0).abs() < 1e-9);
        assert_eq!(alike.time_to_live(0.0), 100.0);
        assert_eq!(unlike.time_to_live(0.0), 0.0);
    }
}
