//! Who answers a browser's requests: the harness, for every single one.

use std::sync::{Mutex, PoisonError};

use turnwise_core::{BoxFuture, Source};
use turnwise_web::{FetchError, Fetcher, Method, Refusal, Request, Url};

/// A request of a page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Asked {
    /// `GET`, `POST` …
    pub(crate) method: String,
    /// The whole URL, without its fragment.
    pub(crate) url: String,
    /// The headers, the browser's cookies among them.
    pub(crate) headers: Vec<(String, String)>,
    /// The body; empty where there is none.
    pub(crate) body: Vec<u8>,
    /// Whether it is for a page or a frame, not for something on it.
    pub(crate) is_document: bool,
}

/// The answer to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Served {
    /// A response.
    Response {
        /// Its status.
        status: u16,
        /// Its headers; `Set-Cookie` may stand several times.
        headers: Vec<(String, String)>,
        /// Its body, decoded.
        body: Vec<u8>,
    },
    /// Nothing, and why: the URL is not one that this trial may see, or nobody answers there.
    Refused {
        /// Why, for the model.
        why: String,
    },
}

/// Answers requests.
pub(crate) trait Serve: Send + Sync {
    /// Answers one.
    fn serve(&self, asked: Asked) -> BoxFuture<'_, Served>;
}

/// What the task may reach, by the fetcher that the text browser uses too.
pub(crate) struct Hosts {
    fetcher: Fetcher,
    /// The first failure of the harness itself.
    fault: Mutex<Option<Source>>,
}

impl Hosts {
    /// Answers by this fetcher. Its own cookies are not used: the browser has some.
    pub(crate) fn new(fetcher: Fetcher) -> Self {
        Self { fetcher, fault: Mutex::default() }
    }

    /// The first failure of the harness itself since the last question: the trial cannot go on.
    pub(crate) fn take_fault(&self) -> Option<Source> {
        self.fault.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// A URL as a model writes it: see [`Fetcher::resolve`].
    pub(crate) fn resolve(&self, text: &str, page: Option<&Url>, start: &str) -> Result<Url, Refusal> {
        self.fetcher.resolve(text, page, start)
    }

    /// Forgets what was asked for, for another attempt.
    pub(crate) fn forget(&self) {
        self.fetcher.forget();
        drop(self.take_fault());
    }

    async fn fetch(&self, asked: Asked) -> Served {
        let refused = |why: String| Served::Refused { why };
        let Ok(url) = Url::parse(&asked.url) else { return refused(format!("`{}` is no URL", asked.url)) };
        let Ok(method) = Method::from_bytes(asked.method.as_bytes()) else {
            return refused(format!("`{}` is no method", asked.method));
        };
        let headers = asked.headers.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value));
        // What the fetcher would have to undo, it is not asked for.
        let headers = headers.filter(|(name, _)| name != "accept-encoding").collect();
        match self.fetcher.fetch_once(&Request { method, url, headers, body: asked.body }).await {
            Ok(response) => {
                Served::Response { status: response.status, headers: response.headers, body: response.body }
            }
            Err(FetchError::Refused(refusal)) => refused(refusal.to_string()),
            Err(FetchError::Fault(fault)) => {
                let why = fault.to_string();
                let mut first = self.fault.lock().unwrap_or_else(PoisonError::into_inner);
                first.get_or_insert_with(|| fault.into());
                refused(why)
            }
        }
    }
}

impl Serve for Hosts {
    fn serve(&self, asked: Asked) -> BoxFuture<'_, Served> {
        Box::pin(self.fetch(asked))
    }
}
