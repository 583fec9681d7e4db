//! Shop suites: tasks by number, each the same on every machine.

use std::{collections::BTreeMap, sync::Arc};

use rand::{Rng, RngExt as _, SeedableRng as _, seq::IndexedRandom as _};
use rand_chacha::ChaCha8Rng;
use turnwise_core::{BrowserKind, Task, WebSetup};

use super::{
    Goal, Imperfection, ShopSetup, SoldOut,
    walk::{self, LostError},
    wording::{Wordings, WordingsError},
};
use crate::{
    catalogue::{Catalogue, Catalogues, Product, Query, WordsError},
    reward::test_ids,
};

/// The kind of site, as in tasks.
pub const SITE: &str = "shop";

/// Highest prices are multiples of this many cents.
const STEP: u32 = 500;

/// How many of the results that look right are opened at most until one is right.
const OPENED: usize = 3;

/// How many wishes are drawn until one can be found.
const TRIES: usize = 400;

const USERS: [&str; 6] = ["anna", "ben", "clara", "david", "emma", "felix"];
const PASSWORDS: [&str; 6] = ["tulip", "river", "candle", "window", "apple", "stone"];

/// What makes a suite: its name and the seed its catalogue and its tasks are drawn with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipe {
    /// The suite's name.
    pub name: String,
    /// The seed.
    pub seed: u64,
}

/// Why a task could not be made.
#[derive(Debug, thiserror::Error)]
pub enum TaskError {
    /// There is no catalogue.
    #[error(transparent)]
    Words(#[from] WordsError),
    /// There are no words for a statement.
    #[error(transparent)]
    Wordings(#[from] WordingsError),
    /// No product has as many options as the task asks for.
    #[error(
        "task {number} of suite `{suite}` could not be drawn: no product has {options} options; give one more of them in the crate's catalogue.toml"
    )]
    NoProduct {
        /// The suite.
        suite: String,
        /// The task's number.
        number: u64,
        /// How many options there have to be.
        options: usize,
    },
    /// Its solution does not lead through the shop's pages.
    #[error(
        "task {number} of suite `{suite}` has no way to its product; mend the shop's templates and build again"
    )]
    Lost {
        /// The suite.
        suite: String,
        /// The task's number.
        number: u64,
        /// Where it is lost.
        #[source]
        source: LostError,
    },
    /// Its settings could not be written.
    #[error(
        "the settings of task {number} of suite `{suite}` could not be written; this is a fault of turnwise-shop"
    )]
    Settings {
        /// The suite.
        suite: String,
        /// The task's number.
        number: u64,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
}

/// How hard a task is, by its number: every mixture of attributes and options, half of the tasks in a perfect shop.
struct Draw {
    attributes: usize,
    options: usize,
    shop: &'static str,
}

impl Draw {
    fn of(number: u64) -> Self {
        let attributes = 1 + (number % 3) as usize;
        let options = (number / 3 % 3) as usize;
        let shop = ["plain", "slow", "plain", "errors", "plain", "sold-out", "plain", "login"]
            [(number % 8) as usize];
        // What is sold out is a value of a wished option.
        Self { attributes, options: if shop == "sold-out" { options.max(1) } else { options }, shop }
    }
}

impl Recipe {
    /// The id of task `number`.
    pub fn id(&self, number: u64) -> String {
        format!("{}-{number:04}", self.name)
    }

    /// Makes task `number`.
    ///
    /// # Errors
    /// See [`TaskError`].
    pub fn task(&self, number: u64, catalogues: &Catalogues) -> Result<Task, TaskError> {
        let catalogue = catalogues.get(self.seed)?;
        let draw = Draw::of(number);
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ number);
        let fitting: Vec<&Product> =
            catalogue.products.iter().filter(|product| product.options.len() >= draw.options).collect();
        for _ in 0..TRIES {
            let Some(&product) = fitting.choose(&mut rng) else { break };
            let goal = goal(&mut rng, &catalogue, product, &draw);
            let imperfection = imperfection(&mut rng, &catalogue, (product, &goal), draw.shop);
            let setup = ShopSetup { catalogue: self.seed, goal, imperfection };
            if let Some(product) = reachable(&setup, &catalogue, product) {
                return self.assemble(number, &mut rng, (&setup, &catalogue), product);
            }
        }
        Err(TaskError::NoProduct { suite: self.name.clone(), number, options: draw.options })
    }

    fn assemble(
        &self,
        number: u64,
        rng: &mut impl Rng,
        (setup, catalogue): (&ShopSetup, &Arc<Catalogue>),
        product: &Product,
    ) -> Result<Task, TaskError> {
        let wordings = Wordings::get()?;
        let at = rng.random_range(0..wordings.len().max(1));
        let kind = catalogue.kind_of(product);
        let gold = walk::buy(setup, catalogue, product).map_err(|source| TaskError::Lost {
            suite: self.name.clone(),
            number,
            source,
        })?;
        let settings = serde_json::to_string(setup).map_err(|source| TaskError::Settings {
            suite: self.name.clone(),
            number,
            source,
        })?;
        let hidden = setup.goal.attributes.iter().filter(|name| product.details.contains(name)).count();
        let label = |name: &str, value: String| (name.to_owned(), value);
        Ok(Task {
            id: self.id(number),
            suite: self.name.clone(),
            statement: wordings.say(at, &setup.goal, kind, &setup.imperfection),
            repo: format!("turnwise/{}", self.name),
            fail_to_pass: test_ids(&setup.goal),
            web: Some(WebSetup { site: SITE.to_owned(), browser: BrowserKind::Text, settings, gold }),
            labels: vec![
                label("category", kind.category.clone()),
                label("attributes", setup.goal.attributes.len().to_string()),
                label("details", hidden.to_string()),
                label("options", setup.goal.options.len().to_string()),
                label("imperfection", setup.imperfection.name().to_owned()),
            ],
            ..Task::default()
        })
    }
}

/// A wish that `product` fulfils.
fn goal(rng: &mut impl Rng, catalogue: &Catalogue, product: &Product, draw: &Draw) -> Goal {
    let mut attributes: Vec<String> =
        product.features.sample(rng, draw.attributes.min(product.features.len())).cloned().collect();
    // A detail cannot be searched: it takes a look at the page about the product.
    let hides = rng.random_bool(0.4) && attributes.len() > 1;
    if let (true, Some(detail)) = (hides, product.details.choose(rng)) {
        attributes.pop();
        attributes.push(detail.clone());
    }
    let names: Vec<&String> = product.options.keys().collect();
    let options: BTreeMap<String, String> = names
        .sample(rng, draw.options)
        .map(|&name| (name.clone(), &product.options[name]))
        .collect::<Vec<_>>()
        .into_iter()
        .filter_map(|(name, values)| Some((name, values.choose(rng)?.value.clone())))
        .collect();
    let price = product.price_with(&options);
    let above = price + price * rng.random_range(0..15) / 100;
    let max_price = above.div_ceil(STEP) * STEP;
    Goal { kind: catalogue.kind_of(product).noun.clone(), attributes, options, max_price, amount: 1 }
}

fn imperfection(
    rng: &mut impl Rng,
    catalogue: &Catalogue,
    (product, goal): (&Product, &Goal),
    name: &str,
) -> Imperfection {
    match name {
        "slow" => Imperfection::Slow { every: 3, millis: 100 },
        "errors" => Imperfection::Errors { every: rng.random_range(3..=5) },
        "sold-out" => Imperfection::SoldOut { items: sold_out(rng, catalogue, product, goal) },
        "login" => {
            let word = |words: &[&str; 6], at: usize| words[at].to_owned();
            let (user, password) = (rng.random_range(0..6), rng.random_range(0..6));
            Imperfection::Login { user: word(&USERS, user), password: word(&PASSWORDS, password) }
        }
        _ => Imperfection::Plain,
    }
}

/// The first product that fulfils the wish among those that a buyer would open: the first results of the right type that do
/// not cost too much. `None` where it takes more looking than a short attempt has turns for.
fn reachable<'a>(setup: &ShopSetup, catalogue: &'a Catalogue, product: &Product) -> Option<&'a Product> {
    let words = walk::words(&setup.goal, product);
    let found = catalogue.search(&Query { words, ..Query::default() });
    let fits = |other: &&Product| other.kind == product.kind && other.price <= setup.goal.max_price;
    found.into_iter().filter(fits).take(OPENED).find(|other| fulfils(other, setup))
}

fn fulfils(product: &Product, setup: &ShopSetup) -> bool {
    let goal = &setup.goal;
    let gone = |option: &str, value: &str| match &setup.imperfection {
        Imperfection::SoldOut { items } => {
            items.iter().any(|it| it.item == product.id && it.option == *option && it.value == *value)
        }
        Imperfection::Plain
        | Imperfection::Slow { .. }
        | Imperfection::Errors { .. }
        | Imperfection::Login { .. } => false,
    };
    let has = |option: &String, value: &String| {
        let values = product.options.get(option);
        values.is_some_and(|values| values.iter().any(|choice| choice.value == *value))
            && !gone(option, value)
    };
    goal.attributes.iter().all(|wished| product.attributes().any(|attribute| attribute == wished))
        && goal.options.iter().all(|(option, value)| has(option, value))
        && product.price_with(&goal.options) <= goal.max_price
}

/// The first wished option's value, of two in three of the other products of the same type that have it.
fn sold_out(rng: &mut impl Rng, catalogue: &Catalogue, product: &Product, goal: &Goal) -> Vec<SoldOut> {
    let Some((option, value)) = goal.options.first_key_value() else { return Vec::new() };
    let has = |other: &Product| {
        other.options.get(option).is_some_and(|values| values.iter().any(|choice| choice.value == *value))
    };
    let others =
        catalogue.products.iter().filter(|other| other.kind == product.kind && other.id != product.id);
    others
        .filter(|other| has(other) && rng.random_ratio(2, 3))
        .map(|other| SoldOut { item: other.id, option: option.clone(), value: value.clone() })
        .collect()
}
