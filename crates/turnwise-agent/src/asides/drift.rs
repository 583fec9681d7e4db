//! How far the conversation has carried the model away from its goal: the KL divergence of its next-token distributions,
//! given the whole conversation, from those of the same model given only the opening and the last observation. Both are
//! seen along the reply that was given. After Drift No More (arXiv 2510.07777; papers.md A5).

use std::sync::{Arc, Mutex};

use turnwise_core::{Conversation, ModelError, Outlook, Recital, Reply, Said, Seen, Watcher};
use turnwise_policy::signals::names;

use super::{Answer, Recited, SEED, lock};

/// How many tokens of a reply are looked at, from its first.
const TOKENS: usize = 64;

/// Recites a reply where all that came before it was said, and where only little was; `None` where the model cannot.
pub(super) async fn ask(
    mut before: Box<dyn Conversation>,
    recited: Recited,
) -> Result<Option<Answer>, ModelError> {
    let Recited { knowing, mut tokens } = recited;
    tokens.truncate(TOKENS);
    if tokens.is_empty() {
        return Ok(None);
    }
    let other = before.fork(SEED);
    let whole = Arc::new(Mutex::new(Distributions::default()));
    let Some(reply) = recite(&mut *before, whole.clone(), &tokens).await? else { return Ok(None) };
    let little = Arc::new(Mutex::new(Divergence {
        whole: std::mem::take(&mut *lock(&whole)),
        ..Divergence::default()
    }));
    let Some(mut other) = other else { return Ok(None) };
    let knowing: Vec<Said> = knowing.into_iter().map(Said::Told).collect();
    other.rebuild(&knowing);
    let Some(other) = recite(&mut *other, little.clone(), &tokens).await? else { return Ok(None) };
    // What comes before the reply was read for the reply itself.
    let tokens = reply.usage.decode_tokens + other.usage.prefill_tokens + other.usage.decode_tokens;
    let mean = lock(&little).mean();
    Ok(Some(Answer { numbers: mean.into_iter().map(|mean| (names::GOAL_KL, mean)).collect(), tokens }))
}

async fn recite<W: Watcher + 'static>(
    conversation: &mut dyn Conversation,
    watcher: Arc<Mutex<W>>,
    tokens: &[u32],
) -> Result<Option<Reply>, ModelError> {
    match conversation.watch(Some(watcher)) && conversation.recite(Recital::Part(tokens)) {
        true => conversation.reply().await.map(Some),
        false => Ok(None),
    }
}

/// Keeps the distribution of every token.
#[derive(Debug, Default)]
struct Distributions(Vec<Vec<f32>>);

impl Watcher for Distributions {
    fn distributions(&self) -> bool {
        true
    }

    fn token(&mut self, seen: &Seen<'_>) -> Outlook {
        self.0.push(seen.logprobs.to_vec());
        Outlook::Continue
    }
}

/// Sums the divergences of those distributions from what it sees.
#[derive(Debug, Default)]
struct Divergence {
    whole: Distributions,
    sum: f64,
    count: usize,
}

impl Watcher for Divergence {
    fn distributions(&self) -> bool {
        true
    }

    fn token(&mut self, seen: &Seen<'_>) -> Outlook {
        let Some(whole) = self.whole.0.get(seen.index) else { return Outlook::Stop };
        self.sum += divergence(whole, seen.logprobs);
        self.count += 1;
        Outlook::Continue
    }
}

impl Divergence {
    /// The mean over the tokens. What rounding leaves below nothing is nothing.
    fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| (self.sum / self.count as f64).max(0.0))
    }
}

/// The sum of q ln(q / p) over the vocabulary, from the logarithms of both. What q never says adds nothing.
fn divergence(q: &[f32], p: &[f32]) -> f64 {
    let terms = q.iter().zip(p).map(|(q, p)| (f64::from(*q).exp(), f64::from(*q) - f64::from(*p)));
    terms.filter(|(weight, _)| *weight > 0.0).map(|(weight, ratio)| weight * ratio).sum()
}

#[cfg(test)]
mod tests {
    use super::divergence;

    #[test]
    fn the_divergence_is_the_sum_over_the_vocabulary() {
        let [half, quarter] = [0.5_f32.ln(), 0.25_f32.ln()];
        // 1/2 ln 2 + 1/4 ln(1/2) + 1/4 ln 1 = 1/4 ln 2.
        let kl = divergence(&[half, quarter, quarter], &[quarter, half, quarter]);
        assert!((kl - 0.25 * 2_f64.ln()).abs() < 1e-6);
        assert_eq!(divergence(&[half, half], &[half, half]), 0.0);
        // What is never said is no number to be divided by, and what is said against all odds is infinite.
        assert_eq!(divergence(&[0.0, f32::NEG_INFINITY], &[0.0, f32::NEG_INFINITY]), 0.0);
        assert_eq!(divergence(&[0.0, -1e4], &[-1e4, 0.0]), 1e4);
        assert_eq!(divergence(&[0.0], &[f32::NEG_INFINITY]), f64::INFINITY);
    }
}
