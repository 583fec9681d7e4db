//! Opens the environments of web tasks: the site by its kind, the browser by its.

use std::time::Duration;

use turnwise_core::{
    BoxFuture, BrowserKind, EnvError, Environment, EnvironmentProvider, Grade, Protection, Source, Task,
    WebSetup,
};

use super::WebEnvironment;
use crate::browser::Browsers;
use crate::fetch::{Fault, FetchLimits, Fetcher, Network};
use crate::site::Sites;
use crate::text::TextBrowsers;

/// The limits of web tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WebLimits {
    /// Of one response.
    pub fetch: FetchLimits,
    /// The longest time for one command.
    pub command: Duration,
}

impl Default for WebLimits {
    fn default() -> Self {
        Self { fetch: FetchLimits::default(), command: Duration::from_secs(30) }
    }
}

/// A task that no environment can be opened for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WebError {
    /// The task is not one on the web.
    #[error("the task has no pages; give it a `[web]` table, or run it in a workspace")]
    NoPages,
    /// There are no sites of its kind.
    #[error("there is no kind of site `{site}`; known are: {known}")]
    UnknownSite {
        /// The kind.
        site: String,
        /// Those that there are.
        known: String,
    },
    /// Its kind of site cannot grade work from a record.
    #[error("work on sites of kind `{site}` cannot be graded from its record; run the task again")]
    NotFromRecord {
        /// The kind.
        site: String,
    },
    /// There is no browser of its kind.
    #[error("there is no browser `{browser}` in this run; there are: {known}")]
    UnknownBrowser {
        /// The kind.
        browser: &'static str,
        /// Those that there are.
        known: String,
    },
}

/// Opens [`WebEnvironment`]s.
pub struct WebProvider {
    network: Network,
    sites: Vec<Box<dyn Sites>>,
    browsers: Vec<Box<dyn Browsers>>,
    limits: WebLimits,
    protection: Protection,
}

impl std::fmt::Debug for WebProvider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WebProvider").field("protection", &self.protection).finish_non_exhaustive()
    }
}

impl WebProvider {
    /// A provider with the text browser and these sites.
    ///
    /// # Errors
    /// When the HTTP client cannot be made.
    pub fn new(sites: Vec<Box<dyn Sites>>) -> Result<Self, Fault> {
        let provider = Self {
            network: Network::new()?,
            sites,
            browsers: vec![Box::new(TextBrowsers::default())],
            limits: WebLimits::default(),
            protection: Protection::default(),
        };
        Ok(provider.described())
    }

    /// The same with other limits.
    #[must_use]
    pub fn with_limits(mut self, limits: WebLimits) -> Self {
        self.limits = limits;
        self.described()
    }

    /// Whether tasks for this browser can be opened.
    pub fn has_browser(&self, kind: BrowserKind) -> bool {
        self.browsers.iter().any(|it| it.kind() == kind)
    }

    fn described(mut self) -> Self {
        let WebLimits { fetch, command } = self.limits;
        let facts = [
            ("network", "task hosts only".to_owned()),
            ("private addresses", "only of hosts that the task names".to_owned()),
            ("robots.txt", "obeyed outside the task's own hosts".to_owned()),
            ("page size", format!("{} bytes", fetch.body)),
            ("time of a page", format!("{:?}", fetch.total)),
            ("redirects", fetch.redirects.to_string()),
            ("time of a command", format!("{command:?}")),
        ];
        let facts = facts.into_iter().map(|(name, value)| (name.to_owned(), value));
        let sites = self.sites.iter().flat_map(|it| it.facts());
        let browsers = self.browsers.iter().flat_map(|it| it.facts());
        self.protection =
            Protection { kind: "web".to_owned(), facts: facts.chain(sites).chain(browsers).collect() };
        self
    }

    /// The task's pages, and who opens its site.
    fn sites_of<'t>(&self, task: &'t Task) -> Result<(&'t WebSetup, &dyn Sites), WebError> {
        let web = task.web.as_ref().ok_or(WebError::NoPages)?;
        let sites = self.sites.iter().find(|it| it.kind() == web.site).ok_or_else(|| {
            let known: Vec<&str> = self.sites.iter().map(|it| it.kind()).collect();
            WebError::UnknownSite { site: web.site.clone(), known: known.join(", ") }
        })?;
        Ok((web, &**sites))
    }

    /// Grades work from its record, as [`WorkspaceState::patch`](turnwise_core::WorkspaceState) has it, without opening any page.
    ///
    /// # Errors
    /// When the kind of site cannot do that.
    pub fn regrade(&self, task: &Task, patch: &str) -> Result<Grade, EnvError> {
        let failed = |source: Source| EnvError::Grader { task: task.id.clone(), source };
        let (web, sites) = self.sites_of(task).map_err(|error| failed(error.into()))?;
        let lines: Vec<&str> = patch.lines().map(|line| line.strip_prefix('+').unwrap_or(line)).collect();
        let grade = sites.regrade(task, &lines).map_err(failed)?;
        grade.ok_or_else(|| failed(WebError::NotFromRecord { site: web.site.clone() }.into()))
    }

    async fn opened(&self, task: &Task) -> Result<WebEnvironment, Source> {
        let (web, sites) = self.sites_of(task)?;
        let browsers = self.browsers.iter().find(|it| it.kind() == web.browser).ok_or_else(|| {
            let known: Vec<&str> = self.browsers.iter().map(|it| it.kind().as_str()).collect();
            WebError::UnknownBrowser { browser: web.browser.as_str(), known: known.join(", ") }
        })?;
        let site = sites.open(task).await?;
        let mut fetcher = Fetcher::new(&self.network, site.access(), self.limits.fetch);
        if let Some(tape) = site.tape() {
            fetcher = fetcher.with_tape(tape);
        }
        let browser = browsers.open(fetcher, site.start()).await?;
        Ok(WebEnvironment::new(&task.id, site, browser, self.limits.command))
    }
}

impl EnvironmentProvider for WebProvider {
    fn protection(&self) -> &Protection {
        &self.protection
    }

    fn open<'a>(&'a self, task: &'a Task) -> BoxFuture<'a, Result<Box<dyn Environment>, EnvError>> {
        Box::pin(async move {
            match self.opened(task).await {
                Ok(environment) => Ok(Box::new(environment) as Box<dyn Environment>),
                Err(source) => Err(EnvError::Pages { task: task.id.clone(), source }),
            }
        })
    }
}
