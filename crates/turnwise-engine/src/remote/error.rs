//! What goes wrong with an endpoint: where, what came, and what to do about it.

use std::{io, time::Duration};

use serde_json::Value;

use crate::http::beginning;

/// What goes wrong with an endpoint.
#[derive(Debug, thiserror::Error)]
pub enum RemoteError {
    /// The specification is not of the form `openai:BASE_URL#MODEL`.
    #[error("`{spec}` is no endpoint: {wrong}; write openai:http://127.0.0.1:8000/v1#MODEL")]
    Address {
        /// The specification, or its beginning.
        spec: String,
        /// What is wrong with it.
        wrong: &'static str,
    },
    /// No client could be made.
    #[error("no https client could be made; check that the system's certificates are installed")]
    Client {
        /// Why.
        #[source]
        source: reqwest::Error,
    },
    /// No thread or runtime could be had to wait in.
    #[error("no thread could be started to ask the endpoint; end some processes")]
    Threads {
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Nothing answers there.
    #[error("{url} cannot be reached; start the server or check the address")]
    Unreachable {
        /// The address.
        url: String,
        /// Why.
        #[source]
        source: reqwest::Error,
    },
    /// It went silent.
    #[error("{url} sent nothing for {waited:?}; look at the server's log or raise --reply-timeout")]
    Silent {
        /// The address.
        url: String,
        /// How long was waited.
        waited: Duration,
    },
    /// It took too long, other tries included.
    #[error("{url} gave no reply within {waited:?}; look at the server's log or raise --reply-timeout")]
    Late {
        /// The address.
        url: String,
        /// How long was waited.
        waited: Duration,
    },
    /// It refused the request.
    #[error(transparent)]
    Refused(Box<Refusal>),
    /// It reported a failure in the middle of a reply.
    #[error("{url} broke a reply off: {said}; look at the server's log")]
    Broken {
        /// The address.
        url: String,
        /// What it said.
        said: String,
    },
    /// It sent something else than a chat completion.
    #[error(
        "{url} sent `{began}`, which is no chat completion; check that the address is that of an OpenAI-style API"
    )]
    Malformed {
        /// The address.
        url: String,
        /// How what it sent begins.
        began: String,
        /// Why it could not be read.
        #[source]
        source: serde_json::Error,
    },
    /// The stream ended in the middle of a reply.
    #[error("{url} ended its stream in the middle of a reply; look at the server's log")]
    Cut {
        /// The address.
        url: String,
        /// What the connection says.
        #[source]
        source: Option<reqwest::Error>,
    },
    /// Trying again did not help.
    #[error("{tries} tries in a row failed")]
    GaveUp {
        /// How many.
        tries: u32,
        /// What happened last.
        #[source]
        last: Box<Self>,
    },
}

/// A request that was refused.
#[derive(Debug, thiserror::Error)]
#[error("{url} answered {status}: {said}; {}", self.advice())]
pub struct Refusal {
    /// The address.
    pub url: String,
    /// The status of HTTP.
    pub status: u16,
    /// What the server said, shortened; the key is not in it.
    pub said: String,
    /// The server's name for the problem, where it has one.
    pub code: String,
    /// When the server wants to be asked again.
    pub after: Option<Duration>,
}

impl Refusal {
    /// Reads the error object of an OpenAI-style API, or takes the body as it is.
    pub(super) fn new(url: &str, status: u16, body: &[u8], after: Option<Duration>) -> Self {
        let value: Value = serde_json::from_slice(body).unwrap_or_default();
        let error = &value["error"];
        let said = error["message"].as_str().or(error.as_str()).or(value["message"].as_str());
        let said = said.map_or_else(|| beginning(body), |said| beginning(said.as_bytes()));
        let said = if said.is_empty() { "nothing".to_owned() } else { said };
        let code = error["code"].as_str().or(error["type"].as_str()).unwrap_or_default().to_owned();
        Self { url: url.to_owned(), status, said, code, after }
    }

    /// Whether the conversation is longer than the model's context. There is no one name for it: these are
    /// OpenAI's, vLLM's, llama.cpp's, and what gateways say.
    pub(super) fn is_context_full(&self) -> bool {
        let said = self.said.to_lowercase();
        let told = [
            "context length",
            "context size",
            "context window",
            "maximum model length",
            "prompt is too long",
        ];
        matches!(self.status, 400 | 413 | 422)
            && (["context_length_exceeded", "exceed_context_size_error"].contains(&&*self.code)
                || told.iter().any(|words| said.contains(words)))
    }

    fn advice(&self) -> &'static str {
        match (self.status, &*self.code) {
            (401 | 403, _) => "set OPENAI_API_KEY to a key that may use this model",
            (404, _) => "check the address (it often ends in /v1) and the model's name after the #",
            (429, "insufficient_quota") => "the account has no credit left",
            (429, _) => "lower --workers or come back later",
            (500.., _) => "look at the server's log; the same command goes on when it works again",
            _ => "the server does not take this request; check the model's name and the sampling settings",
        }
    }
}
