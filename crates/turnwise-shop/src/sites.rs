//! The shop as a kind of site: what web environments open for tasks that buy.

use std::sync::Arc;

use turnwise_core::{BoxFuture, Grade, Source, Task};
use turnwise_web::{Done, Routes, Site, Sites};

use crate::{
    catalogue::{Catalogue, Catalogues, WordsError},
    reward,
    site::{Shop, ShopError, order},
    task::{SITE, ShopSetup},
};

/// A task whose shop cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// It is no task on the web.
    #[error("task `{task}` has no pages; give it a `[web]` table with `site = \"shop\"`")]
    NoPages {
        /// The task.
        task: String,
    },
    /// Its settings are not those of a shop.
    #[error(
        "the settings of task `{task}` are not a shop's; write them as turnwise_shop::task::ShopSetup has them"
    )]
    Settings {
        /// The task.
        task: String,
        /// What is wrong with them.
        #[source]
        source: serde_json::Error,
    },
    /// There is no catalogue.
    #[error(transparent)]
    Words(#[from] WordsError),
    /// The shop does not open.
    #[error(transparent)]
    Shop(#[from] ShopError),
}

/// Opens shops; each catalogue is generated once.
#[derive(Clone, Debug, Default)]
pub struct ShopSites {
    catalogues: Arc<Catalogues>,
}

impl ShopSites {
    /// Shops with catalogues that others use too.
    pub fn new(catalogues: Arc<Catalogues>) -> Self {
        Self { catalogues }
    }

    fn setup(&self, task: &Task) -> Result<(ShopSetup, Arc<Catalogue>), OpenError> {
        let web = task.web.as_ref().ok_or_else(|| OpenError::NoPages { task: task.id.clone() })?;
        let setup: ShopSetup = serde_json::from_str(&web.settings)
            .map_err(|source| OpenError::Settings { task: task.id.clone(), source })?;
        let catalogue = self.catalogues.get(setup.catalogue)?;
        Ok((setup, catalogue))
    }

    async fn shop(&self, task: &Task) -> Result<Shop, OpenError> {
        let (setup, catalogue) = self.setup(task)?;
        Ok(Shop::open(catalogue, &setup).await?)
    }
}

impl Sites for ShopSites {
    fn kind(&self) -> &'static str {
        SITE
    }

    fn open<'a>(&'a self, task: &'a Task) -> BoxFuture<'a, Result<Box<dyn Site>, Source>> {
        Box::pin(async move { Ok(Box::new(self.shop(task).await?) as Box<dyn Site>) })
    }

    fn regrade(&self, task: &Task, work: &[&str]) -> Result<Option<Grade>, Source> {
        let (setup, catalogue) = self.setup(task)?;
        let lines = order(work);
        Ok(Some(reward::grade((!lines.is_empty()).then_some(&lines), &setup, &catalogue)))
    }
}

impl Site for Shop {
    fn routes(&self) -> Routes {
        Routes::new().server(Self::HOST, self.address())
    }

    fn start(&self) -> &str {
        Self::START
    }

    fn work(&mut self) -> Vec<String> {
        Self::work(self)
    }

    fn grade<'a>(&'a mut self, _done: Done<'a>) -> BoxFuture<'a, Result<Grade, Source>> {
        Box::pin(async move { Ok(Self::grade(self)) })
    }

    fn reset(&mut self) -> BoxFuture<'_, Result<(), Source>> {
        Self::reset(self);
        Box::pin(async { Ok(()) })
    }
}
