//! The words that catalogues are made of, read from the data file that is part of the crate.

use std::{collections::BTreeMap, sync::LazyLock};

use serde::Deserialize;

/// The data file's text.
const FILE: &str = include_str!("../../data/catalogue.toml");

/// The file, read once.
static WORDS: LazyLock<Result<Words, toml::de::Error>> = LazyLock::new(|| toml::from_str(FILE));

/// The data file cannot be read: a mistake of whoever built the crate.
#[derive(Clone, Debug, thiserror::Error)]
#[error(
    "the words of the shop's catalogue cannot be read; mend crates/turnwise-shop/data/catalogue.toml and build again"
)]
pub struct WordsError {
    /// Why.
    #[source]
    source: toml::de::Error,
}

/// The data file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Words {
    pub(super) brands: Vec<String>,
    pub(super) opposites: Vec<(String, String)>,
    pub(super) reviews: Vec<String>,
    pub(super) sentences: Vec<String>,
    pub(super) category: Vec<CategoryWords>,
}

/// A category, with its types of products.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CategoryWords {
    pub(super) name: String,
    #[serde(rename = "type")]
    pub(super) kinds: Vec<KindWords>,
}

/// A type of products.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KindWords {
    pub(super) noun: String,
    #[serde(default = "article")]
    pub(super) article: String,
    pub(super) materials: Vec<String>,
    pub(super) features: Vec<String>,
    pub(super) details: Vec<String>,
    pub(super) options: BTreeMap<String, Vec<String>>,
    /// The lowest and the highest price in dollars, without what options add.
    pub(super) price: (u32, u32),
}

fn article() -> String {
    "a".to_owned()
}

/// The words.
pub(super) fn words() -> Result<&'static Words, WordsError> {
    WORDS.as_ref().map_err(|source| WordsError { source: source.clone() })
}
