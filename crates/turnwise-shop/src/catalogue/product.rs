//! What is for sale.

use std::collections::BTreeMap;

use serde::Serialize;

/// A type of products.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Kind {
    /// What such a thing is called: `coffee table`.
    pub noun: String,
    /// What stands before it: `a`, `an`, `a pair of`.
    pub article: String,
    /// The category.
    pub category: String,
}

/// A value of an option.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// The value: `black`, `M`.
    pub value: String,
    /// What it adds to the price, in cents.
    pub extra: u32,
}

/// What a buyer said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Review {
    /// From 1 to 5.
    pub stars: u32,
    /// The sentence.
    pub text: String,
}

/// A product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Product {
    /// Its number in the catalogue, from 1.
    pub id: u32,
    /// Its type: an index into [`Catalogue::kinds`](super::Catalogue::kinds).
    pub kind: usize,
    /// Its name: brand, material, noun.
    pub name: String,
    /// The material and more; they stand on its page and are searched.
    pub features: Vec<String>,
    /// What only the page about it says; they are not searched.
    pub details: Vec<String>,
    /// The options by name, each with two to five values.
    pub options: BTreeMap<String, Vec<Choice>>,
    /// The price in cents, without what options add.
    pub price: u32,
    /// The rating in tenths, from 10 to 50.
    pub rating: u32,
    /// Reviews, none to three.
    pub reviews: Vec<Review>,
    /// A sentence that says nothing of use.
    pub sentence: String,
}

impl Product {
    /// Every attribute: features, then details.
    pub fn attributes(&self) -> impl Iterator<Item = &str> {
        self.features.iter().chain(&self.details).map(String::as_str)
    }

    /// The price in cents with these values of options; values that it does not have add nothing.
    pub fn price_with(&self, chosen: &BTreeMap<String, String>) -> u32 {
        let extra = |(name, value): (&String, &String)| {
            self.options.get(name)?.iter().find(|choice| choice.value == *value).map(|choice| choice.extra)
        };
        self.price + chosen.iter().filter_map(extra).sum::<u32>()
    }
}

/// Cents as a price: `$79.00`.
pub fn dollars(cents: u32) -> String {
    format!("${}.{:02}", cents / 100, cents % 100)
}

/// A word with a capital letter in front.
pub(crate) fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
