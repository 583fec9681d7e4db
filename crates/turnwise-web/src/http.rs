//! The site kind `http`: pages of other people, and checks of what an agent found there.

mod checks;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;
use turnwise_core::{BoxFuture, Grade, Source, Task};
use url::Url;

use crate::fetch::{Access, BadHost, HostPattern, Routes};
use crate::record::{Tape, TapeError};
use crate::site::{Done, Site, Sites};
use checks::{Answer, Checks};

/// Opens sites of the kind `http`: all from the network, or all with one recording.
#[derive(Clone, Debug, Default)]
pub struct HttpSites {
    tape: Option<Arc<Tape>>,
}

impl HttpSites {
    /// From the network.
    pub fn live() -> Self {
        Self::default()
    }

    /// From the network, and into a recording.
    ///
    /// # Errors
    /// When the file cannot be written, or is there and no recording.
    pub fn recording(path: &Path) -> Result<Self, TapeError> {
        Ok(Self { tape: Some(Arc::new(Tape::record(path)?)) })
    }

    /// From a recording, without the network.
    ///
    /// # Errors
    /// When the file cannot be read, or is no recording.
    pub fn replaying(path: &Path) -> Result<Self, TapeError> {
        Ok(Self { tape: Some(Arc::new(Tape::replay(path)?)) })
    }
}

/// Settings of a task that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BadSettings {
    /// They are not what they should be.
    #[error("the settings of the site are not valid JSON of its fields (start, hosts, private, answer, url)")]
    Json(#[source] serde_json::Error),
    /// A host is none.
    #[error(transparent)]
    Host(#[from] BadHost),
    /// The page to begin with cannot be opened.
    #[error(
        "`start` is `{start}`, which is no http URL of a host in `hosts`: add its host there, with its port where that is not 80 or 443"
    )]
    Start {
        /// The URL.
        start: String,
    },
    /// Nothing is checked.
    #[error("nothing is checked: give `answer`, `url` or both")]
    NoChecks,
    /// A pattern is none.
    #[error("`{field}` is no regular expression")]
    Pattern {
        /// Which one.
        field: &'static str,
        /// Why.
        #[source]
        source: regex::Error,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// The URL that is open at the beginning.
    start: String,
    /// Hosts that may be reached, at public addresses.
    #[serde(default)]
    hosts: Vec<String>,
    /// Hosts that may also have private addresses.
    #[serde(default)]
    private: Vec<String>,
    /// What the answer has to be.
    answer: Option<Answer>,
    /// A regular expression that the last page's URL has to match.
    url: Option<String>,
}

struct HttpSite {
    start: String,
    access: Access,
    checks: Checks,
    tape: Option<Arc<Tape>>,
}

impl HttpSite {
    fn of_settings(settings: &str, tape: Option<Arc<Tape>>) -> Result<Self, BadSettings> {
        let settings: Settings = serde_json::from_str(settings).map_err(BadSettings::Json)?;
        let patterns = |hosts: &[String]| -> Result<Vec<HostPattern>, BadHost> {
            hosts.iter().map(|host| host.parse()).collect()
        };
        let (hosts, private) = (patterns(&settings.hosts)?, patterns(&settings.private)?);
        let access = Access { routes: Routes::new(), hosts, private };
        let is_reached = Url::parse(&settings.start)
            .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && access.outside(&url).is_some());
        if !is_reached {
            return Err(BadSettings::Start { start: settings.start });
        }
        let checks = Checks::new(settings.answer, settings.url.as_deref())?;
        Ok(Self { start: settings.start, access, checks, tape })
    }
}

impl Site for HttpSite {
    fn routes(&self) -> Routes {
        Routes::new()
    }

    fn access(&self) -> Access {
        self.access.clone()
    }

    fn tape(&self) -> Option<Arc<Tape>> {
        self.tape.clone()
    }

    fn start(&self) -> &str {
        &self.start
    }

    fn work(&mut self) -> Vec<String> {
        Vec::new()
    }

    fn grade<'a>(&'a mut self, done: Done<'a>) -> BoxFuture<'a, Result<Grade, Source>> {
        let grade = self.checks.grade(done);
        Box::pin(async move { Ok(grade) })
    }

    fn reset(&mut self) -> BoxFuture<'_, Result<(), Source>> {
        Box::pin(async { Ok(()) })
    }
}

impl Sites for HttpSites {
    fn kind(&self) -> &'static str {
        "http"
    }

    fn facts(&self) -> Vec<(String, String)> {
        let pages = match &self.tape {
            None => "from the network",
            Some(tape) if tape.is_replay() => "from a recording, without the network",
            Some(_) => "from the network, recorded",
        };
        vec![("pages of `http`".to_owned(), pages.to_owned())]
    }

    fn open<'a>(&'a self, task: &'a Task) -> BoxFuture<'a, Result<Box<dyn Site>, Source>> {
        Box::pin(async move {
            let settings = task.web.as_ref().map(|web| web.settings.as_str()).unwrap_or_default();
            let site = HttpSite::of_settings(settings, self.tape.clone())?;
            Ok(Box::new(site) as Box<dyn Site>)
        })
    }
}
