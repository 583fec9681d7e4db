//! The next token from logits, and what the distribution was like.

use std::mem;

use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};
use turnwise_core::{Sampling, TokenStats};

/// Draws the tokens of one reply.
///
/// Its random numbers depend on the conversation's seed and the reply's number only, so that a conversation
/// restored from a record goes on as it would have.
#[derive(Debug)]
pub(crate) struct Sampler {
    sampling: Sampling,
    rng: ChaCha8Rng,
    /// Room for penalised logits.
    penalised: Vec<f32>,
    entropy_sum: f64,
    logprob_sum: f64,
    drawn: usize,
}

/// A token and what it was drawn from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Drawn {
    pub(crate) token: u32,
    /// In nats.
    pub(crate) logprob: f64,
    /// In nats.
    pub(crate) entropy: f64,
}

impl Sampler {
    /// For reply number `reply` of a conversation.
    pub(crate) fn new(sampling: Sampling, seed: u64, reply: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(reply);
        Self { sampling, rng, penalised: Vec::new(), entropy_sum: 0.0, logprob_sum: 0.0, drawn: 0 }
    }

    /// Draws a token; `before` is everything said so far. What is measured is the model's own distribution, before
    /// penalties, temperature and cuts.
    pub(crate) fn draw(&mut self, logits: &[f32], before: &[u32]) -> Drawn {
        let full = Distribution::of(logits);
        let chosen = match self.sampling.repetition_penalty == 1.0 {
            true => self.choose(logits, full.likeliest, full.largest),
            false => {
                let mut penalised = mem::take(&mut self.penalised);
                penalise(logits, before, self.sampling.repetition_penalty, &mut penalised);
                let Distribution { likeliest, largest, .. } = Distribution::of(&penalised);
                let chosen = self.choose(&penalised, likeliest, largest);
                self.penalised = penalised;
                chosen
            }
        };
        self.count(u32::try_from(chosen).unwrap_or(u32::MAX), logits, &full)
    }

    /// Takes this token as if it had been drawn.
    pub(crate) fn take(&mut self, token: u32, logits: &[f32]) -> Drawn {
        self.count(token, logits, &Distribution::of(logits))
    }

    fn count(&mut self, token: u32, logits: &[f32], full: &Distribution) -> Drawn {
        let (entropy, logprob) = (full.entropy, f64::from(logits[token as usize]) - full.log_sum);
        self.entropy_sum += entropy;
        self.logprob_sum += logprob;
        self.drawn += 1;
        Drawn { token, logprob, entropy }
    }

    /// How many tokens were drawn.
    pub(crate) fn drawn(&self) -> usize {
        self.drawn
    }

    /// The means over the tokens drawn.
    pub(crate) fn stats(&self) -> TokenStats {
        let mean = |sum: f64| (self.drawn > 0).then(|| sum / self.drawn as f64);
        TokenStats { entropy_mean: mean(self.entropy_sum), logprob_mean: mean(self.logprob_sum) }
    }

    fn choose(&mut self, logits: &[f32], likeliest: usize, largest: f32) -> usize {
        match self.sampling.temperature > 0.0 {
            true => self.draw_at_temperature(logits, largest),
            false => likeliest,
        }
    }

    fn draw_at_temperature(&mut self, logits: &[f32], largest: f32) -> usize {
        let temperature = self.sampling.temperature;
        let weight = |logit: &f32| (f64::from(logit - largest) / temperature).exp();
        let weights: Vec<f64> = logits.iter().map(weight).collect();
        let kept = keep(&weights, &self.sampling);
        let mut rest = self.uniform() * kept.iter().map(|&token| weights[token]).sum::<f64>();
        let hit = kept.iter().find(|&&token| {
            rest -= weights[token];
            rest < 0.0
        });
        // Rounding may leave a crumb after the last one.
        hit.or(kept.last()).copied().unwrap_or(0)
    }

    /// Uniform in [0, 1).
    fn uniform(&mut self) -> f64 {
        (self.rng.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// Makes tokens that occurred less likely.
fn penalise(logits: &[f32], before: &[u32], penalty: f64, out: &mut Vec<f32>) {
    #[expect(clippy::cast_possible_truncation, reason = "logits are single precision")]
    let penalty = penalty as f32;
    out.clear();
    out.extend_from_slice(logits);
    for &token in before {
        let token = token as usize;
        // Taken from the original: a token that occurred twice is not punished twice.
        let logit = logits[token];
        out[token] = if logit > 0.0 { logit / penalty } else { logit * penalty };
    }
}

/// The tokens that the cuts leave, in a fixed order. The largest weight is 1.
fn keep(weights: &[f64], sampling: &Sampling) -> Vec<usize> {
    let Sampling { top_k, top_p, min_p, .. } = *sampling;
    let mut kept: Vec<usize> = (0..weights.len()).collect();
    if min_p > 0.0 {
        let largest = weights.iter().copied().fold(0.0, f64::max);
        kept.retain(|&token| weights[token] >= min_p * largest);
    }
    if top_k == 0 && top_p >= 1.0 {
        return kept;
    }
    // Ties go to the smaller token, so that there is one order.
    let order = |a: &usize, b: &usize| weights[*b].total_cmp(&weights[*a]).then(a.cmp(b));
    if top_k > 0 && top_k < kept.len() {
        kept.select_nth_unstable_by(top_k, order);
        kept.truncate(top_k);
    }
    // All tokens below this weight together hold less than what the nucleus leaves out: sorting the
    // others is enough, and they are few.
    let total: f64 = kept.iter().map(|&token| weights[token]).sum();
    let floor = (1.0 - top_p) * total / kept.len() as f64;
    kept.retain(|&token| weights[token] >= floor);
    kept.sort_unstable_by(order);
    let mut held = 0.0;
    let reached = kept.iter().position(|&token| {
        held += weights[token];
        held >= top_p * total
    });
    kept.truncate(reached.map_or(kept.len(), |last| last + 1));
    kept
}

/// The distribution at temperature 1.
struct Distribution {
    likeliest: usize,
    /// Its logit.
    largest: f32,
    /// The logarithm of the sum of the exponentials.
    log_sum: f64,
    /// In nats.
    entropy: f64,
}

impl Distribution {
    fn of(logits: &[f32]) -> Self {
        let (mut likeliest, mut largest) = (0, f32::NEG_INFINITY);
        for (i, &logit) in logits.iter().enumerate() {
            if logit > largest {
                (likeliest, largest) = (i, logit);
            }
        }
        let (mut sum, mut weighted) = (0.0, 0.0);
        for &logit in logits {
            let below = logit - largest;
            let weight = below.exp();
            sum += f64::from(weight);
            // Of a logit of minus infinity the weight is 0, and so is the product.
            weighted += if weight > 0.0 { f64::from(weight * below) } else { 0.0 };
        }
        let log = sum.ln();
        Self {
            likeliest,
            largest,
            log_sum: f64::from(largest) + log,
            entropy: (log - weighted / sum).max(0.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use turnwise_core::Sampling;

    use super::{Sampler, keep, penalise};

    const LOGITS: [f32; 4] = [1.0, 3.0, 2.0, 3.0];

    fn draws(sampling: &Sampling, seed: u64) -> Vec<u32> {
        let mut sampler = Sampler::new(sampling.clone(), seed, 0);
        (0..400).map(|_| sampler.draw(&LOGITS, &[]).token).collect()
    }

    #[test]
    fn greedy_takes_the_first_of_the_likeliest_and_measures() {
        let mut sampler = Sampler::new(Sampling::greedy(1), 0, 0);
        assert_eq!(sampler.draw(&LOGITS, &[]).token, 1);
        let sum: f64 = LOGITS.iter().map(|&x| f64::from(x).exp()).sum();
        let p = LOGITS.map(|x| f64::from(x).exp() / sum);
        let entropy: f64 = p.iter().map(|p| -p * p.ln()).sum();
        let stats = sampler.stats();
        assert!((stats.entropy_mean.unwrap() - entropy).abs() < 1e-6);
        assert!((stats.logprob_mean.unwrap() - p[1].ln()).abs() < 1e-6);
    }

    #[test]
    fn draws_follow_the_seed_and_the_cuts() {
        let free = Sampling { temperature: 1.0, ..Sampling::greedy(1) };
        assert_eq!(draws(&free, 7), draws(&free, 7));
        assert_ne!(draws(&free, 7), draws(&free, 8));
        let share = draws(&free, 7).iter().filter(|&&token| token == 1).count();
        assert!((120..200).contains(&share), "{share} of 400, expected 158");
        let two = Sampling { top_k: 2, ..free.clone() };
        assert!(draws(&two, 7).iter().all(|token| [1, 3].contains(token)));
        let nucleus = Sampling { top_p: 0.5, ..free.clone() };
        assert!(draws(&nucleus, 7).iter().all(|token| [1, 3].contains(token)));
        let likely = Sampling { min_p: 0.3, ..free };
        assert!(draws(&likely, 7).iter().all(|token| [1, 2, 3].contains(token)));
    }

    #[test]
    fn what_occurred_is_less_likely_and_is_not_punished_twice() {
        let sampling = Sampling { repetition_penalty: 1.4, ..Sampling::greedy(1) };
        let mut sampler = Sampler::new(sampling, 0, 0);
        assert_eq!(sampler.draw(&LOGITS, &[]).token, 1);
        assert_eq!(sampler.draw(&LOGITS, &[1]).token, 3);
        // 3 / 1.4 is still more than 2.
        assert_eq!(sampler.draw(&LOGITS, &[1, 3, 1, 3]).token, 1);
        let mut out = Vec::new();
        penalise(&[-1.0, 2.0], &[0, 1], 2.0, &mut out);
        assert_eq!(out, [-2.0, 1.0]);
    }

    #[test]
    fn the_cuts_keep_what_they_say() {
        let weights = [0.1, 0.4, 0.05, 0.25, 0.2];
        let kept = |top_k, top_p| keep(&weights, &Sampling { top_k, top_p, ..Sampling::greedy(1) });
        assert_eq!(kept(0, 1.0), [0, 1, 2, 3, 4]);
        assert_eq!(kept(3, 1.0), [1, 3, 4]);
        assert_eq!(kept(0, 0.7), [1, 3, 4]);
        assert_eq!(kept(0, 0.6), [1, 3]);
        assert_eq!(kept(2, 0.6), [1]);
        assert_eq!(kept(0, 0.0), [1]);
        assert_eq!(kept(9, 0.99), [1, 3, 4, 0, 2]);
        assert_eq!(keep(&weights, &Sampling { min_p: 0.5, ..Sampling::greedy(1) }), [1, 3, 4]);
    }
}
