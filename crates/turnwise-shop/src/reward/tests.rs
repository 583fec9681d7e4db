//! The reward by a table.

use std::collections::BTreeMap;

use super::{Line, grade};
use crate::{
    catalogue::{Catalogue, Product},
    task::{Goal, Imperfection, ShopSetup},
};

fn first<'a>(catalogue: &'a Catalogue, noun: &str) -> &'a Product {
    catalogue.products.iter().find(|product| catalogue.kind_of(product).noun == noun).unwrap()
}

/// A wish that the product fulfils: two attributes, each of its options, its price.
fn wish(catalogue: &Catalogue, product: &Product) -> ShopSetup {
    let options = chosen(product, 0);
    let goal = Goal {
        kind: catalogue.kind_of(product).noun.clone(),
        attributes: product.attributes().take(2).map(str::to_owned).collect(),
        max_price: product.price_with(&options),
        options,
        amount: 1,
    };
    ShopSetup { catalogue: 1, goal, imperfection: Imperfection::Plain }
}

fn chosen(product: &Product, at: usize) -> BTreeMap<String, String> {
    product.options.iter().map(|(name, values)| (name.clone(), values[at].value.clone())).collect()
}

fn line(product: &Product, at: usize, amount: u32) -> Line {
    Line { item: product.id, options: chosen(product, at), amount }
}

#[track_caller]
fn check(setup: &ShopSetup, order: Option<&[Line]>, reward: f64, failed: &[&str]) {
    let catalogue = Catalogue::generate(1).unwrap();
    let grade = grade(order, setup, &catalogue);
    let failing: Vec<&str> = grade
        .tests
        .iter()
        .filter(|test| !test.passed)
        .map(|test| test.id.split(':').next().unwrap())
        .collect();
    assert_eq!(failing, failed, "{grade:?}");
    assert!((grade.score() - reward).abs() < 1e-12, "{grade:?}");
    assert_eq!(grade.solved(), reward >= 1.0);
}

#[test]
fn an_order_is_worth_the_terms_that_it_fulfils() {
    let catalogue = Catalogue::generate(1).unwrap();
    let pot = first(&catalogue, "tea pot");
    let setup = wish(&catalogue, pot);
    let mut dear = setup.clone();
    dear.goal.max_price -= 1;
    let mut other = setup.clone();
    other.goal.attributes[1] = "blessed".to_owned();
    let all = ["type", "attribute", "attribute", "option", "option", "price", "amount"];
    check(&setup, Some(&[line(pot, 0, 1)]), 1.0, &[]);
    check(&setup, None, 0.0, &all);
    check(&setup, Some(&[]), 0.0, &all);
    check(&dear, Some(&[line(pot, 0, 1)]), 4.0 / 5.0, &["price"]);
    check(&other, Some(&[line(pot, 0, 1)]), 4.0 / 5.0, &["attribute"]);
    let mut bare = line(pot, 0, 1);
    bare.options.clear();
    check(&setup, Some(&[bare]), 3.0 / 5.0, &["option", "option"]);
}

#[test]
fn pieces_that_nobody_wished_share_the_reward() {
    let catalogue = Catalogue::generate(1).unwrap();
    let (pot, chair) = (first(&catalogue, "tea pot"), first(&catalogue, "dining chair"));
    let setup = wish(&catalogue, pot);
    check(&setup, Some(&[line(pot, 0, 2)]), 1.0 / 2.0, &["amount"]);
    check(&setup, Some(&[line(chair, 0, 1), line(pot, 0, 1)]), 1.0 / 2.0, &["amount"]);
    let mut two = setup.clone();
    two.goal.amount = 2;
    check(&two, Some(&[line(pot, 0, 2)]), 1.0, &[]);
    check(&two, Some(&[line(pot, 0, 1)]), 1.0 / 2.0, &["amount"]);
    check(&two, Some(&[line(pot, 0, 1), line(pot, 0, 1)]), 1.0 / 2.0, &["amount"]);
}

#[test]
fn other_types_are_worth_a_part_or_nothing() {
    let catalogue = Catalogue::generate(1).unwrap();
    let pot = first(&catalogue, "tea pot");
    let mut setup = wish(&catalogue, pot);
    setup.goal.attributes.clear();
    setup.goal.options.clear();
    setup.goal.max_price = 100_000;
    let kinds = [("tea pot", 1.0), ("coffee pot", 0.5), ("frying pan", 0.1), ("rug", 0.0)];
    for (noun, reward) in kinds {
        let failed: &[&str] = if reward < 1.0 { &["type"] } else { &[] };
        check(&setup, Some(&[line(first(&catalogue, noun), 0, 1)]), reward, failed);
    }
}
