//! Goes to pages, and waits until they stand still.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, timeout};
use turnwise_web::{Page, Url};

use super::{SHORT, Tab, Trouble};

/// How long a page may take to load.
pub(crate) const LOAD_LIMIT: Duration = Duration::from_secs(15);
/// How long things that a page fetches by itself are waited for.
const FETCH_LIMIT: Duration = Duration::from_secs(4);
/// For how long nothing may change, and how long a page that never stands still is waited for, in milliseconds.
const STILL: &str = "typeof __turnwise==='object'?__turnwise.quiet(25,600):0";

impl Tab {
    /// Goes to a page and waits until it stands still.
    pub(crate) async fn go(&self, url: &str) -> Result<(), Trouble> {
        self.seen.document(None, None);
        let gone = self.call("Page.navigate", json!({ "url": url }), LOAD_LIMIT).await?;
        if let Some(error) = gone["errorText"].as_str() {
            let refused = self.seen.refused();
            let why = refused.unwrap_or_else(|| plain(error).to_owned());
            return Err(Trouble::Said(format!("{url} was not opened: {why}")));
        }
        self.settle(LOAD_LIMIT).await
    }

    /// Returns to the page before.
    pub(crate) async fn back(&self) -> Result<(), Trouble> {
        let history = self.call("Page.getNavigationHistory", json!({}), SHORT).await?;
        let current = history["currentIndex"].as_u64().unwrap_or(0);
        // The first entry is the empty page that every tab begins with.
        let before = current.checked_sub(1).filter(|before| *before > 0);
        let entry =
            before.and_then(|before| usize::try_from(before).ok()).map(|at| &history["entries"][at]["id"]);
        let Some(Value::Number(entry)) = entry else {
            return Err(Trouble::Said("there is no page before this one".to_owned()));
        };
        self.call("Page.navigateToHistoryEntry", json!({ "entryId": entry }), SHORT).await?;
        self.settle(LOAD_LIMIT).await
    }

    /// The page as it is now.
    pub(crate) async fn look(&self) -> Result<Page, Trouble> {
        let look = "typeof __turnwise==='object'?__turnwise.page():{url:location.href,html:'',cut:false}";
        let seen = self.evaluate(look, LOAD_LIMIT).await?;
        let text = |key: &str| seen[key].as_str().unwrap_or_default();
        let url = Url::parse(text("url"))
            .map_err(|error| Trouble::Said(format!("the page has no URL ({error}); open another")))?;
        let cut = if seen["cut"] == true { "<p>(the page is too large; its end is missing)</p>" } else { "" };
        let mut page = Page::of_live_html(url, &format!("{}{cut}", text("html")));
        page.status = self.status();
        Ok(page)
    }

    /// Waits until the page is loaded and nothing has changed for a moment, but not for ever: a page that never stands still
    /// is taken as it is. What the page wanted to open in a new window is opened in this one.
    pub(crate) async fn settle(&self, limit: Duration) -> Result<(), Trouble> {
        self.stand_still(limit).await?;
        let Some(window) = self.seen.take_windows().pop() else { return Ok(()) };
        if !window.starts_with("http") {
            self.seen.note("The page opened a window, which was closed.".to_owned());
            return Ok(());
        }
        self.seen.note(format!("The page opened a window; {window} is shown here instead."));
        let gone = self.call("Page.navigate", json!({ "url": window }), LOAD_LIMIT).await?;
        if gone["errorText"].is_string() {
            self.seen.note(format!("{window} could not be opened."));
        }
        self.stand_still(limit).await
    }

    async fn stand_still(&self, limit: Duration) -> Result<(), Trouble> {
        let deadline = Instant::now() + limit;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let idle = tokio::select! {
                idle = timeout(left.min(limit), self.seen.idle()) => idle.is_ok(),
                () = self.seen.crash() => return Err(Trouble::Crashed),
            };
            match self.evaluate(STILL, SHORT).await {
                Ok(_) if !idle || self.seen.is_idle() => return Ok(()),
                Ok(_) | Err(Trouble::Moved) if left.is_zero() => return Ok(()),
                Ok(_) | Err(Trouble::Moved) => {}
                Err(trouble) => return Err(trouble),
            }
        }
    }

    /// Waits after an act: what it began is loaded, and nothing has changed for a moment.
    pub(crate) async fn settle_after_act(&self) -> Result<(), Trouble> {
        self.settle(match self.seen.is_idle() {
            true => FETCH_LIMIT,
            false => LOAD_LIMIT,
        })
        .await
    }
}

/// Chromium's words for the commonest errors, plainly.
fn plain(error: &str) -> &str {
    match error {
        "net::ERR_BLOCKED_BY_CLIENT" => "it is not one of the pages that may be opened",
        "net::ERR_ABORTED" => "it is no page to look at (a download, or an empty answer)",
        "Cannot navigate to invalid URL" => "it is no URL",
        other => other,
    }
}
