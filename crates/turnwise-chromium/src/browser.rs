//! Chromium with one tab, and what the agent was last shown of it.

mod act;

use std::{fmt, sync::Arc};

use turnwise_core::{EnvError, Source};
use turnwise_web::{Fetcher, Page};

use crate::{
    pool::Pool,
    serve::{Hosts, Serve},
    tab::{Tab, Trouble},
    view::View,
};

/// A tab of one trial.
pub(crate) struct ChromiumBrowser {
    pool: Arc<Pool>,
    hosts: Arc<Hosts>,
    start: String,
    stand: Option<Stand>,
    /// What the agent answered last.
    answer: Option<String>,
}

/// An attempt under way.
pub(crate) struct Stand {
    pub(crate) tab: Tab,
    pub(crate) view: View,
    /// Whether the agent has seen the page yet.
    pub(crate) shown: bool,
}

/// What came of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// What the agent sees.
    pub(crate) text: String,
    /// Whether the command was carried out.
    pub(crate) ok: bool,
    /// Whether the page was stuck, so that its tab was replaced.
    pub(crate) stuck: bool,
}

/// Why a trial cannot go on.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Broken {
    /// The browser is gone.
    #[error("the browser is gone ({0}); run the same command again to retry")]
    Gone(String),
    /// No browser can be started.
    #[error("no browser could be started")]
    NoBrowser(#[source] EnvError),
    /// What the trial needs from the harness failed.
    #[error("what the page needs could not be had")]
    Fault(#[source] Source),
    /// The page to begin with cannot be had.
    #[error("the page to begin with could not be opened: {0}")]
    NoStart(String),
}

impl Broken {
    /// As an environment says it.
    pub(crate) fn into_env(self, task: &str) -> EnvError {
        match self {
            Self::Gone(why) => {
                tracing::debug!(why, task, "the browser is gone");
                EnvError::Gone { task: task.to_owned() }
            }
            Self::NoBrowser(error) => error,
            Self::Fault(source) => EnvError::Pages { task: task.to_owned(), source },
            other @ Self::NoStart(_) => EnvError::Pages { task: task.to_owned(), source: other.into() },
        }
    }
}

impl fmt::Debug for ChromiumBrowser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChromiumBrowser").field("start", &self.start).finish_non_exhaustive()
    }
}

impl ChromiumBrowser {
    /// A browser without a tab; it begins at `start`, or at an empty page.
    pub(crate) fn new(pool: Arc<Pool>, fetcher: Fetcher, start: &str) -> Self {
        let hosts = Arc::new(Hosts::new(fetcher));
        Self { pool, hosts, start: start.to_owned(), stand: None, answer: None }
    }

    /// The tab, opened where that is not done.
    pub(crate) async fn stand(&mut self) -> Result<&mut Stand, Broken> {
        if self.stand.is_none() {
            let browser = self.pool.browser().await.map_err(Broken::NoBrowser)?;
            let server: Arc<dyn Serve> = Arc::clone(&self.hosts) as _;
            let tab = Tab::open(browser, server).await.map_err(|error| Broken::Gone(error.to_string()))?;
            let view = View::new(tab.look().await.map_err(no_start)?);
            self.stand = Some(Stand { tab, view, shown: false });
        }
        self.stand.as_mut().ok_or_else(|| Broken::Gone("its tab is closed".to_owned()))
    }

    /// Opens the page to begin with, where no page is open.
    pub(crate) async fn begin(&mut self) -> Result<&mut Stand, Broken> {
        if self.stand.is_some() || self.start.is_empty() {
            return self.stand().await;
        }
        let start = self.start.clone();
        let stand = self.stand().await?;
        let gone = stand.tab.go(&start).await;
        self.faultless()?;
        let stand = self.stand().await?;
        match gone {
            Err(Trouble::Said(why)) => stand.tab.note(why),
            other => other.map_err(no_start)?,
        }
        stand.view = View::new(stand.tab.look().await.map_err(no_start)?);
        self.stand().await
    }

    /// An error where the harness failed to answer the page.
    pub(crate) fn faultless(&self) -> Result<(), Broken> {
        self.hosts.take_fault().map_or(Ok(()), |source| Err(Broken::Fault(source)))
    }

    /// The page, as it was last seen.
    pub(crate) fn seen(&self) -> Option<&Page> {
        self.stand.as_ref().map(|stand| stand.view.page())
    }

    /// The tab, where one is open.
    pub(crate) fn tab(&self) -> Option<&Tab> {
        self.stand.as_ref().map(|stand| &stand.tab)
    }

    /// The last answer that was given.
    pub(crate) fn last_answer(&self) -> Option<&str> {
        self.answer.as_deref()
    }

    /// Forgets everything, and waits until it is gone.
    pub(crate) async fn stop(&mut self) {
        self.answer = None;
        self.hosts.forget();
        if let Some(stand) = self.stand.take() {
            stand.tab.close().await;
        }
    }
}

/// Why a trial cannot begin.
pub(crate) fn no_start(trouble: Trouble) -> Broken {
    match trouble {
        Trouble::Gone(why) => Broken::Gone(why),
        other @ (Trouble::Stuck | Trouble::Crashed | Trouble::Moved | Trouble::Said(_)) => {
            Broken::NoStart(other.to_string())
        }
    }
}
