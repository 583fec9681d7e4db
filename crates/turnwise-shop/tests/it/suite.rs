//! What the tests through the real text browser share.

use std::sync::Arc;

use turnwise_core::{Environment, EnvironmentProvider as _, Task};
use turnwise_shop::{ShopSites, catalogue::Catalogues, task::Recipe};
use turnwise_web::WebProvider;

/// A suite, and what opens its tasks.
pub(crate) struct Suite {
    recipe: Recipe,
    catalogues: Arc<Catalogues>,
    provider: WebProvider,
}

impl Suite {
    pub(crate) fn new(name: &str, seed: u64) -> Self {
        let catalogues = Arc::new(Catalogues::default());
        let provider = WebProvider::new(vec![Box::new(ShopSites::new(Arc::clone(&catalogues)))]).unwrap();
        Self { recipe: Recipe { name: name.to_owned(), seed }, catalogues, provider }
    }

    pub(crate) fn task(&self, number: u64) -> Task {
        self.recipe.task(number, &self.catalogues).unwrap()
    }

    pub(crate) async fn open(&self, task: &Task) -> Box<dyn Environment> {
        self.provider.open(task).await.unwrap()
    }
}
