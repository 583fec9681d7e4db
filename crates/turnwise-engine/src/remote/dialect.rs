//! What is asked of an endpoint, in the words that it understands.
//!
//! Servers differ in a few fields. The newest names are not tried first: a server that refuses one says which, and
//! is asked again without it.

use serde_json::{Map, Value, json};
use turnwise_core::{Earlier, Message, Role, Sampling, Style, ToolCall};

use super::{
    error::Refusal,
    thinking::{self, Thinking},
};
use crate::chat;

/// How many of the likeliest tokens are asked for with each token.
const LIKELIEST: u8 = 5;

/// A reply that is wanted.
pub(super) struct Wanted<'a> {
    pub(super) messages: &'a [Message],
    pub(super) sampling: &'a Sampling,
    pub(super) style: &'a Style,
    pub(super) seed: u64,
    /// Whether what the environment says has a role of its own.
    pub(super) knows_tool_role: bool,
}

/// What a server understands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Dialect {
    /// The field that bounds a reply.
    length: &'static str,
    logprobs: bool,
    usage_in_stream: bool,
    seed: bool,
    stop: bool,
    min_p: bool,
    repetition_penalty: bool,
    /// The switch of thinking.
    template_switch: bool,
    /// How it takes the thinking of earlier replies.
    thinking: Thinking,
}

impl Default for Dialect {
    fn default() -> Self {
        Self {
            length: "max_tokens",
            logprobs: true,
            usage_in_stream: true,
            seed: true,
            stop: true,
            min_p: true,
            repetition_penalty: true,
            template_switch: true,
            thinking: Thinking::InText,
        }
    }
}

impl Dialect {
    /// The body of a request.
    pub(super) fn request(&self, model: &str, wanted: &Wanted<'_>) -> Value {
        let Sampling { temperature, top_k, top_p, min_p, repetition_penalty, max_tokens } = *wanted.sampling;
        let Style { tools, stop, enable_thinking, earlier } = wanted.style;
        let mut body = Map::new();
        let mut set = |key: &str, value: Value| drop(body.insert(key.to_owned(), value));
        set("model", json!(model));
        set("messages", self.messages(wanted, *earlier));
        set("stream", json!(true));
        if self.usage_in_stream {
            set("stream_options", json!({ "include_usage": true }));
        }
        set(self.length, json!(max_tokens));
        set("temperature", json!(temperature));
        // What is off is not sent: some servers know no such field.
        if top_p < 1.0 {
            set("top_p", json!(top_p));
        }
        if top_k > 0 {
            set("top_k", json!(top_k));
        }
        if self.min_p && min_p > 0.0 {
            set("min_p", json!(min_p));
        }
        if self.repetition_penalty && (repetition_penalty - 1.0).abs() > 0.0 {
            set("repetition_penalty", json!(repetition_penalty));
        }
        if !tools.is_empty() {
            set("tools", chat::tools(tools));
        }
        if self.stop && !stop.is_empty() {
            set("stop", json!(stop));
        }
        if let Some(enable) = enable_thinking.filter(|_| self.template_switch) {
            set("chat_template_kwargs", json!({ "enable_thinking": enable }));
        }
        if self.seed {
            set("seed", json!(wanted.seed));
        }
        if self.logprobs {
            set("logprobs", json!(true));
            set("top_logprobs", json!(LIKELIEST));
        }
        Value::Object(body)
    }

    /// What was said, with the thinking of earlier replies where the endpoint takes it.
    fn messages(&self, wanted: &Wanted<'_>, earlier: Earlier) -> Value {
        let roles: Vec<Role> =
            wanted.messages.iter().map(|said| role(said, wanted.knows_tool_role)).collect();
        let sent_from = thinking::sent_from(&roles, earlier);
        let message = |((at, said), role): ((usize, &Message), &Role)| {
            let mut value = message(said, *role);
            let apart = thinking::take_apart(&said.content).filter(|_| *role == Role::Assistant);
            let (Some((thought, text)), false) = (apart, self.thinking == Thinking::InText) else {
                return value;
            };
            value["content"] = json!(text);
            if let (Thinking::In(field), true) = (self.thinking, at >= sent_from) {
                value[field] = json!(thought);
            }
            value
        };
        wanted.messages.iter().enumerate().zip(&roles).map(message).collect()
    }

    /// The dialect of an endpoint that brings thinking in this field. One that has refused it is not offered it again.
    pub(super) fn thinking_in(self, field: &'static str) -> Self {
        match self.thinking {
            Thinking::LeftOut => self,
            Thinking::InText | Thinking::In(_) => Self { thinking: Thinking::In(field), ..self },
        }
    }

    /// The dialect without what a refusal complains of; `None` when it complains of something else. What the
    /// protocol knows of how replies are drawn is never given up, but for the seed, which few servers keep to anyway.
    pub(super) fn after(self, refusal: &Refusal) -> Option<Self> {
        let names = |word: &str| refusal.said.contains(word);
        let names_thinking = matches!(self.thinking, Thinking::In(field) if names(field));
        let better = match refusal.status {
            400 | 422 if names_thinking => Self { thinking: Thinking::LeftOut, ..self },
            400 | 422 if names("max_completion_tokens") => Self { length: "max_completion_tokens", ..self },
            400 | 403 | 422 if names("logprobs") => Self { logprobs: false, ..self },
            400 | 422 if names("stream_options") => Self { usage_in_stream: false, ..self },
            400 | 422 if names("seed") => Self { seed: false, ..self },
            400 | 422 if names("min_p") => Self { min_p: false, ..self },
            400 | 422 if names("repetition_penalty") => Self { repetition_penalty: false, ..self },
            400 | 422 if names("chat_template_kwargs") => Self { template_switch: false, ..self },
            // The word alone says nothing.
            400 | 422 if ["'stop'", "`stop`", "\"stop\""].into_iter().any(names) => {
                Self { stop: false, ..self }
            }
            _ => self,
        };
        (better != self).then_some(better)
    }
}

/// The role that a message has on the way.
fn role(said: &Message, knows_tool_role: bool) -> Role {
    match said.role {
        Role::Tool if !knows_tool_role && said.tool_call_id.is_none() => Role::User,
        role @ (Role::System | Role::User | Role::Assistant | Role::Tool) => role,
    }
}

fn message(said: &Message, role: Role) -> Value {
    let mut message = json!({ "role": role.as_str(), "content": said.content });
    if !said.tool_calls.is_empty() {
        message["tool_calls"] = said.tool_calls.iter().map(call).collect();
    }
    if let Some(id) = &said.tool_call_id {
        message["tool_call_id"] = json!(id);
    }
    message
}

fn call(call: &ToolCall) -> Value {
    let function = json!({ "name": call.name, "arguments": call.arguments });
    json!({ "id": call.id, "type": "function", "function": function })
}

#[cfg(test)]
mod tests;
