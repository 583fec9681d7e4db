//! What the shop sells: a catalogue that follows from a seed, and the search in it.

mod generate;
mod product;
mod search;
mod words;

#[cfg(test)]
mod tests;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

pub use product::{Choice, Kind, Product, Review, dollars};
pub use search::Query;
pub use words::WordsError;

pub(crate) use product::capital;

/// A catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Catalogue {
    /// What it was drawn from.
    pub seed: u64,
    /// The categories, in the order of the shop's first page.
    pub categories: Vec<String>,
    /// The types of products.
    pub kinds: Vec<Kind>,
    /// The products; number n is at place n − 1.
    pub products: Vec<Product>,
    /// For each word that is searched: products that hold it, and how much it counts there.
    index: BTreeMap<String, Vec<(u32, u32)>>,
}

impl Catalogue {
    /// The catalogue of a seed: the same on every machine.
    ///
    /// # Errors
    /// When the crate's own word list is broken.
    pub fn generate(seed: u64) -> Result<Self, WordsError> {
        generate::generate(seed)
    }

    /// The product of this number.
    pub fn product(&self, id: u32) -> Option<&Product> {
        let at = usize::try_from(id.checked_sub(1)?).ok()?;
        self.products.get(at)
    }

    /// The type of this name.
    pub fn kind(&self, noun: &str) -> Option<&Kind> {
        self.kinds.iter().find(|kind| kind.noun == noun)
    }

    /// A product's type.
    pub fn kind_of(&self, product: &Product) -> &Kind {
        &self.kinds[product.kind]
    }
}

/// Catalogues by seed, each generated once.
#[derive(Debug, Default)]
pub struct Catalogues {
    made: Mutex<BTreeMap<u64, Arc<Catalogue>>>,
}

impl Catalogues {
    /// The catalogue of a seed.
    ///
    /// # Errors
    /// See [`Catalogue::generate`].
    pub fn get(&self, seed: u64) -> Result<Arc<Catalogue>, WordsError> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = made.get(&seed) {
            return Ok(Arc::clone(known));
        }
        let new = Arc::new(Catalogue::generate(seed)?);
        made.insert(seed, Arc::clone(&new));
        Ok(new)
    }
}
