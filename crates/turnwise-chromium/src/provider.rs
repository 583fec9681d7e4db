//! Opens the environments of tasks for Chromium; all trials share one browser.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use turnwise_core::{
    BoxFuture, BrowserKind, EnvError, Environment, EnvironmentProvider, Protection, Source, Task,
};
use turnwise_web::{Fetcher, Network, Sites, WebLimits};

use crate::{
    ChromiumConfig, ChromiumEnvironment, ChromiumError,
    browser::ChromiumBrowser,
    environment::{Pictures, Place},
    miniwob::{Miniwob, SITE, next_act},
    pool::Pool,
};

/// A gold solution that takes more acts than this is going in circles.
const MOST_GOLD_ACTS: usize = 30;

/// Opens a [`ChromiumEnvironment`] for each trial.
pub struct ChromiumProvider {
    pool: Arc<Pool>,
    network: Network,
    miniwob: Option<Miniwob>,
    sites: Vec<Box<dyn Sites>>,
    limits: WebLimits,
    trials: AtomicU32,
}

impl fmt::Debug for ChromiumProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChromiumProvider").field("pool", &self.pool).finish_non_exhaustive()
    }
}

impl ChromiumProvider {
    /// Starts the browser, for tasks of these sites. Must be called within a runtime, as all the rest.
    ///
    /// # Errors
    /// When there is no Chromium, no sandbox for it, or it does not start.
    pub async fn new(config: ChromiumConfig, sites: Vec<Box<dyn Sites>>) -> Result<Self, ChromiumError> {
        let network = Network::new().map_err(|fault| ChromiumError::Network(fault.into()))?;
        let pool = Arc::new(Pool::new(config).await?);
        let (limits, trials) = (WebLimits::default(), AtomicU32::new(0));
        Ok(Self { pool, network, miniwob: None, sites, limits, trials })
    }

    /// The same for tasks of the site `miniwob` too, whose pages are these.
    #[must_use]
    pub fn with_miniwob(mut self, pages: Miniwob) -> Self {
        self.miniwob = Some(pages);
        self
    }

    /// The same with other limits.
    #[must_use]
    pub fn with_limits(mut self, limits: WebLimits) -> Self {
        self.limits = limits;
        self
    }

    /// The commands that solve a task: those that it brings, else those that are found by driving it once; `None` where
    /// nobody has written a solution. Tasks of MiniWoB++ say what to do only on their pages, so their solutions cannot be
    /// written down before; the same seed makes the same page, and so the same commands.
    ///
    /// # Errors
    /// When the browser fails.
    pub async fn gold(&self, task: &Task) -> Result<Option<Vec<String>>, EnvError> {
        if let Some(written) = task.web.as_ref().map(|web| &web.gold).filter(|gold| !gold.is_empty()) {
            return Ok(Some(written.clone()));
        }
        let mut environment = self.make(task).await?;
        let mut commands = Vec::new();
        while commands.len() < MOST_GOLD_ACTS {
            let Some(stage) = environment.stage().await? else { break };
            let Some(act) = next_act(&stage, commands.len()) else { break };
            let command = act.to_string();
            environment.execute(&command).await?;
            commands.push(command);
        }
        Box::new(environment).close().await?;
        Ok((!commands.is_empty()).then_some(commands))
    }

    async fn make(&self, task: &Task) -> Result<ChromiumEnvironment, EnvError> {
        let bad = |source: Source| EnvError::Pages { task: task.id.clone(), source };
        let Some(setup) = task.web.as_ref().filter(|web| web.browser == BrowserKind::Chromium) else {
            return Err(bad("it is not a task for Chromium; open it in its own environment".into()));
        };
        let (place, start, access, tape) = match (&self.miniwob, setup.site.as_str()) {
            (Some(pages), SITE) => {
                let episode = pages.episode(&setup.settings).map_err(|error| bad(error.into()))?;
                let access = episode.access();
                (Place::round(episode), String::new(), access, None)
            }
            (None, SITE) => {
                return Err(bad(
                    "where the MiniWoB++ pages are is not known; name their folder by TURNWISE_MINIWOB"
                        .into(),
                ));
            }
            (_, kind) => {
                let Some(sites) = self.sites.iter().find(|sites| sites.kind() == kind) else {
                    let known: Vec<_> = self.sites.iter().map(|sites| sites.kind()).chain([SITE]).collect();
                    return Err(bad(format!(
                        "there is no kind of site `{kind}`; known are: {}",
                        known.join(", ")
                    )
                    .into()));
                };
                let site = sites.open(task).await.map_err(bad)?;
                let (start, access, tape) = (site.start().to_owned(), site.access(), site.tape());
                (Place::Site(site), start, access, tape)
            }
        };
        let mut fetcher = Fetcher::new(&self.network, access, self.limits.fetch);
        if let Some(tape) = tape {
            fetcher = fetcher.with_tape(tape);
        }
        let number = self.trials.fetch_add(1, Ordering::Relaxed) + 1;
        let pictures = self.pool.config().pictures.as_ref();
        let pictures = pictures.map(|folder| Pictures::new(folder, &task.id, number));
        let browser = ChromiumBrowser::new(Arc::clone(&self.pool), fetcher, &start);
        Ok(ChromiumEnvironment::new(&task.id, browser, place, self.limits.command, pictures))
    }
}

impl EnvironmentProvider for ChromiumProvider {
    fn protection(&self) -> &Protection {
        self.pool.protection()
    }

    fn open<'a>(&'a self, task: &'a Task) -> BoxFuture<'a, Result<Box<dyn Environment>, EnvError>> {
        Box::pin(async move {
            let mut environment = self.make(task).await?;
            // The browser is looked after here, where a new one can be started and no turn is lost.
            environment.begin().await?;
            Ok(Box::new(environment) as Box<dyn Environment>)
        })
    }
}
