//! What is asked of an endpoint, in the words that it understands.
//!
//! Servers differ in a few fields. The newest names are not tried first: a server that refuses one says which, and
//! is asked again without it.

use serde_json::{Map, Value, json};
use turnwise_core::{Message, Role, Sampling};

use super::error::Refusal;

/// How many of the likeliest tokens are asked for with each token.
const LIKELIEST: u8 = 5;

/// A reply that is wanted.
pub(super) struct Wanted<'a> {
    pub(super) messages: &'a [Message],
    pub(super) sampling: &'a Sampling,
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
}

impl Default for Dialect {
    fn default() -> Self {
        Self { length: "max_tokens", logprobs: true, usage_in_stream: true, seed: true }
    }
}

impl Dialect {
    /// The body of a request.
    pub(super) fn request(&self, model: &str, wanted: &Wanted<'_>) -> Value {
        let Sampling { temperature, top_k, top_p, max_tokens, .. } = *wanted.sampling;
        let mut body = Map::new();
        let mut set = |key: &str, value: Value| drop(body.insert(key.to_owned(), value));
        set("model", json!(model));
        set("messages", wanted.messages.iter().map(|said| message(said, wanted.knows_tool_role)).collect());
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
        if self.seed {
            set("seed", json!(wanted.seed));
        }
        if self.logprobs {
            set("logprobs", json!(true));
            set("top_logprobs", json!(LIKELIEST));
        }
        Value::Object(body)
    }

    /// The dialect without what a refusal complains of; `None` when it complains of something else. Only what
    /// does not change how replies are drawn is given up, and the seed, which few servers keep to anyway.
    pub(super) fn after(self, refusal: &Refusal) -> Option<Self> {
        let names = |word: &str| refusal.said.contains(word);
        let better = match refusal.status {
            400 | 422 if names("max_completion_tokens") => Self { length: "max_completion_tokens", ..self },
            400 | 403 | 422 if names("logprobs") => Self { logprobs: false, ..self },
            400 | 422 if names("stream_options") => Self { usage_in_stream: false, ..self },
            400 | 422 if names("seed") => Self { seed: false, ..self },
            _ => self,
        };
        (better != self).then_some(better)
    }
}

fn message(said: &Message, knows_tool_role: bool) -> Value {
    let role = match said.role {
        Role::Tool if !knows_tool_role => Role::User,
        role @ (Role::System | Role::User | Role::Assistant | Role::Tool) => role,
    };
    json!({ "role": role.as_str(), "content": said.content })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(status: u16, said: &str) -> Refusal {
        Refusal::new("u", status, json!({ "error": { "message": said } }).to_string().as_bytes(), None)
    }

    fn body(dialect: Dialect, sampling: &Sampling) -> Value {
        let messages = [(Role::User, "a"), (Role::Tool, "b")];
        let messages = messages.map(|(role, text)| Message::new(role, text));
        dialect.request("m", &Wanted { messages: &messages, sampling, seed: 3, knows_tool_role: false })
    }

    #[test]
    fn a_request_holds_what_is_wanted_and_nothing_that_is_off() {
        let greedy = body(Dialect::default(), &Sampling::greedy(9)).to_string();
        let expected = r#"{"model":"m","messages":[{"role":"user","content":"a"},{"role":"user","content":"b"}],"stream":true,"stream_options":{"include_usage":true},"max_tokens":9,"temperature":0.0,"seed":3,"logprobs":true,"top_logprobs":5}"#;
        assert_eq!(greedy, expected);
        let drawn = Sampling { temperature: 0.7, top_k: 20, top_p: 0.5, ..Sampling::greedy(9) };
        let drawn = body(Dialect::default(), &drawn);
        assert_eq!((&drawn["top_k"], &drawn["top_p"]), (&json!(20), &json!(0.5)));
    }

    #[test]
    fn refusals_teach_the_dialect_once() {
        let learn = |dialect: Dialect, said: &str| dialect.after(&refusal(400, said));
        let modern = learn(
            Dialect::default(),
            "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
        )
        .unwrap();
        assert_eq!(body(modern, &Sampling::greedy(9))["max_completion_tokens"], 9);
        assert_eq!(learn(modern, "use max_completion_tokens"), None);
        let plain = learn(modern, "logprobs are not supported").unwrap();
        let plain = learn(plain, "unknown field stream_options").unwrap();
        let plain = body(learn(plain, "`seed` is unknown").unwrap(), &Sampling::greedy(9));
        assert!(
            ["seed", "logprobs", "top_logprobs", "stream_options"].iter().all(|key| plain[key].is_null())
        );
        assert_eq!(Dialect::default().after(&refusal(400, "temperature must be 1")), None);
        assert_eq!(Dialect::default().after(&refusal(500, "seed")), None);
    }
}
