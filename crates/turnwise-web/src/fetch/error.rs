//! Why there is no response: what a model may see, and what is the harness's own fault.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// There is no response.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The web is so, or the task's rules are; an agent may see it as an observation.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The harness failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// A page that cannot be had, in words for a model. Recordings keep it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Refusal {
    /// The URL is none, or not one of the web.
    #[error(
        "`{url}` is not a URL that can be opened: only http and https are, such as: open http://example.org/"
    )]
    BadUrl {
        /// The URL.
        url: String,
    },
    /// The task does not name the host.
    #[error("the host `{host}` is not one of this task's ({allowed})")]
    ForeignHost {
        /// The host, and its port where the URL has one.
        host: String,
        /// Those that are.
        allowed: String,
    },
    /// The host's address is this machine's or a private network's.
    #[error("the host `{host}` has a private address, which this task may not reach")]
    PrivateAddress {
        /// The host.
        host: String,
    },
    /// Nothing answers.
    #[error("the host `{host}` does not answer: {why}")]
    NoAnswer {
        /// The host, and its port where the URL has one.
        host: String,
        /// What happened.
        why: String,
    },
    /// The site's robots.txt says no.
    #[error("`{url}` may not be fetched: {why}")]
    Robots {
        /// The URL.
        url: String,
        /// What robots.txt says, or why it could not be read.
        why: String,
    },
    /// The response is too large.
    #[error("the page at `{url}` is too large: more than {limit} bytes")]
    TooLarge {
        /// The URL.
        url: String,
        /// Bytes.
        limit: u64,
    },
    /// The response took too long.
    #[error("the page at `{url}` took longer than {limit:?}")]
    TooSlow {
        /// The URL.
        url: String,
        /// The time limit.
        limit: Duration,
    },
    /// One redirect led to another too often.
    #[error("the page at `{url}` leads from one redirect to the next without an end ({hops} were followed)")]
    RedirectLoop {
        /// Where it began.
        url: String,
        /// How many were followed.
        hops: u64,
    },
    /// The response is no text.
    #[error("the page at `{url}` cannot be shown: its content is `{content_type}`, not a text")]
    NotText {
        /// The URL.
        url: String,
        /// The content type, or what is known of it.
        content_type: String,
    },
}

/// A failure of the harness.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// A server of the task's own site is dead.
    #[error("the task's own site `{host}` does not answer at {address}; run the same command again to retry")]
    SiteGone {
        /// The host.
        host: String,
        /// Where it should be.
        address: std::net::SocketAddr,
        /// Why.
        #[source]
        source: reqwest::Error,
    },
    /// A server of the task's own site is too slow.
    #[error("the task's own site `{host}` took longer than {limit:?}; run the same command again to retry")]
    SiteSlow {
        /// The host.
        host: String,
        /// The time limit.
        limit: Duration,
    },
    /// A file of the task's own site cannot be read.
    #[error("the file {} of the task's own site cannot be read; check its permissions", path.display())]
    SiteFile {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The HTTP client cannot be made.
    #[error("the HTTP client cannot be made; check the system's certificates")]
    Client(#[source] reqwest::Error),
    /// The recording failed.
    #[error(transparent)]
    Tape(#[from] crate::record::TapeError),
}
