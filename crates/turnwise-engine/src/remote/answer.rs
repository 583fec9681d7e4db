//! A reply as it comes in, whole or in pieces. Pure.

use serde::Deserialize;
use serde_json::Value;
use turnwise_core::{Finish, Reply, TokenStats, Usage};

use super::{
    RemoteError,
    calls::{Calls, WireCall},
    error::Refusal,
    thinking::put_in_front,
};
use crate::http::beginning;

/// What has come of a reply.
#[derive(Debug, Default)]
pub(super) struct Answer {
    thinking: String,
    /// The field that the thinking came in, where it had one of its own.
    thinking_field: Option<&'static str>,
    text: String,
    calls: Calls,
    finish: Option<Finish>,
    usage: Option<WireUsage>,
    logprob: Sum,
    entropy: Sum,
    turnwise: Option<Extension>,
    over: bool,
}

/// A sum, to become a mean.
#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    sum: f64,
    count: u32,
}

/// Something else than a piece of a reply.
#[derive(Debug)]
pub(super) enum Fault {
    Json(serde_json::Error),
    Error(Value),
}

impl Fault {
    /// As an error of this address, which sent these bytes.
    pub(super) fn at(self, url: &str, sent: &[u8]) -> RemoteError {
        match self {
            Self::Json(source) => {
                RemoteError::Malformed { url: url.to_owned(), began: beginning(sent), source }
            }
            Self::Error(error) => {
                // Once it has begun to answer, a server cannot refuse by its status any more.
                let status = error["code"].as_u64().and_then(|code| u16::try_from(code).ok()).unwrap_or(400);
                let refusal = Refusal::new(url, status, sent, None);
                match refusal.is_context_full() {
                    true => RemoteError::Refused(Box::new(refusal)),
                    false => RemoteError::Broken { url: url.to_owned(), said: refusal.said },
                }
            }
        }
    }
}

impl Answer {
    /// Takes a reply that came in one piece.
    pub(super) fn take_whole(&mut self, json: &[u8]) -> Result<(), Fault> {
        let piece: Piece = serde_json::from_slice(json).map_err(Fault::Json)?;
        if piece.choices.is_empty() && piece.error.is_none() {
            return Err(Fault::Json(serde::de::Error::custom("it has no choices")));
        }
        self.take(piece)
    }

    /// Takes the data of an event.
    pub(super) fn take_event(&mut self, data: &str) -> Result<(), Fault> {
        if data.trim() == "[DONE]" {
            self.over = true;
            return Ok(());
        }
        self.take(serde_json::from_str(data).map_err(Fault::Json)?)
    }

    /// Whether nothing more comes.
    pub(super) fn is_over(&self) -> bool {
        self.over
    }

    /// Whether a stream that ends here was not cut: not every server says that it is done.
    pub(super) fn may_end_here(&self) -> bool {
        self.finish.is_some()
    }

    /// The field that the thinking came in, where it had one of its own.
    pub(super) fn thinking_field(&self) -> Option<&'static str> {
        self.thinking_field
    }

    fn take(&mut self, piece: Piece) -> Result<(), Fault> {
        if let Some(error) = piece.error.filter(|error| !error.is_null()) {
            return Err(Fault::Error(error));
        }
        self.usage = piece.usage.or(self.usage.take());
        self.turnwise = piece.turnwise.or(self.turnwise.take());
        let Some(choice) = piece.choices.into_iter().next() else { return Ok(()) };
        let Delta { content, reasoning_content, reasoning, tool_calls } =
            choice.delta.or(choice.message).unwrap_or_default();
        self.text.push_str(&content.unwrap_or_default());
        for (field, thinking) in [("reasoning_content", reasoning_content), ("reasoning", reasoning)] {
            // Some servers send the same under both names.
            let is_first = self.thinking_field.is_none_or(|first| first == field);
            if let Some(thinking) = thinking.filter(|thinking| !thinking.is_empty() && is_first) {
                self.thinking.push_str(&thinking);
                self.thinking_field = Some(field);
            }
        }
        self.calls.take(tool_calls.unwrap_or_default());
        for token in choice.logprobs.and_then(|logprobs| logprobs.content).unwrap_or_default() {
            self.logprob.add(token.logprob);
            if !token.top_logprobs.is_empty() {
                self.entropy.add(entropy_at_least(token.top_logprobs.iter().map(|top| top.logprob)));
            }
        }
        if let Some(reason) = choice.finish_reason {
            let cut = reason == "length";
            self.finish = Some(if cut { Finish::Length } else { Finish::Stop });
        }
        Ok(())
    }

    /// The reply. Thinking that came apart is put back in front of the text.
    pub(super) fn into_reply(self) -> Reply {
        let thought = match self.thinking_field {
            None => String::new(),
            Some(_) => put_in_front(&self.thinking),
        };
        let told = self.turnwise.unwrap_or_default();
        let stats = TokenStats {
            entropy_mean: told.entropy_mean.or(self.entropy.mean()),
            logprob_mean: told.logprob_mean.or(self.logprob.mean()),
        };
        let uncounted = WireUsage { completion_tokens: self.logprob.count.into(), ..WireUsage::default() };
        Reply {
            tool_calls: self.calls.into_calls(),
            finish: self.finish.unwrap_or(Finish::Stop),
            usage: self.usage.unwrap_or(uncounted).into(),
            stats,
            ..Reply::saying(thought + &self.text)
        }
    }
}

impl Sum {
    fn add(&mut self, value: f64) {
        // Servers write what they cannot compute as null, minus infinity or -9999.
        if value.is_finite() && value > -1000.0 {
            self.sum += value;
            self.count += 1;
        }
    }

    fn mean(self) -> Option<f64> {
        (self.count > 0).then(|| self.sum / f64::from(self.count))
    }
}

/// The entropy in nats of a distribution of which only the likeliest outcomes are known, all others taken as
/// one: taking outcomes together never raises entropy, so the true one is no smaller.
fn entropy_at_least(logprobs: impl Iterator<Item = f64>) -> f64 {
    let (mut entropy, mut known) = (0.0, 0.0);
    for logprob in logprobs.filter(|logprob| logprob.is_finite()) {
        let p = logprob.min(0.0).exp();
        entropy -= p * logprob.min(0.0);
        known += p;
    }
    let rest: f64 = 1.0 - known;
    if rest > 1e-9 { entropy - rest * rest.ln() } else { entropy }
}

#[derive(Debug, Deserialize)]
struct Piece {
    #[serde(default)]
    choices: Vec<Choice>,
    usage: Option<WireUsage>,
    error: Option<Value>,
    turnwise: Option<Extension>,
}

#[derive(Debug, Deserialize)]
struct Choice {
    delta: Option<Delta>,
    message: Option<Delta>,
    finish_reason: Option<String>,
    logprobs: Option<Logprobs>,
}

#[derive(Debug, Default, Deserialize)]
struct Delta {
    content: Option<String>,
    /// DeepSeek's and vLLM's name for the thinking.
    reasoning_content: Option<String>,
    /// OpenRouter's, and vLLM's newer one.
    reasoning: Option<String>,
    tool_calls: Option<Vec<WireCall>>,
}

#[derive(Debug, Deserialize)]
struct Logprobs {
    content: Option<Vec<TokenLogprob>>,
}

#[derive(Debug, Deserialize)]
struct TokenLogprob {
    #[serde(deserialize_with = "number_or_nothing")]
    logprob: f64,
    #[serde(default)]
    top_logprobs: Vec<TopLogprob>,
}

#[derive(Debug, Deserialize)]
struct TopLogprob {
    #[serde(deserialize_with = "number_or_nothing")]
    logprob: f64,
}

fn number_or_nothing<'de, D: serde::Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or(f64::NEG_INFINITY))
}

#[derive(Debug, Default, Deserialize)]
struct WireUsage {
    #[serde(default)]
    prompt_tokens: u64,
    #[serde(default)]
    completion_tokens: u64,
    prompt_tokens_details: Option<PromptDetails>,
    /// DeepSeek's name for what was cached.
    prompt_cache_hit_tokens: Option<u64>,
}

#[derive(Debug, Default, Deserialize)]
struct PromptDetails {
    cached_tokens: Option<u64>,
}

impl From<WireUsage> for Usage {
    fn from(wire: WireUsage) -> Self {
        let details = wire.prompt_tokens_details.and_then(|details| details.cached_tokens);
        let cached = details.or(wire.prompt_cache_hit_tokens).unwrap_or(0);
        Self {
            prompt_tokens: wire.prompt_tokens,
            prefill_tokens: wire.prompt_tokens.saturating_sub(cached),
            decode_tokens: wire.completion_tokens,
        }
    }
}

/// What `turnwise serve` tells beyond the protocol.
#[derive(Debug, Default, Deserialize)]
struct Extension {
    entropy_mean: Option<f64>,
    logprob_mean: Option<f64>,
}

#[cfg(test)]
mod tests;
