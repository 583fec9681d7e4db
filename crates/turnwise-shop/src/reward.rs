//! What an order is worth: WebShop's reward on our own catalogue.
//!
//! WebShop (Yao et al. 2022, arXiv 2207.01206) gives a product y, bought for a wish with attributes `U_att`, options
//! `U_opt` and a highest price `u`,
//!
//! `r = r_type · (|U_att ∩ Y_att| + |U_opt ∩ Y_opt| + 1[y_price ≤ u]) / (|U_att| + |U_opt| + 1)`
//!
//! where it finds `r_type` by comparing titles and categories of scraped products. Here every product has a type, so that
//!
//! | the bought product is | `r_type` |
//! | --- | --- |
//! | of the type that is wished | 1 |
//! | of a type of the same category that shares a word with it: a tea pot for a coffee pot | 0.5 |
//! | of another type of the same category | 0.1 |
//! | anything else | 0 |
//!
//! Attributes and options match by their exact texts; `y_price` is the price of one piece with what options add. WebShop
//! buys a single thing. An order here may hold several, for a wish of n pieces: it is worth what its best line is worth, times
//! that line's pieces (n at most) over all pieces of the order (n at least).
//!
//! The hidden tests are the terms of the formula for the best line: `type` (`r_type` = 1), `attribute: …`, `option: …`, `price`, and
//! `amount` (the order is one line with as many pieces as wished). All pass exactly if the reward is 1. Without an order all fail.

use std::collections::{BTreeMap, BTreeSet};

use turnwise_core::{Grade, TestOutcome};

use crate::{
    catalogue::{Catalogue, Kind},
    task::{Goal, ShopSetup},
};

/// A line of an order or a basket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The product's number.
    pub item: u32,
    /// The chosen values of its options.
    pub options: BTreeMap<String, String>,
    /// How many.
    pub amount: u32,
}

/// What a line of an order fulfils, in the order of [`test_ids`], and what it makes of the order's reward.
struct Verdict {
    passed: Vec<bool>,
    reward: f64,
}

/// The ids of a goal's hidden tests.
pub fn test_ids(goal: &Goal) -> Vec<String> {
    let attributes = goal.attributes.iter().map(|attribute| format!("attribute: {attribute}"));
    let options = goal.options.iter().map(|(name, value)| format!("option: {name} {value}"));
    let fixed = ["type".to_owned()].into_iter().chain(attributes).chain(options);
    fixed.chain(["price".to_owned(), "amount".to_owned()]).collect()
}

/// Grades an order; `None` is no order.
pub fn grade(order: Option<&[Line]>, setup: &ShopSetup, catalogue: &Catalogue) -> Grade {
    let goal = &setup.goal;
    let lines = order.unwrap_or_default();
    let verdicts = lines.iter().filter_map(|line| judge(line, lines, goal, catalogue));
    // Of equals the first is the best, so that the order of lines decides.
    let best = verdicts.reduce(|best, other| if other.reward > best.reward { other } else { best });
    let ids = test_ids(goal);
    let best = best.unwrap_or_else(|| Verdict { passed: vec![false; ids.len()], reward: 0.0 });
    let outcomes = ids.into_iter().zip(best.passed);
    let tests = outcomes.map(|(id, passed)| TestOutcome { id, was_failing: true, passed });
    Grade { tests: tests.collect(), reward: Some(best.reward) }
}

/// Judges a line of an order; `None` where its product or the wished type is none of the catalogue's.
fn judge(line: &Line, order: &[Line], goal: &Goal, catalogue: &Catalogue) -> Option<Verdict> {
    let product = catalogue.product(line.item)?;
    let share = type_share(catalogue.kind(&goal.kind)?, catalogue.kind_of(product));
    let held: BTreeSet<&str> = product.attributes().collect();
    let mut passed = vec![share >= 1.0];
    passed.extend(goal.attributes.iter().map(|attribute| held.contains(attribute.as_str())));
    passed.extend(goal.options.iter().map(|(name, value)| line.options.get(name) == Some(value)));
    passed.push(product.price_with(&line.options) <= goal.max_price);
    let terms = passed.len() - 1;
    let fulfilled = passed[1..].iter().filter(|&&passed| passed).count();
    let pieces: u64 = order.iter().map(|line| u64::from(line.amount)).sum();
    let wanted = u64::from(goal.amount);
    passed.push(order.len() == 1 && pieces == wanted);
    let counted = u64::from(line.amount).min(wanted) as f64 / pieces.max(wanted).max(1) as f64;
    Some(Verdict { passed, reward: share * (fulfilled as f64 / terms as f64) * counted })
}

/// `r_type`.
fn type_share(wished: &Kind, bought: &Kind) -> f64 {
    if wished.noun == bought.noun {
        return 1.0;
    }
    if wished.category != bought.category {
        return 0.0;
    }
    let words: BTreeSet<&str> = wished.noun.split(' ').collect();
    if bought.noun.split(' ').any(|word| words.contains(word)) { 0.5 } else { 0.1 }
}

#[cfg(test)]
mod tests;
