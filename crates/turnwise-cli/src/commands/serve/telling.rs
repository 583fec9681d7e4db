//! How a reply is written down: in one piece, or in pieces as it is written.

use serde_json::{Value, json};
use turnwise_core::{Finish, Reply, Usage};
use turnwise_engine::text_beside_calls;

use super::{listener::Token, tools};

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
    /// A reply in one piece, with its tokens where they are wanted.
    pub(super) fn whole(&self, reply: &Reply, tokens: Option<&[Token]>) -> Value {
        let mut message = json!({ "role": "assistant", "content": reply.text });
        if !reply.tool_calls.is_empty() {
            message["tool_calls"] = reply.tool_calls.iter().map(tools::call).collect();
        }
        let mut whole = self.object("chat.completion");
        whole["choices"] = json!([{
            "index": 0, "message": message, "logprobs": tokens.map(logprobs), "finish_reason": finish_reason(reply),
        }]);
        whole["usage"] = usage(&reply.usage);
        whole["turnwise"] = measured(reply);
        whole
    }

    /// The first piece of a reply: who speaks.
    pub(super) fn first(&self) -> Value {
        self.piece(&json!({ "role": "assistant", "content": "" }))
    }

    /// Some text, with its tokens where they are wanted.
    pub(super) fn text(&self, text: &str, tokens: Option<&[Token]>) -> Value {
        let mut piece = self.piece(&json!({ "content": text }));
        piece["choices"][0]["logprobs"] = tokens.map_or(Value::Null, logprobs);
        piece
    }

    /// The last pieces: the calls, why the reply ended, and what it cost if that is wanted.
    pub(super) fn end(&self, reply: &Reply, usage_too: bool) -> Vec<Value> {
        let mut pieces = Vec::new();
        if !reply.tool_calls.is_empty() {
            pieces.push(self.piece(&json!({ "tool_calls": tools::numbered(&reply.tool_calls) })));
        }
        let mut last = self.piece(&json!({}));
        last["choices"][0]["finish_reason"] = json!(finish_reason(reply));
        last["turnwise"] = measured(reply);
        pieces.push(last);
        if usage_too {
            let mut counted = self.object("chat.completion.chunk");
            counted["choices"] = json!([]);
            counted["usage"] = usage(&reply.usage);
            pieces.push(counted);
        }
        pieces
    }

    fn piece(&self, delta: &Value) -> Value {
        let mut piece = self.object("chat.completion.chunk");
        piece["choices"] = json!([{ "index": 0, "delta": delta, "logprobs": null, "finish_reason": null }]);
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

/// Tokens with their log-probabilities.
fn logprobs(tokens: &[Token]) -> Value {
    let token = |token: &Token| {
        let likeliest: Vec<Value> =
            token.likeliest.iter().map(|likely| logprob(&likely.text, likely.logprob)).collect();
        let mut told = logprob(&token.text, token.logprob);
        told["top_logprobs"] = likeliest.into();
        told
    };
    json!({ "content": tokens.iter().map(token).collect::<Vec<_>>(), "refusal": null })
}

fn logprob(text: &str, logprob: f64) -> Value {
    // The bytes of a part of a character are lost in its text.
    let bytes = (!text.contains(char::REPLACEMENT_CHARACTER)).then_some(text.as_bytes());
    json!({ "token": text, "logprob": logprob, "bytes": bytes })
}

/// What the protocol has no place for.
fn measured(reply: &Reply) -> Value {
    json!({ "entropy_mean": reply.stats.entropy_mean, "logprob_mean": reply.stats.logprob_mean })
}

#[cfg(test)]
mod tests;
