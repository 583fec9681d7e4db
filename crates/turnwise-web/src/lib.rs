//! Web tasks: what an agent can do on a page, how it is shown one, and who fetches it.

mod act;
mod browser;
mod environment;
mod fetch;
mod http;
mod page;
mod record;
mod site;
#[cfg(test)]
mod testing;
mod text;
mod work;

pub use act::{Act, BadAct, COMMANDS, Direction};
pub use browser::{Browser, BrowserError, Browsers, Shown};
pub use environment::{WebEnvironment, WebError, WebLimits, WebProvider};
pub use fetch::{
    Access, BadHost, Document, Fault, FetchError, FetchLimits, Fetcher, HostPattern, Method, Network,
    Refusal, Request, Response, Route, Routes,
};
pub use http::{BadSettings, HttpSites};
pub use page::{BadForm, Choice, Element, Form, FormField, Kind, Limits, Page, Press, Screen};
pub use record::{Tape, TapeError};
pub use site::{Done, Site, Sites};
pub use text::{TextBrowser, TextBrowsers};
pub use url::Url;
pub use work::state_of_work;

/// The SHA-256 of bytes in hex.
fn digest(bytes: &[u8]) -> String {
    use sha2::Digest;
    use std::fmt::Write;
    let hash = sha2::Sha256::digest(bytes);
    hash.iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a string does not fail.
        let _written = write!(text, "{byte:02x}");
        text
    })
}
