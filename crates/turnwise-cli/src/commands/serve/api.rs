//! The protocol: what a request may hold. Fields that change nothing here are passed over; those that would have to
//! change something and cannot are refused.

use serde::Deserialize;
use serde_json::Value;
use turnwise_core::{Message, Role, Sampling, Style};

use super::{
    refusal::Refusal,
    tools::{WireCall, WireTool},
};

/// How many of the likeliest tokens may be asked for at each place.
const MOST_LIKELIEST: usize = 20;

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
    /// -1 is off, as in vLLM.
    top_k: Option<i64>,
    min_p: Option<f64>,
    repetition_penalty: Option<f64>,
    seed: Option<u64>,
    stop: Option<Stops>,
    n: Option<u64>,
    logprobs: Option<bool>,
    top_logprobs: Option<usize>,
    presence_penalty: Option<f64>,
    frequency_penalty: Option<f64>,
    logit_bias: Option<Value>,
    response_format: Option<Value>,
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
    /// Whether the tokens are told with their log-probabilities, and with how many of the likeliest at each place.
    pub(super) logprobs: Option<usize>,
}

impl ChatRequest {
    /// What is wanted of the model of this name.
    pub(super) fn understand(self, served: &str) -> Result<Wanted, Refusal> {
        if let Some(model) = self.model.as_ref().filter(|model| *model != served) {
            let message = format!("the model `{model}` does not exist here; `{served}` is served");
            return Err(Refusal::missing(message, "model_not_found"));
        }
        if self.messages.is_empty() {
            return Err(Refusal::bad("`messages` is empty; send at least one"));
        }
        self.refuse_what_cannot_be_done()?;
        let logprobs = self.logprobs()?;
        let tools: Vec<_> = self.tools.unwrap_or_default().into_iter().map(Into::into).collect();
        if !tools.is_empty() && self.tool_choice.is_some_and(|choice| choice != "auto") {
            return Err(Refusal::bad("`tool_choice` is not `auto`; leave it out, or leave `tools` out"));
        }
        let sampling = Sampling {
            temperature: within("temperature", self.temperature.unwrap_or(1.0), 0.0..=100.0)?,
            top_k: usize::try_from(self.top_k.unwrap_or(0)).unwrap_or(0),
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
            logprobs,
        })
    }

    /// Refuses what would change the reply and is not known here.
    fn refuse_what_cannot_be_done(&self) -> Result<(), Refusal> {
        if self.n.is_some_and(|n| n != 1) {
            return Err(Refusal::bad("`n` is not 1; send a request for each reply"));
        }
        if self.max_completion_tokens.or(self.max_tokens) == Some(0) {
            return Err(Refusal::bad("`max_tokens` is 0; ask for one token at least"));
        }
        let penalties =
            [("presence_penalty", self.presence_penalty), ("frequency_penalty", self.frequency_penalty)];
        for (name, penalty) in penalties {
            if penalty.is_some_and(|penalty| penalty != 0.0) {
                let message = format!("`{name}` is not known here; there is `repetition_penalty`");
                return Err(Refusal::bad(message));
            }
        }
        if self
            .logit_bias
            .as_ref()
            .is_some_and(|bias| !bias.as_object().is_some_and(serde_json::Map::is_empty))
        {
            return Err(Refusal::bad("`logit_bias` is not known here; leave it out"));
        }
        if self.response_format.as_ref().is_some_and(|format| format["type"] != "text") {
            return Err(Refusal::bad("`response_format` can only be text here; ask for JSON in words"));
        }
        Ok(())
    }

    fn logprobs(&self) -> Result<Option<usize>, Refusal> {
        match (self.logprobs.unwrap_or(false), self.top_logprobs) {
            (false, None | Some(0)) => Ok(None),
            (false, Some(_)) => Err(Refusal::bad("`top_logprobs` needs `logprobs` to be true")),
            (true, Some(many)) if many > MOST_LIKELIEST => {
                Err(Refusal::bad(format!("`top_logprobs` is not within 0 and {MOST_LIKELIEST}")))
            }
            (true, likeliest) => Ok(Some(likeliest.unwrap_or(0))),
        }
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

#[cfg(test)]
mod tests;
