//! The contract of a browser: it carries out commands, and shows what an agent sees then.

use turnwise_core::{BoxFuture, BrowserKind, Source};

use crate::act::Act;
use crate::fetch::{Fault, Fetcher};
use crate::page::Page;

/// What an agent sees after a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The text.
    pub text: String,
    /// Whether the command was carried out. A page with status 404 is one.
    pub ok: bool,
}

impl Shown {
    /// A command that was carried out.
    pub fn ok(text: impl Into<String>) -> Self {
        Self { text: text.into(), ok: true }
    }

    /// A command that was not, and what would be right.
    pub fn complaint(text: impl Into<String>) -> Self {
        Self { text: format!("error: {}", text.into()), ok: false }
    }
}

/// A browser that failed as a part of the harness.
#[derive(Debug, thiserror::Error)]
pub enum BrowserError {
    /// The page could not be had because of the harness.
    #[error(transparent)]
    Fetch(#[from] Fault),
    /// The browser itself failed.
    #[error("the browser failed; run the same command again to retry")]
    Browser(#[source] Source),
}

/// A browser of one trial. Its first page is not loaded before it is needed.
pub trait Browser: Send {
    /// Carries out one command. When the future is dropped before it is done, the browser shows the page that it showed
    /// before, or the next one, and goes on.
    fn act<'a>(&'a mut self, act: &'a Act) -> BoxFuture<'a, Result<Shown, BrowserError>>;

    /// The page that is open, as it was last seen.
    fn page(&self) -> Option<&Page>;

    /// The last answer that was given.
    fn answer(&self) -> Option<&str>;

    /// Forgets everything: pages, cookies, the answer.
    fn reset(&mut self) -> BoxFuture<'_, Result<(), BrowserError>>;

    /// Ends it. Dropping it does the same, later.
    fn close(self: Box<Self>) -> BoxFuture<'static, Result<(), BrowserError>>;
}

/// Opens browsers of one kind.
pub trait Browsers: Send + Sync {
    /// The kind.
    fn kind(&self) -> BrowserKind;

    /// What is enforced beside what the fetcher enforces, as named facts.
    fn facts(&self) -> Vec<(String, String)>;

    /// A browser for one trial, which begins at `start` and gets every response from `fetcher`.
    fn open<'a>(
        &'a self,
        fetcher: Fetcher,
        start: &'a str,
    ) -> BoxFuture<'a, Result<Box<dyn Browser>, BrowserError>>;
}
