//! The text browser: pages as they come from servers, without scripts.

mod acting;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;

use turnwise_core::{BoxFuture, BrowserKind};
use url::Url;

use crate::act::{Act, Direction};
use crate::browser::{Browser, BrowserError, Browsers, Shown};
use crate::fetch::{Document, FetchError, Fetcher, Refusal, Request, Response};
use crate::page::{Limits, Page, Screen};

/// So many pages are kept for `back`, of so many bytes in all; the oldest is forgotten.
const HISTORY: (usize, usize) = (50, 20_000_000);

/// Reading a page of more bytes than this must not keep other trials waiting.
const LARGE: usize = 200_000;

/// A browser that shows pages as text.
#[derive(Debug)]
pub struct TextBrowser {
    fetcher: Fetcher,
    limits: Limits,
    start: String,
    now: Option<Visit>,
    before: VecDeque<Visit>,
    answer: Option<String>,
}

/// A page, and which part of it is shown.
#[derive(Clone, Debug)]
struct Visit {
    /// Bytes of text.
    size: usize,
    page: Page,
    screen: Screen,
}

/// Why a command was not carried out.
enum Failed {
    /// In words for the model.
    Complaint(String),
    /// As the harness's own fault.
    Fault(BrowserError),
}

impl From<FetchError> for Failed {
    fn from(error: FetchError) -> Self {
        match error {
            FetchError::Refused(refusal) => refusal.into(),
            FetchError::Fault(fault) => Self::Fault(fault.into()),
        }
    }
}

impl From<Refusal> for Failed {
    fn from(refusal: Refusal) -> Self {
        Self::Complaint(refusal.to_string())
    }
}

fn complaint<T>(text: impl Into<String>) -> Result<T, Failed> {
    Err(Failed::Complaint(text.into()))
}

impl TextBrowser {
    /// A browser without a page. Commands that need one load `start` first, where it is not empty.
    pub fn new(fetcher: Fetcher, limits: Limits, start: &str) -> Self {
        let (now, before, answer) = (None, VecDeque::new(), None);
        Self { fetcher, limits, start: start.to_owned(), now, before, answer }
    }

    /// Carries out one command. Numbers that are not on the page, pages that cannot be had and the like are texts for the
    /// model, with `ok` false.
    ///
    /// # Errors
    /// When the harness failed.
    pub async fn act(&mut self, act: &Act) -> Result<Shown, BrowserError> {
        match self.carry_out(act).await {
            Ok(text) => Ok(Shown::ok(text)),
            Err(Failed::Complaint(text)) => Ok(Shown::complaint(text)),
            Err(Failed::Fault(fault)) => Err(fault),
        }
    }

    /// The last answer that was given.
    pub fn answer(&self) -> Option<&str> {
        self.answer.as_deref()
    }

    /// The page that is open.
    pub fn page(&self) -> Option<&Page> {
        self.now.as_ref().map(|visit| &visit.page)
    }

    /// What the page shows now.
    fn shown(&self) -> String {
        self.now.as_ref().map_or_else(|| "(no page is open)".to_owned(), |it| it.screen.show(&it.page))
    }

    async fn carry_out(&mut self, act: &Act) -> Result<String, Failed> {
        let needs_page = !matches!(act, Act::Open(_) | Act::Answer(_) | Act::Echo(_));
        if needs_page && self.now.is_none() {
            if self.start.is_empty() {
                return complaint("no page is open; open one first, such as: open http://example.org/");
            }
            self.go(Request::get(self.resolved(&self.start)?)).await?;
        }
        match act {
            Act::Open(url) => {
                let url = self.resolved(url)?;
                self.go(Request::get(url)).await
            }
            Act::Click(number) => self.click(*number).await,
            Act::Type(number, text) => self.type_into(*number, text),
            Act::Select(number, text) => self.select(*number, text),
            Act::Submit(number) => self.submit(*number).await,
            Act::Back => match self.before.pop_back() {
                Some(visit) => {
                    self.now = Some(visit);
                    Ok(self.shown())
                }
                None => complaint("there is no page before this one"),
            },
            Act::Find(text) => self.find(text),
            Act::Scroll(direction) => self.scroll(*direction),
            Act::Answer(text) => {
                self.answer = Some(text.clone());
                Ok(format!("the answer is: {text}"))
            }
            Act::Echo(text) => Ok(text.clone()),
        }
    }

    fn find(&self, text: &str) -> Result<String, Failed> {
        let found = self.now.as_ref().and_then(|it| it.screen.find(&it.page, text));
        found.map_or_else(|| complaint(format!("no line of the page holds \"{text}\"")), Ok)
    }

    fn scroll(&mut self, direction: Direction) -> Result<String, Failed> {
        if let Some(visit) = &mut self.now {
            visit.screen.scroll(&visit.page, direction);
        }
        Ok(self.shown())
    }

    fn resolved(&self, text: &str) -> Result<Url, Failed> {
        let page = self.page().map(|page| &page.url);
        Ok(self.fetcher.resolve(text, page, &self.start)?)
    }

    /// Fetches a page and shows it; the page before is kept for `back`. Nothing changes when the fetch fails.
    async fn go(&mut self, request: Request) -> Result<String, Failed> {
        let response = self.fetcher.fetch(request).await?;
        let page = match response.body.len() {
            0..LARGE => read(response)?,
            _ => {
                let read = tokio::task::spawn_blocking(|| read(response)).await;
                read.map_err(|error| Failed::Fault(BrowserError::Browser(error.into())))??
            }
        };
        let mut screen = Screen::new(self.limits);
        if let Some(line) = page.url.fragment().and_then(|fragment| page.line_of(fragment)) {
            screen.go_to(&page, line);
        }
        let size = page.lines.iter().map(String::len).sum();
        if let Some(before) = self.now.replace(Visit { size, page, screen }) {
            self.keep(before);
        }
        Ok(self.shown())
    }

    /// Keeps a page for `back`.
    fn keep(&mut self, visit: Visit) {
        self.before.push_back(visit);
        let size = |before: &VecDeque<Visit>| before.iter().map(|visit| visit.size).sum::<usize>();
        while self.before.len() > HISTORY.0 || (self.before.len() > 1 && size(&self.before) > HISTORY.1) {
            self.before.pop_front();
        }
    }
}

/// The page in a response.
fn read(response: Response) -> Result<Page, Refusal> {
    let document = response.document()?;
    let (status, url) = (response.status, response.url);
    let mut page = match document {
        Document::Html(html) => Page::of_html(url, &html),
        Document::Text(text) => Page::of_text(url, &text),
    };
    page.status = Some(status);
    Ok(page)
}

impl Browser for TextBrowser {
    fn act<'a>(&'a mut self, act: &'a Act) -> BoxFuture<'a, Result<Shown, BrowserError>> {
        Box::pin(self.act(act))
    }

    fn page(&self) -> Option<&Page> {
        self.page()
    }

    fn answer(&self) -> Option<&str> {
        self.answer()
    }

    fn reset(&mut self) -> BoxFuture<'_, Result<(), BrowserError>> {
        self.fetcher.forget();
        (self.now, self.answer) = (None, None);
        self.before.clear();
        Box::pin(async { Ok(()) })
    }

    fn close(self: Box<Self>) -> BoxFuture<'static, Result<(), BrowserError>> {
        Box::pin(async { Ok(()) })
    }
}

/// Opens [`TextBrowser`]s.
#[derive(Clone, Copy, Debug, Default)]
pub struct TextBrowsers {
    /// How much of a page they show at once.
    pub limits: Limits,
}

impl Browsers for TextBrowsers {
    fn kind(&self) -> BrowserKind {
        BrowserKind::Text
    }

    fn facts(&self) -> Vec<(String, String)> {
        vec![("scripts of pages".to_owned(), "never run".to_owned())]
    }

    fn open<'a>(
        &'a self,
        fetcher: Fetcher,
        start: &'a str,
    ) -> BoxFuture<'a, Result<Box<dyn Browser>, BrowserError>> {
        let browser = TextBrowser::new(fetcher, self.limits, start);
        Box::pin(async move { Ok(Box::new(browser) as Box<dyn Browser>) })
    }
}
