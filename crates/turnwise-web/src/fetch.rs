//! Gets pages: from a task's own site, from folders, from the network, or from a recording; and nothing that the task
//! does not name.

mod error;
mod exchange;
mod folder;
mod hosts;
mod message;
mod network;
mod robots;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cookie_store::{CookieStore, RawCookie};
use tokio::time::Instant;
use url::Url;

pub use error::{Fault, FetchError, Refusal};
pub use hosts::{Access, BadHost, HostPattern, Route, Routes};
pub use message::{Document, Request, Response};
pub use network::Network;
pub use reqwest::Method;

use crate::record::{Key, Tape};
use network::Outside;
use robots::RobotsCache;

/// How much a response may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FetchLimits {
    /// The longest body, in bytes. What is longer is cut off while it comes, never held.
    pub body: u64,
    /// The longest time until the headers of one response are there.
    pub headers: Duration,
    /// The longest time for everything that one fetch takes, redirects and body included.
    pub total: Duration,
    /// How many redirects are followed.
    pub redirects: u64,
}

impl Default for FetchLimits {
    fn default() -> Self {
        Self {
            body: 5_000_000,
            headers: Duration::from_secs(5),
            total: Duration::from_secs(10),
            redirects: 10,
        }
    }
}

/// Fetches for one trial: it has the trial's cookies, and goes only where the trial's task says. What may be reached is
/// checked at every hop, and the address that was checked is the one connected to.
pub struct Fetcher {
    network: Network,
    access: Access,
    limits: FetchLimits,
    tape: Option<Arc<Tape>>,
    cookies: Mutex<CookieStore>,
    outside: Outside,
    robots: RobotsCache,
    /// How often each request was made, by its key: a recording answers the second with the second response.
    asked: Mutex<BTreeMap<Key, usize>>,
}

impl fmt::Debug for Fetcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fetcher")
            .field("access", &self.access)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

impl Fetcher {
    /// A fetcher without cookies, on a network that trials share.
    pub fn new(network: &Network, access: Access, limits: FetchLimits) -> Self {
        Self {
            network: network.clone(),
            access,
            limits,
            tape: None,
            cookies: Mutex::default(),
            outside: Outside::default(),
            robots: RobotsCache::default(),
            asked: Mutex::default(),
        }
    }

    /// The same with a recording of what comes from outside the task's own hosts.
    #[must_use]
    pub fn with_tape(mut self, tape: Arc<Tape>) -> Self {
        self.tape = Some(tape);
        self
    }

    /// What the task may reach.
    pub fn access(&self) -> &Access {
        &self.access
    }

    /// Whether a text is the name of a host that the task may reach.
    pub fn knows(&self, host: &str) -> bool {
        let url = Url::parse(&format!("http://{host}/")).ok();
        url.is_some_and(|url| self.access.routes.get(host).is_some() || self.access.outside(&url).is_some())
    }

    /// A URL as a model writes it: whole, a path of the open page's own host, or a host of the task's without `http://`. Where no page is
    /// open, it is understood as on the page at `start`.
    ///
    /// # Errors
    /// When it is none.
    pub fn resolve(&self, text: &str, page: Option<&Url>, start: &str) -> Result<Url, Refusal> {
        let text = text.trim();
        let host = text.split(['/', '?', '#']).next().unwrap_or_default();
        let url = if !host.is_empty() && self.knows(host) {
            Url::parse(&format!("http://{text}"))
        } else {
            match (page, Url::parse(start)) {
                (Some(base), _) => base.join(text),
                (None, Ok(base)) => base.join(text),
                (None, Err(_)) => Url::parse(text),
            }
        };
        url.map_err(|_| Refusal::BadUrl { url: text.to_owned() })
    }

    /// The limits.
    pub fn limits(&self) -> FetchLimits {
        self.limits
    }

    /// Fetches with the trial's cookies, and follows redirects. A response with status 404 or 500 is one.
    ///
    /// # Errors
    /// [`FetchError::Refused`] is for the model to see, [`FetchError::Fault`] ends the attempt.
    pub async fn fetch(&self, request: Request) -> Result<Response, FetchError> {
        let began_at = request.url.to_string();
        let deadline = Instant::now() + self.limits.total;
        let mut next = request;
        for _ in 0..=self.limits.redirects {
            let mut sent = next.clone();
            self.add_cookies(&mut sent);
            let response = self.hop(&sent, deadline).await?;
            self.keep_cookies(&response);
            match redirected(&next, &response) {
                Some(target) => next = target,
                None => return Ok(response),
            }
        }
        Err(Refusal::RedirectLoop { url: began_at, hops: self.limits.redirects }.into())
    }

    /// Fetches as the request says, for a browser that has cookies of its own and follows redirects itself: one hop.
    ///
    /// # Errors
    /// As [`Fetcher::fetch`].
    pub async fn fetch_once(&self, request: &Request) -> Result<Response, FetchError> {
        self.hop(request, Instant::now() + self.limits.total).await
    }

    /// Forgets the cookies and what was asked for, for another attempt.
    pub fn forget(&self) {
        *locked(&self.cookies) = CookieStore::default();
        locked(&self.asked).clear();
    }

    fn add_cookies(&self, request: &mut Request) {
        let store = locked(&self.cookies);
        let mut cookies = store.matches(&request.url);
        // The store has no order of its own; the longest path first is what RFC 6265 asks for.
        cookies
            .sort_by_key(|cookie| (std::cmp::Reverse(cookie.path.as_ref().len()), cookie.name().to_owned()));
        let pairs: Vec<String> =
            cookies.iter().map(|cookie| format!("{}={}", cookie.name(), cookie.value())).collect();
        if !pairs.is_empty() {
            request.headers.push(("cookie".to_owned(), pairs.join("; ")));
        }
    }

    fn keep_cookies(&self, response: &Response) {
        let set = response.headers.iter().filter(|(name, _)| name == "set-cookie");
        let cookies = set.filter_map(|(_, value)| RawCookie::parse(value.clone()).ok());
        locked(&self.cookies).store_response_cookies(cookies, &response.url);
    }
}

/// A lock that another thread's panic does not spoil: what is in it is whole after every statement.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The request that a redirect asks for.
fn redirected(request: &Request, response: &Response) -> Option<Request> {
    if !matches!(response.status, 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let location = response.header("location")?;
    let mut url = response.url.join(location).ok().or_else(|| Url::parse(location).ok())?;
    if url.fragment().is_none() {
        url.set_fragment(request.url.fragment());
    }
    let keeps_body = matches!(response.status, 307 | 308);
    let becomes_get = match response.status {
        303 => request.method != Method::HEAD,
        _ => request.method == Method::POST && !keeps_body,
    };
    match becomes_get {
        true => Some(Request::get(url)),
        false => Some(Request { url, ..request.clone() }),
    }
}
