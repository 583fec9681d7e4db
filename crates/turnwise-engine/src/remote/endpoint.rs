//! An endpoint: its address, the key, and one request at a time. What is done about a failure is decided in
//! `retry`.

use std::{
    fmt,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use reqwest::{Client, RequestBuilder, Response, Url, header};

use super::{
    RemoteError, RemoteOptions,
    answer::Answer,
    dialect::{Dialect, Wanted},
    error::Refusal,
    events::Events,
    retry,
};
use crate::http::{self, beginning};

/// The secret of an endpoint. It is sent to that endpoint and shown nowhere.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey(String);

impl ApiKey {
    /// A key; `None` when it is empty.
    pub fn new(key: &str) -> Option<Self> {
        let key = key.trim();
        (!key.is_empty()).then(|| Self(key.to_owned()))
    }

    /// What the environment variable `OPENAI_API_KEY` holds.
    pub fn from_env() -> Option<Self> {
        Self::new(&std::env::var("OPENAI_API_KEY").ok()?)
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(…)")
    }
}

/// An endpoint and the model of it that is meant.
#[derive(Debug)]
pub(super) struct Endpoint {
    base: Url,
    model: String,
    key: Option<ApiKey>,
    options: RemoteOptions,
    client: Client,
    /// What the server does not understand; learnt from its refusals, and held for moments only.
    dialect: Mutex<Dialect>,
}

impl Endpoint {
    /// Reads `openai:BASE_URL#MODEL`. Connects to nothing yet.
    pub(super) fn new(spec: &str, key: Option<ApiKey>, options: &RemoteOptions) -> Result<Self, RemoteError> {
        let (base, model) = parse(spec)?;
        let client = client(&base, options)?;
        let dialect = Mutex::new(Dialect::default());
        Ok(Self { base, model, key, options: options.clone(), client, dialect })
    }

    pub(super) fn base(&self) -> &Url {
        &self.base
    }

    pub(super) fn model(&self) -> &str {
        &self.model
    }

    pub(super) fn options(&self) -> &RemoteOptions {
        &self.options
    }

    /// The address of one of its functions.
    pub(super) fn at(&self, function: &str) -> String {
        format!("{}/{function}", self.base.as_str().trim_end_matches('/'))
    }

    /// What `GET /models` gives, as bytes. Uses a connection of its own, as the runtime that this is
    /// called in does not last.
    pub(super) async fn models(&self) -> Result<Vec<u8>, RemoteError> {
        let url = self.at("models");
        let response = self.send(client(&self.base, &self.options)?.get(&url), &url).await?;
        let mut body = Body { response, url: &url, endpoint: self };
        body.whole().await
    }

    /// One reply, asked for once, or twice when the server turns out to speak another dialect.
    pub(super) async fn chat(&self, wanted: &Wanted<'_>) -> Result<Answer, RemoteError> {
        loop {
            let dialect = *self.dialect.lock().unwrap_or_else(PoisonError::into_inner);
            let refusal = match self.chat_once(&dialect.request(&self.model, wanted)).await {
                Ok(answer) => {
                    if let Some(field) = answer.thinking_field() {
                        let mut dialect = self.dialect.lock().unwrap_or_else(PoisonError::into_inner);
                        *dialect = dialect.thinking_in(field);
                    }
                    return Ok(answer);
                }
                Err(RemoteError::Refused(refusal)) => refusal,
                Err(error) => return Err(error),
            };
            let Some(better) = dialect.after(&refusal) else { return Err(RemoteError::Refused(refusal)) };
            tracing::warn!(said = refusal.said, "the endpoint is asked again without what it does not know");
            *self.dialect.lock().unwrap_or_else(PoisonError::into_inner) = better;
        }
    }

    async fn chat_once(&self, request: &serde_json::Value) -> Result<Answer, RemoteError> {
        let url = self.at("chat/completions");
        let response = self.send(self.client.post(&url).json(request), &url).await?;
        let is_stream = response
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|kind| kind.to_str().ok())
            .is_some_and(|kind| kind.starts_with("text/event-stream"));
        let mut body = Body { response, url: &url, endpoint: self };
        let mut answer = Answer::default();
        if !is_stream {
            let whole = body.whole().await?;
            answer.take_whole(&whole).map_err(|fault| fault.at(&url, &whole))?;
            return Ok(answer);
        }
        let mut events = Events::default();
        while let Some(bytes) = body.next().await? {
            for event in events.feed(&bytes) {
                answer.take_event(&event).map_err(|fault| fault.at(&url, event.as_bytes()))?;
            }
            if answer.is_over() {
                return Ok(answer);
            }
        }
        match answer.may_end_here() {
            true => Ok(answer),
            false => Err(RemoteError::Cut { url, source: None }),
        }
    }

    /// Sends a request and gives the response when it is none of refusal.
    async fn send(&self, request: RequestBuilder, url: &str) -> Result<Response, RemoteError> {
        let request = match &self.key {
            Some(ApiKey(key)) => request.bearer_auth(key),
            None => request,
        };
        let sent = request.send().await;
        let response = sent.map_err(|source| match source.is_timeout() && !source.is_connect() {
            true => self.silent(url),
            false => RemoteError::Unreachable { url: url.to_owned(), source: source.without_url() },
        })?;
        if response.status().is_success() {
            return Ok(response);
        }
        let (status, after) = (response.status().as_u16(), retry::after(response.headers()));
        // The status alone says enough when the words cannot be read.
        let said = Body { response, url, endpoint: self }.whole().await.unwrap_or_default();
        let mut refusal = Refusal::new(url, status, &said, after);
        if let Some(ApiKey(key)) = &self.key {
            refusal.said = refusal.said.replace(key, "…");
        }
        Err(RemoteError::Refused(Box::new(refusal)))
    }

    fn silent(&self, url: &str) -> RemoteError {
        RemoteError::Silent { url: url.to_owned(), waited: silence(&self.options) }
    }
}

/// The body of a response, piece by piece.
struct Body<'a> {
    response: Response,
    url: &'a str,
    endpoint: &'a Endpoint,
}

impl Body<'_> {
    async fn next(&mut self) -> Result<Option<impl AsRef<[u8]> + use<>>, RemoteError> {
        let piece = self.response.chunk().await;
        piece.map_err(|source| match source.is_timeout() {
            true => self.endpoint.silent(self.url),
            false => RemoteError::Cut { url: self.url.to_owned(), source: Some(source.without_url()) },
        })
    }

    async fn whole(&mut self) -> Result<Vec<u8>, RemoteError> {
        let mut whole = Vec::new();
        while let Some(piece) = self.next().await? {
            whole.extend_from_slice(piece.as_ref());
        }
        Ok(whole)
    }
}

fn client(base: &Url, options: &RemoteOptions) -> Result<Client, RemoteError> {
    http::client(base, silence(options)).map_err(|source| RemoteError::Client { source })
}

/// How long an endpoint may send nothing.
fn silence(options: &RemoteOptions) -> Duration {
    options.reply_timeout / 5
}

fn parse(spec: &str) -> Result<(Url, String), RemoteError> {
    let wrong = |wrong| RemoteError::Address { spec: beginning(spec.as_bytes()), wrong };
    let address = spec.strip_prefix("openai:").unwrap_or(spec);
    let (base, model) = address.split_once('#').ok_or_else(|| wrong("it names no model"))?;
    if model.is_empty() {
        return Err(wrong("it names no model"));
    }
    let base: Url = base.parse().map_err(|_| wrong("its address is no URL"))?;
    if !["http", "https"].contains(&base.scheme()) {
        return Err(wrong("its address begins with neither http:// nor https://"));
    }
    if !base.username().is_empty() || base.password().is_some() || base.query().is_some() {
        // The specification is recorded with each run, and secrets must not be.
        let wrong = "its address holds more than host and path; a key belongs into OPENAI_API_KEY";
        return Err(RemoteError::Address { spec: "openai:…".to_owned(), wrong });
    }
    Ok((base, model.to_owned()))
}
