//! The search: which products a query finds, and in which order.

use std::collections::{BTreeMap, BTreeSet};

use super::{Catalogue, Product};

/// What is looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Query {
    /// The words; none finds everything.
    pub words: String,
    /// Only products of this category.
    pub category: Option<String>,
    /// Only products that cost this many dollars at most, without what options add.
    pub max: Option<u32>,
}

impl Catalogue {
    /// The products that hold at least half of the query's distinct words, best first. A word in the name counts 2, one
    /// among the features or the category's 1; the higher sum is first, then the lower number. Details and options are
    /// not searched: who puts too many words into a search finds nothing.
    pub fn search(&self, query: &Query) -> Vec<&Product> {
        let words: BTreeSet<String> = split(&query.words).collect();
        // For each product: how many words it holds, and their sum.
        let mut found: BTreeMap<u32, (usize, u32)> = BTreeMap::new();
        for (id, weight) in words.iter().filter_map(|word| self.index.get(word)).flatten() {
            let (held, sum) = found.entry(*id).or_default();
            *held += 1;
            *sum += weight;
        }
        if words.is_empty() {
            found.extend(self.products.iter().map(|product| (product.id, (0, 0))));
        }
        let mut best: Vec<(u32, &Product)> = found
            .into_iter()
            .filter(|(_, (held, _))| held * 2 >= words.len())
            .filter_map(|(id, (_, sum))| Some((sum, self.product(id)?)))
            .filter(|(_, product)| self.passes(product, query))
            .collect();
        // The sort is stable: products of the same sum stay in the order of their numbers.
        best.sort_by_key(|(sum, _)| std::cmp::Reverse(*sum));
        best.into_iter().map(|(_, product)| product).collect()
    }

    fn passes(&self, product: &Product, query: &Query) -> bool {
        let category = &self.kinds[product.kind].category;
        query.category.as_ref().is_none_or(|wanted| wanted == category)
            && query.max.is_none_or(|max| product.price <= max.saturating_mul(100))
    }
}

/// A text's words: letters and digits, in lower case.
pub(super) fn split(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase)
}
