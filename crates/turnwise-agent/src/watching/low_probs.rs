//! The tokens that the model was least sure of: the mean of the smallest probabilities of a reply. After AgentStop (arXiv
//! 2605.15206). Measured while the reply is written, so a reply that is known brings the number with it.

use turnwise_core::{Outlook, Seen, Watcher};
use turnwise_policy::signals::names;

/// How many of the smallest.
const SMALLEST: usize = 10;

/// Keeps the smallest log-probabilities of a reply, ascending.
#[derive(Debug, Default)]
pub(super) struct LowProbs(Vec<f64>);

impl Watcher for LowProbs {
    fn token(&mut self, seen: &Seen<'_>) -> Outlook {
        if seen.index == 0 {
            // What was left of a reply that was given up.
            self.0.clear();
        }
        let at = self.0.partition_point(|logprob| *logprob <= seen.logprob);
        self.0.insert(at, seen.logprob);
        self.0.truncate(SMALLEST);
        Outlook::Continue
    }

    fn measures(&self) -> Vec<String> {
        vec![names::LOW_PROBS.to_owned()]
    }

    fn measured(&mut self) -> Vec<(String, f64)> {
        let smallest = std::mem::take(&mut self.0);
        if smallest.is_empty() {
            return Vec::new();
        }
        let sum: f64 = smallest.iter().map(|logprob| logprob.exp()).sum();
        vec![(names::LOW_PROBS.to_owned(), sum / smallest.len() as f64)]
    }
}

#[cfg(test)]
mod tests {
    use turnwise_core::{Seen, Watcher};

    use super::LowProbs;

    /// What is measured on a reply of tokens with these probabilities.
    fn measured(watcher: &mut LowProbs, probabilities: &[f64]) -> Option<f64> {
        for (index, p) in probabilities.iter().enumerate() {
            let (text, adds, likeliest, logprobs, hidden) = ("", "", &[][..], &[][..], &[][..]);
            let (token, logprob, entropy) = (0, p.ln(), 0.0);
            watcher.token(&Seen { token, text, adds, index, logprob, entropy, likeliest, logprobs, hidden });
        }
        watcher.measured().first().map(|(_, value)| *value)
    }

    #[test]
    fn the_ten_smallest_are_averaged() {
        let mut watcher = LowProbs::default();
        let near = |value: Option<f64>, expected: f64| {
            let value = value.unwrap();
            assert!((value - expected).abs() < 1e-12, "{value}");
        };
        near(measured(&mut watcher, &[0.5, 0.25]), 0.375);
        // 0.05, 0.10 ... 0.60: the ten smallest are 0.05 to 0.50.
        let twelve: Vec<f64> = (1..=12).rev().map(|n| 0.05 * f64::from(n)).collect();
        near(measured(&mut watcher, &twelve), 0.275);
        assert_eq!(measured(&mut watcher, &[]), None);
        // A reply that was given up is forgotten.
        let mut again = LowProbs(vec![-9.0]);
        near(measured(&mut again, &[0.5]), 0.5);
    }
}
