//! The protocol: what a request may hold, and how a reply is written down. Fields that change nothing here are
//! passed over; those that would have to change something and cannot are refused.

use serde::Deserialize;
use serde_json::{Value, json};
use turnwise_core::{Finish, Message, Reply, Role, Sampling, Usage};

use super::refusal::Refusal;

/// A request for a reply, as it comes.
#[derive(Debug, Deserialize)]
pub(super) struct ChatRequest {
    model: Option<String>,
    messages: Vec<ChatMessage>,
    #[serde(default)]
    stream: Option<bool>,
    stream_options: Option<StreamOptions>,
    max_tokens: Option<usize>,
    max_completion_tokens: Option<usize>,
    temperature: Option<f64>,
    top_p: Option<f64>,
    top_k: Option<usize>,
    seed: Option<u64>,
    stop: Option<Stops>,
    n: Option<u64>,
    tools: Option<Vec<Value>>,
}

#[derive(Debug, Deserialize)]
struct ChatMessage {
    role: String,
    content: Option<Content>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Content {
    Text(String),
    Parts(Vec<Part>),
}

#[derive(Debug, Deserialize)]
struct Part {
    text: String,
}

#[derive(Debug, Deserialize)]
struct StreamOptions {
    #[serde(default)]
    include_usage: bool,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Stops {
    One(String),
    Many(Vec<String>),
}

/// A request for a reply, understood.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Wanted {
    pub(super) messages: Vec<Message>,
    pub(super) sampling: Sampling,
    pub(super) seed: u64,
    /// What ends a reply where it appears.
    pub(super) stops: Vec<String>,
    /// Whether the reply is sent as events.
    pub(super) stream: bool,
    /// Whether the events end with what the reply cost.
    pub(super) usage_in_stream: bool,
}

impl ChatRequest {
    /// What is wanted of the model of this name.
    pub(super) fn understand(self, served: &str) -> Result<Wanted, Refusal> {
        if let Some(model) = self.model.filter(|model| model != served) {
            let message = format!("the model `{model}` does not exist here; `{served}` is served");
            return Err(Refusal::missing(message, "model_not_found"));
        }
        if self.messages.is_empty() {
            return Err(Refusal::bad("`messages` is empty; send at least one"));
        }
        if self.n.is_some_and(|n| n != 1) {
            return Err(Refusal::bad("`n` is not 1; send a request for each reply"));
        }
        if self.tools.is_some_and(|tools| !tools.is_empty()) {
            return Err(Refusal::bad("`tools` is not supported; describe them in a message"));
        }
        let sampling = Sampling {
            temperature: within("temperature", self.temperature.unwrap_or(1.0), 0.0..=100.0)?,
            top_k: self.top_k.unwrap_or(0),
            top_p: within("top_p", self.top_p.unwrap_or(1.0), 0.0..=1.0)?,
            ..Sampling::greedy(self.max_completion_tokens.or(self.max_tokens).unwrap_or(usize::MAX))
        };
        let stops = match self.stop {
            None => Vec::new(),
            Some(Stops::One(stop)) => vec![stop],
            Some(Stops::Many(stops)) => stops,
        };
        Ok(Wanted {
            messages: self.messages.into_iter().map(ChatMessage::understand).collect::<Result<_, _>>()?,
            sampling,
            seed: self.seed.unwrap_or(0),
            stops: stops.into_iter().filter(|stop| !stop.is_empty()).collect(),
            stream: self.stream.unwrap_or(false),
            usage_in_stream: self.stream_options.is_some_and(|options| options.include_usage),
        })
    }
}

impl ChatMessage {
    fn understand(self) -> Result<Message, Refusal> {
        let role = match &*self.role {
            "system" | "developer" => Role::System,
            "user" => Role::User,
            "assistant" => Role::Assistant,
            "tool" | "function" => Role::Tool,
            other => {
                return Err(Refusal::bad(format!(
                    "the role `{other}` is not known; there are system, user, assistant and tool"
                )));
            }
        };
        let content = match self.content {
            None => String::new(),
            Some(Content::Text(text)) => text,
            Some(Content::Parts(parts)) => parts.into_iter().map(|part| part.text).collect(),
        };
        Ok(Message::new(role, content))
    }
}

fn within(name: &str, value: f64, range: std::ops::RangeInclusive<f64>) -> Result<f64, Refusal> {
    match range.contains(&value) {
        true => Ok(value),
        false => Err(Refusal::bad(format!("`{name}` is not within {} and {}", range.start(), range.end()))),
    }
}

/// A reply cut off where the first of the stops begins, and whether it was.
pub(super) fn cut_at_stop(mut reply: Reply, stops: &[String]) -> (Reply, bool) {
    let Some(at) = stops.iter().filter_map(|stop| reply.text.find(stop.as_str())).min() else {
        return (reply, false);
    };
    reply.text.truncate(at);
    reply.finish = Finish::Stop;
    (reply, true)
}

/// What all the pieces of a reply have in common.
#[derive(Clone, Debug)]
pub(super) struct Heading {
    pub(super) id: String,
    /// When it was asked for, in seconds since the epoch.
    pub(super) created: i64,
    pub(super) model: String,
}

impl Heading {
    /// A reply in one piece.
    pub(super) fn whole(&self, reply: &Reply) -> Value {
        let message = json!({ "role": "assistant", "content": reply.text });
        let mut whole = self.object("chat.completion");
        whole["choices"] = json!([{
            "index": 0, "message": message, "logprobs": null, "finish_reason": finish_reason(reply.finish),
        }]);
        whole["usage"] = usage(&reply.usage);
        whole["turnwise"] = measured(reply);
        whole
    }

    /// The first piece of a reply: who speaks.
    pub(super) fn first(&self) -> Value {
        self.piece(&json!({ "role": "assistant", "content": "" }), None)
    }

    /// The other pieces: the text, why it ended, and what it cost.
    pub(super) fn rest(&self, reply: &Reply, usage_too: bool) -> Vec<Value> {
        let mut last = self.piece(&json!({}), Some(reply.finish));
        last["turnwise"] = measured(reply);
        let mut pieces = vec![self.piece(&json!({ "content": reply.text }), None), last];
        if usage_too {
            let mut counted = self.object("chat.completion.chunk");
            counted["choices"] = json!([]);
            counted["usage"] = usage(&reply.usage);
            pieces.push(counted);
        }
        pieces
    }

    fn piece(&self, delta: &Value, finish: Option<Finish>) -> Value {
        let mut piece = self.object("chat.completion.chunk");
        let finish = finish.map(finish_reason);
        piece["choices"] = json!([{ "index": 0, "delta": delta, "logprobs": null, "finish_reason": finish }]);
        piece
    }

    fn object(&self, kind: &str) -> Value {
        json!({ "id": self.id, "object": kind, "created": self.created, "model": self.model })
    }
}

fn finish_reason(finish: Finish) -> &'static str {
    match finish {
        Finish::Stop => "stop",
        Finish::Length | Finish::ContextFull => "length",
    }
}

fn usage(usage: &Usage) -> Value {
    json!({
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.decode_tokens,
        "total_tokens": usage.prompt_tokens + usage.decode_tokens,
        "prompt_tokens_details": { "cached_tokens": usage.prompt_tokens.saturating_sub(usage.prefill_tokens) },
    })
}

/// What the protocol has no place for.
fn measured(reply: &Reply) -> Value {
    json!({ "entropy_mean": reply.stats.entropy_mean, "logprob_mean": reply.stats.logprob_mean })
}

#[cfg(test)]
mod tests;
