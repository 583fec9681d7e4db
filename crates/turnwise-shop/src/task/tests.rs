//! Tasks are the same everywhere, say what they want, and differ in what makes them hard.

use std::collections::{BTreeMap, BTreeSet};

use super::{Recipe, ShopSetup, Wordings};
use crate::{
    catalogue::{Catalogues, Choice, Query},
    reward::{Line, grade},
};

fn recipe() -> Recipe {
    Recipe { name: "shop".to_owned(), seed: 5 }
}

#[test]
fn a_task_says_what_is_wished() {
    let catalogues = Catalogues::default();
    let wordings = Wordings::get().unwrap();
    let mut said = BTreeSet::new();
    for number in 0..200 {
        let task = recipe().task(number, &catalogues).unwrap();
        let setup: ShopSetup = serde_json::from_str(&task.web.unwrap().settings).unwrap();
        let wish = wordings.understand(&task.statement).unwrap_or_else(|| panic!("{}", task.statement));
        let goal = setup.goal;
        assert_eq!(
            (&wish.kind, &wish.attributes, &wish.options, wish.max_price, wish.start.as_str()),
            (&goal.kind, &goal.attributes, &goal.options, goal.max_price, "http://shop.test/"),
            "{}",
            task.statement
        );
        assert_eq!(wish.login.is_some(), setup.imperfection.name() == "login");
        assert!(task.statement.len() < 280, "{}", task.statement);
        said.insert(task.statement);
    }
    assert_eq!(said.len(), 200);
}

#[test]
fn tasks_are_the_same_on_every_machine() {
    let task = recipe().task(7, &Catalogues::default()).unwrap();
    assert_eq!(task, recipe().task(7, &Catalogues::default()).unwrap());
    let web = task.web.as_ref().unwrap();
    let shown = format!(
        "{}\n{}\n{}\n{}\n{}",
        task.statement,
        web.settings,
        web.gold.join("\n"),
        task.fail_to_pass.join("\n"),
        task.labels.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
    );
    assert_eq!(shown, include_str!("../../tests/data/task-7.txt").trim_end());
}

#[test]
fn tasks_differ_in_what_makes_them_hard() {
    let catalogues = Catalogues::default();
    let mut counts: BTreeMap<(String, String), usize> = BTreeMap::new();
    for number in 0..60 {
        for label in recipe().task(number, &catalogues).unwrap().labels {
            *counts.entry(label).or_default() += 1;
        }
    }
    let count =
        |name: &str, value: &str| counts.get(&(name.to_owned(), value.to_owned())).copied().unwrap_or(0);
    for value in ["1", "2", "3"] {
        assert_eq!(count("attributes", value), 20);
    }
    for shop in ["slow", "errors", "sold-out", "login"] {
        assert!((7..=8).contains(&count("imperfection", shop)), "{shop}: {counts:?}");
    }
    assert!(
        count("details", "1") > 8 && count("options", "0") > 8 && count("options", "2") > 8,
        "{counts:?}"
    );
    assert_eq!(counts.keys().filter(|(name, _)| name == "category").count(), 6);
}

#[test]
fn unknown_settings_are_refused() {
    let task = recipe().task(0, &Catalogues::default()).unwrap();
    let settings = task.web.unwrap().settings;
    assert!(serde_json::from_str::<ShopSetup>(&settings.replace("\"amount\"", "\"number\"")).is_err());
    assert!(serde_json::from_str::<ShopSetup>(&settings.replace("\"plain\"", "\"broken\"")).is_err());
}

#[test]
fn to_buy_the_first_result_is_not_enough() {
    let catalogues = Catalogues::default();
    let catalogue = catalogues.get(5).unwrap();
    let (mut solved, mut reward) = (0, 0.0);
    for number in 0..300 {
        let task = recipe().task(number, &catalogues).unwrap();
        let setup: ShopSetup = serde_json::from_str(&task.web.unwrap().settings).unwrap();
        let words = format!("{} {}", setup.goal.attributes.join(" "), setup.goal.kind);
        let found = catalogue.search(&Query { words, ..Query::default() });
        let line = found.first().map(|product| {
            let first = |values: &Vec<Choice>| values[0].value.clone();
            let options =
                product.options.iter().map(|(name, values)| (name.clone(), first(values))).collect();
            Line { item: product.id, options, amount: 1 }
        });
        let grade = grade(line.as_ref().map(std::slice::from_ref), &setup, &catalogue);
        solved += usize::from(grade.solved());
        reward += grade.score();
    }
    println!("the first result: {solved} of 300 solved, reward {:.3}", reward / 300.0);
    assert!(solved < 120, "{solved}");
}
