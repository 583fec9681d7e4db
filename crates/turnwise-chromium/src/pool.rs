//! The one browser of all trials, started anew when it is gone.

use std::{fmt, sync::Arc};

use tokio::sync::Mutex;
use turnwise_core::{EnvError, Protection};

use crate::{ChromiumConfig, ChromiumError, launch::Browser};

/// Who starts the browser, and starts it again.
pub(crate) struct Pool {
    config: ChromiumConfig,
    protection: Protection,
    browser: Mutex<Option<Arc<Browser>>>,
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").field("config", &self.config).finish_non_exhaustive()
    }
}

impl Pool {
    /// Starts the browser.
    pub(crate) async fn new(config: ChromiumConfig) -> Result<Self, ChromiumError> {
        let browser = Browser::start(&config).await?;
        let protection = browser.protection.clone();
        Ok(Self { config, protection, browser: Mutex::new(Some(Arc::new(browser))) })
    }

    /// What is really enforced.
    pub(crate) fn protection(&self) -> &Protection {
        &self.protection
    }

    /// What it was made with.
    pub(crate) fn config(&self) -> &ChromiumConfig {
        &self.config
    }

    /// The browser; a new one where the last is gone or does not answer.
    pub(crate) async fn browser(&self) -> Result<Arc<Browser>, EnvError> {
        let mut place = self.browser.lock().await;
        if let Some(browser) = place.as_ref() {
            if browser.is_well().await {
                return Ok(Arc::clone(browser));
            }
            tracing::warn!("the browser is gone or stuck; another one is started");
        }
        // The old one ends before the new one begins: trials that still hold it see it closed.
        if let Some(old) = place.take() {
            old.end();
        }
        let browser = Arc::new(Browser::start(&self.config).await?);
        *place = Some(Arc::clone(&browser));
        Ok(browser)
    }
}
