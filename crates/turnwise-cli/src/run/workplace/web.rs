//! Browsers and sites for tasks on the web.

use std::path::{Path, PathBuf};

use turnwise_chromium::{
    ChromiumConfig, ChromiumProvider,
    miniwob::{self, Miniwob},
};
use turnwise_core::{
    BoxFuture, BrowserKind, EnvError, Environment, EnvironmentProvider, Grade, Protection, Source, Task,
};
use turnwise_env::SandboxKind;
use turnwise_shop::ShopSites;
use turnwise_web::{HttpSites, Sites, WebError, WebProvider};

use super::{launcher, mixed::add_facts};
use crate::{
    error::Failure,
    options::{PlaceOption, PlaceOptions, WebOptions},
    suites::PAGES,
};

/// What tasks on the web are run with.
#[derive(Clone, Debug)]
pub(crate) struct WebChoice {
    record: Option<PathBuf>,
    replay: Option<PathBuf>,
    /// Where some want Chromium.
    chromium: Option<ChromiumConfig>,
    /// Where the pages of MiniWoB++ are, where some are of it.
    miniwob: Option<Miniwob>,
}

impl WebChoice {
    /// What these tasks need, as the options ask for it.
    pub(super) fn of(options: &PlaceOptions, tasks: &[&Task]) -> Result<Self, Failure> {
        let setups = || tasks.iter().filter_map(|task| task.web.as_ref());
        let chromium = match setups().any(|web| web.browser == BrowserKind::Chromium) {
            false => None,
            true => Some(ChromiumConfig {
                launcher: launcher()?,
                sandbox: match options.sandbox {
                    PlaceOption::None => SandboxKind::None,
                    PlaceOption::Namespaces | PlaceOption::Container | PlaceOption::Rootfs => {
                        SandboxKind::Namespaces
                    }
                },
                program: None,
                temp: None,
                pictures: options.web.screenshots.clone(),
            }),
        };
        // Where the pages lie is no part of what a task is, so it is a label of it.
        let is_miniwob = |task: &&&Task| task.web.as_ref().is_some_and(|web| web.site == miniwob::SITE);
        let folder = tasks.iter().find(is_miniwob).and_then(|task| task.label(PAGES));
        let miniwob = folder.map(|folder| Miniwob::in_folder(Path::new(folder))).transpose();
        let miniwob = miniwob.map_err(|error| Failure::Suite(error.into()))?;
        let WebOptions { record_web, replay_web, .. } = &options.web;
        Ok(Self { record: record_web.clone(), replay: replay_web.clone(), chromium, miniwob })
    }

    /// Opens it.
    pub(super) async fn open(&self) -> Result<OnWeb, Failure> {
        let sites = self.sites()?;
        let text = WebProvider::new(sites()).map_err(|source| Failure::Internal {
            what: "make an HTTP client".to_owned(),
            source: source.into(),
        })?;
        let chromium = match &self.chromium {
            None => None,
            Some(config) => {
                let provider = ChromiumProvider::new(config.clone(), sites()).await;
                let provider = provider.map_err(EnvError::from)?;
                Some(match &self.miniwob {
                    Some(pages) => provider.with_miniwob(pages.clone()),
                    None => provider,
                })
            }
        };
        let mut protection = text.protection().clone();
        if let Some(chromium) = &chromium {
            add_facts(&mut protection, "chromium", chromium.protection());
        }
        Ok(OnWeb { text, chromium, protection })
    }

    /// What opens sites, for each browser the same: one recording, and one catalogue of a shop.
    fn sites(&self) -> Result<impl Fn() -> Vec<Box<dyn Sites>> + use<>, Failure> {
        let http = match (&self.record, &self.replay) {
            (_, Some(file)) => HttpSites::replaying(file)?,
            (Some(file), None) => HttpSites::recording(file)?,
            (None, None) => HttpSites::live(),
        };
        let shop = ShopSites::default();
        Ok(move || -> Vec<Box<dyn Sites>> { vec![Box::new(shop.clone()), Box::new(http.clone())] })
    }
}

/// Environments on the web, by browser.
pub(super) struct OnWeb {
    text: WebProvider,
    chromium: Option<ChromiumProvider>,
    protection: Protection,
}

impl OnWeb {
    /// Carries out nothing, and grades; or grades recorded work without opening a page.
    pub(super) async fn grade(&self, task: &Task, patch: &str) -> Result<Grade, EnvError> {
        if !patch.is_empty() {
            return self.text.regrade(task, patch);
        }
        let mut environment = self.open(task).await?;
        let grade = environment.grade().await?;
        environment.close().await?;
        Ok(grade)
    }

    /// An environment in which nothing was done yet; where something was, it cannot be brought back from the record.
    pub(super) async fn open_at(&self, task: &Task, patch: &str) -> Result<Box<dyn Environment>, EnvError> {
        if patch.is_empty() {
            return self.open(task).await;
        }
        let site = task.web.as_ref().map(|web| web.site.clone()).unwrap_or_default();
        let source = Source::from(WebError::NotFromRecord { site });
        Err(EnvError::Pages { task: task.id.clone(), source })
    }

    /// The commands of the suite's own solution: those that the task brings, or that are found by driving its pages.
    pub(super) async fn gold(&self, task: &Task) -> Result<Option<Vec<String>>, EnvError> {
        match self.chromium_of(task) {
            Some(chromium) => chromium.gold(task).await,
            None => Ok(task.web.as_ref().map(|web| web.gold.clone()).filter(|gold| !gold.is_empty())),
        }
    }

    /// Chromium, where the task wants it.
    fn chromium_of(&self, task: &Task) -> Option<&ChromiumProvider> {
        let wants = task.web.as_ref().is_some_and(|web| web.browser == BrowserKind::Chromium);
        self.chromium.as_ref().filter(|_| wants)
    }
}

impl EnvironmentProvider for OnWeb {
    fn protection(&self) -> &Protection {
        &self.protection
    }

    fn open<'a>(&'a self, task: &'a Task) -> BoxFuture<'a, Result<Box<dyn Environment>, EnvError>> {
        match self.chromium_of(task) {
            Some(chromium) => chromium.open(task),
            None => self.text.open(task),
        }
    }
}
