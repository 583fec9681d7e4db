//! One hop: where a request may go, and what comes back within the limits.

use std::time::Duration;

use reqwest::Client;
use reqwest::header::{ACCEPT_ENCODING, HOST, HeaderMap, HeaderName, HeaderValue};
use tokio::time::{Instant, timeout_at};
use url::Url;

use super::hosts::Route;
use super::{Fault, FetchError, Fetcher, Refusal, Request, Response, folder, locked};
use crate::record::Key;

/// Why a server gave no response.
enum Failure {
    Slow(Duration),
    Large,
    Broken(reqwest::Error),
}

impl Fetcher {
    /// One request to wherever its host is.
    pub(super) async fn hop(&self, request: &Request, deadline: Instant) -> Result<Response, FetchError> {
        let url = &request.url;
        let bad = || Refusal::BadUrl { url: url.to_string() };
        let host = url.host_str().filter(|_| matches!(url.scheme(), "http" | "https")).ok_or_else(bad)?;
        let Some(route) = self.access.routes.get(host) else {
            let private = self.permission(url)?;
            self.robots.check(self, url, deadline).await?;
            return self.recorded(request, private, deadline).await;
        };
        if url.scheme() != "http" || url.port().is_some() {
            let why = format!("it is only at http://{host}/");
            return Err(Refusal::NoAnswer { host: place(url), why }.into());
        }
        match route {
            Route::Folder(folder) => folder::read(folder, request).await,
            Route::Server(address) => {
                let mut target = url.clone();
                // An address and a port are always a host of an http URL.
                let _set = (target.set_ip_host(address.ip()), target.set_port(Some(address.port())));
                let response = self.send(&self.network.own, request, target, deadline).await;
                response.map_err(|failure| match failure {
                    Failure::Slow(limit) => Fault::SiteSlow { host: host.to_owned(), limit }.into(),
                    Failure::Large => self.too_large(url),
                    Failure::Broken(source) => {
                        Fault::SiteGone { host: host.to_owned(), address: *address, source }.into()
                    }
                })
            }
        }
    }

    /// Whether a host outside the task's own may be reached, and whether at private addresses too.
    pub(super) fn permission(&self, url: &Url) -> Result<bool, Refusal> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(Refusal::BadUrl { url: url.to_string() });
        }
        self.access
            .outside(url)
            .ok_or_else(|| Refusal::ForeignHost { host: place(url), allowed: self.access.names() })
    }

    /// A request to the network, or its answer from the recording.
    pub(super) async fn recorded(
        &self,
        request: &Request,
        private: bool,
        deadline: Instant,
    ) -> Result<Response, FetchError> {
        let Some(tape) = &self.tape else { return self.outside(request, private, deadline).await };
        let key = key(request, private);
        let time = {
            let mut asked = locked(&self.asked);
            let times = asked.entry(key.clone()).or_default();
            *times += 1;
            *times - 1
        };
        if let Some(known) = tape.find(&key, time, request).map_err(Fault::Tape)? {
            return Ok(known?);
        }
        let outcome = match self.outside(request, private, deadline).await {
            Ok(response) => Ok(response),
            Err(FetchError::Refused(refusal)) => Err(refusal),
            Err(FetchError::Fault(fault)) => return Err(fault.into()),
        };
        Ok(tape.keep(key, time, request, outcome).map_err(Fault::Tape)??)
    }

    async fn outside(
        &self,
        request: &Request,
        private: bool,
        deadline: Instant,
    ) -> Result<Response, FetchError> {
        let url = &request.url;
        let slow = |limit| Refusal::TooSlow { url: url.to_string(), limit };
        let client = timeout_at(deadline, self.outside.client_for(url, private)).await;
        let client = client.map_err(|_| slow(self.limits.total))??;
        self.send(client, request, url.clone(), deadline).await.map_err(|failure| match failure {
            Failure::Slow(limit) => slow(limit).into(),
            Failure::Large => self.too_large(url),
            Failure::Broken(source) => Refusal::NoAnswer { host: place(url), why: cause(&source) }.into(),
        })
    }

    fn too_large(&self, url: &Url) -> FetchError {
        Refusal::TooLarge { url: url.to_string(), limit: self.limits.body }.into()
    }

    async fn send(
        &self,
        client: &Client,
        request: &Request,
        target: Url,
        deadline: Instant,
    ) -> Result<Response, Failure> {
        let headers = headers(request);
        let sent = client.request(request.method.clone(), target).headers(headers).body(request.body.clone());
        let first = deadline.min(Instant::now() + self.limits.headers);
        let limit = if first < deadline { self.limits.headers } else { self.limits.total };
        let mut response = timeout_at(first, sent.send())
            .await
            .map_err(|_| Failure::Slow(limit))?
            .map_err(Failure::Broken)?;
        if response.content_length().is_some_and(|length| length > self.limits.body) {
            return Err(Failure::Large);
        }
        let mut body = Vec::new();
        let slow = |_| Failure::Slow(self.limits.total);
        while let Some(part) =
            timeout_at(deadline, response.chunk()).await.map_err(slow)?.map_err(Failure::Broken)?
        {
            if u64::try_from(body.len() + part.len()).is_ok_and(|length| length > self.limits.body) {
                return Err(Failure::Large);
            }
            body.extend_from_slice(&part);
        }
        Ok(Response {
            status: response.status().as_u16(),
            url: request.url.clone(),
            headers: kept(response.headers()),
            body,
        })
    }
}

/// What a request is recorded under.
fn key(request: &Request, private: bool) -> Key {
    let mut url = request.url.clone();
    url.set_fragment(None);
    Key::new(&request.method, &url, &hex(&request.body), private)
}

/// The hash of a body in hex; empty for no body.
fn hex(body: &[u8]) -> String {
    if body.is_empty() {
        return String::new();
    }
    crate::digest(body)
}

/// A URL's host, with its port where it has one.
fn place(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// Headers that belong to a connection, not to a message.
fn is_of_connection(name: &str) -> bool {
    matches!(
        name,
        "connection"
            | "content-length"
            | "host"
            | "keep-alive"
            | "te"
            | "trailer"
            | "transfer-encoding"
            | "upgrade"
    ) || name.starts_with("proxy-")
}

fn headers(request: &Request) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let own = request.headers.iter().filter(|(name, _)| !is_of_connection(name));
    for (name, value) in own {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            headers.append(name, value);
        }
    }
    // Bodies are kept as they are shown: none is unpacked here.
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    // A server of the task's own sees the name that the model sees, not the address behind it.
    if let Ok(host) = HeaderValue::try_from(place(&request.url)) {
        headers.insert(HOST, host);
    }
    headers
}

fn kept(headers: &HeaderMap) -> Vec<(String, String)> {
    let kept = headers.iter().filter(|(name, _)| !is_of_connection(name.as_str()));
    kept.map(|(name, value)| {
        (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    })
    .collect()
}

/// The innermost cause: what really happened.
fn cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}
