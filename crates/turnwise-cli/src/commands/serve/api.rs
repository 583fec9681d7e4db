//! The protocol: what a request may hold, and how a reply is written down. Fields that change nothing here are
//! passed over; those that would have to change something and cannot are refused.

use serde::Deserialize;
use serde_json::{Value, json};
use turnwise_core::{Finish, Message, Reply, Role, Sampling, Style, Usage};
use turnwise_engine::text_beside_calls;

use super::{
    refusal::Refusal,
    tools::{self, WireCall, WireTool},
};

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
    min_p: Option<f64>,
    repetition_penalty: Option<f64>,
    seed: Option<u64>,
    stop: Option<Stops>,
    n: Option<u64>,
    tools: Option<Vec<WireTool>>,
    tool_choice: Option<Value>,
    chat_template_kwargs: Option<TemplateSwitches>,
}

/// What chat templates can be told; others than these are passed over.
#[derive(Debug, Deserialize)]
struct TemplateSwitches {
    enable_thinking: Option<bool>,
}

#[derive(Debug, Deserialize)]
struct ChatMessage {
    role: String,
    content: Option<Content>,
    tool_calls: Option<Vec<WireCall>>,
    tool_call_id: Option<String>,
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
    pub(super) style: Style,
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
        let tools: Vec<_> = self.tools.unwrap_or_default().into_iter().map(Into::into).collect();
        if !tools.is_empty() && self.tool_choice.is_some_and(|choice| choice != "auto") {
            return Err(Refusal::bad("`tool_choice` is not `auto`; leave it out, or leave `tools` out"));
        }
        let sampling = Sampling {
            temperature: within("temperature", self.temperature.unwrap_or(1.0), 0.0..=100.0)?,
            top_k: self.top_k.unwrap_or(0),
            top_p: within("top_p", self.top_p.unwrap_or(1.0), 0.0..=1.0)?,
            min_p: within("min_p", self.min_p.unwrap_or(0.0), 0.0..=1.0)?,
            repetition_penalty: within(
                "repetition_penalty",
                self.repetition_penalty.unwrap_or(1.0),
                1.0..=100.0,
            )?,
            max_tokens: self.max_completion_tokens.or(self.max_tokens).unwrap_or(usize::MAX),
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
            style: Style {
                tools,
                stop: stops.into_iter().filter(|stop| !stop.is_empty()).collect(),
                enable_thinking: self.chat_template_kwargs.and_then(|switches| switches.enable_thinking),
                ..Style::PLAIN
            },
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
        let tool_calls = self.tool_calls.unwrap_or_default().into_iter().map(Into::into).collect();
        Ok(Message { role, content, tool_calls, tool_call_id: self.tool_call_id })
    }
}

fn within(name: &str, value: f64, range: std::ops::RangeInclusive<f64>) -> Result<f64, Refusal> {
    match range.contains(&value) {
        true => Ok(value),
        false => Err(Refusal::bad(format!("`{name}` is not within {} and {}", range.start(), range.end()))),
    }
}

/// A reply as it is told: its calls beside its text, which ends where the first of the stops begins.
pub(super) fn told(whole: &Reply, stops: &[String]) -> Reply {
    let mut reply = Reply { text: text_beside_calls(whole).to_owned(), ..whole.clone() };
    if let Some(at) = stops.iter().filter_map(|stop| reply.text.find(stop.as_str())).min() {
        reply.text.truncate(at);
        reply.tool_calls.clear();
        reply.finish = Finish::Stop;
    }
    reply
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
        let mut message = json!({ "role": "assistant", "content": reply.text });
        if !reply.tool_calls.is_empty() {
            message["tool_calls"] = reply.tool_calls.iter().map(tools::call).collect();
        }
        let mut whole = self.object("chat.completion");
        whole["choices"] = json!([{
            "index": 0, "message": message, "logprobs": null, "finish_reason": finish_reason(reply),
        }]);
        whole["usage"] = usage(&reply.usage);
        whole["turnwise"] = measured(reply);
        whole
    }

    /// The first piece of a reply: who speaks.
    pub(super) fn first(&self) -> Value {
        self.piece(&json!({ "role": "assistant", "content": "" }), None)
    }

    /// The other pieces: the text and the calls, why it ended, and what it cost.
    pub(super) fn rest(&self, reply: &Reply, usage_too: bool) -> Vec<Value> {
        let mut last = self.piece(&json!({}), Some(finish_reason(reply)));
        last["turnwise"] = measured(reply);
        let mut pieces = vec![self.piece(&json!({ "content": reply.text }), None)];
        if !reply.tool_calls.is_empty() {
            pieces.push(self.piece(&json!({ "tool_calls": tools::numbered(&reply.tool_calls) }), None));
        }
        pieces.push(last);
        if usage_too {
            let mut counted = self.object("chat.completion.chunk");
            counted["choices"] = json!([]);
            counted["usage"] = usage(&reply.usage);
            pieces.push(counted);
        }
        pieces
    }

    fn piece(&self, delta: &Value, finish: Option<&str>) -> Value {
        let mut piece = self.object("chat.completion.chunk");
        piece["choices"] = json!([{ "index": 0, "delta": delta, "logprobs": null, "finish_reason": finish }]);
        piece
    }

    fn object(&self, kind: &str) -> Value {
        json!({ "id": self.id, "object": kind, "created": self.created, "model": self.model })
    }
}

fn finish_reason(reply: &Reply) -> &'static str {
    match reply.finish {
        Finish::Stop if !reply.tool_calls.is_empty() => "tool_calls",
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
