//! Browsers and sites for tasks on the web.

use std::path::PathBuf;

use turnwise_core::Task;
use turnwise_shop::ShopSites;
use turnwise_web::{HttpSites, Sites, WebProvider};

use crate::{error::Failure, options::PlaceOptions};

/// What tasks on the web are run with.
#[derive(Clone, Debug)]
pub(crate) struct WebChoice {
    record: Option<PathBuf>,
    replay: Option<PathBuf>,
}

impl WebChoice {
    /// What these tasks need, as the options ask for it.
    pub(super) fn of(options: &PlaceOptions, _tasks: &[&Task]) -> Self {
        Self { record: options.web.record_web.clone(), replay: options.web.replay_web.clone() }
    }

    /// Opens it.
    pub(super) fn open(&self) -> Result<WebProvider, Failure> {
        let http = match (&self.record, &self.replay) {
            (_, Some(file)) => HttpSites::replaying(file)?,
            (Some(file), None) => HttpSites::recording(file)?,
            (None, None) => HttpSites::live(),
        };
        let sites: Vec<Box<dyn Sites>> = vec![Box::new(ShopSites::default()), Box::new(http)];
        WebProvider::new(sites).map_err(|source| Failure::Internal {
            what: "make an HTTP client".to_owned(),
            source: source.into(),
        })
    }
}
