//! How a wish is said, and how it is understood again.

use std::{collections::BTreeMap, sync::LazyLock};

use serde::Deserialize;

use super::{Goal, Imperfection};
use crate::{
    catalogue::{Kind, dollars},
    site::Shop,
};

const FILE: &str = include_str!("../../data/statements.toml");

static WORDINGS: LazyLock<Result<Wordings, toml::de::Error>> = LazyLock::new(|| toml::from_str(FILE));

/// The data file cannot be read: a mistake of whoever built the crate.
#[derive(Clone, Debug, thiserror::Error)]
#[error(
    "the wordings of the shop's tasks cannot be read; mend crates/turnwise-shop/data/statements.toml and build again"
)]
pub struct WordingsError {
    /// Why.
    #[source]
    source: toml::de::Error,
}

/// The data file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wordings {
    login: String,
    shop: String,
    wording: Vec<Wording>,
}

/// One way to say a wish.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wording {
    goal: String,
    options: String,
    price: String,
}

/// What a statement says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wish {
    /// The type of product, without its article.
    pub kind: String,
    /// Attributes.
    pub attributes: Vec<String>,
    /// Values of options.
    pub options: BTreeMap<String, String>,
    /// The highest price in cents.
    pub max_price: u32,
    /// Who signs in, and by which password.
    pub login: Option<(String, String)>,
    /// The first page.
    pub start: String,
}

impl Wordings {
    /// The wordings.
    pub(crate) fn get() -> Result<&'static Self, WordingsError> {
        WORDINGS.as_ref().map_err(|source| WordingsError { source: source.clone() })
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.wording.len()
    }

    /// A wish as a statement, by wording `at`.
    pub(super) fn say(&self, at: usize, goal: &Goal, kind: &Kind, shop: &Imperfection) -> String {
        let wording = &self.wording[at % self.wording.len()];
        let thing = format!("{} {}", kind.article, kind.noun);
        let said = [("thing", thing), ("attributes", goal.attributes.join(", "))];
        let mut text = fill(&wording.goal, &said);
        if !goal.options.is_empty() {
            let options: Vec<String> =
                goal.options.iter().map(|(name, value)| format!("{name} {value}")).collect();
            text.push_str(&fill(&wording.options, &[("options", options.join(", "))]));
        }
        text.push_str(&fill(&wording.price, &[("price", dollars(goal.max_price))]));
        if let Imperfection::Login { user, password } = shop {
            text.push_str(&fill(&self.login, &[("user", user.clone()), ("password", password.clone())]));
        }
        text + &fill(&self.shop, &[("start", Shop::START.to_owned())])
    }

    /// What a statement says; `None` where it is said in none of the known ways.
    pub(crate) fn understand(&self, statement: &str) -> Option<Wish> {
        self.wording.iter().find_map(|wording| self.understand_as(wording, statement))
    }

    fn understand_as(&self, wording: &Wording, statement: &str) -> Option<Wish> {
        let (goal, rest) = read(&wording.goal, statement)?;
        let (options, rest) = read(&wording.options, rest).unwrap_or((BTreeMap::new(), rest));
        let (price, rest) = read(&wording.price, rest)?;
        let (login, rest) = read(&self.login, rest).unwrap_or((BTreeMap::new(), rest));
        let (shop, _) = read(&self.shop, rest)?;
        let thing = goal.get("thing")?;
        let articles = ["a pair of ", "an ", "a "];
        let kind = articles.iter().find_map(|article| thing.strip_prefix(article)).unwrap_or(thing);
        let option =
            |text: &str| text.split_once(' ').map(|(name, value)| (name.to_owned(), value.to_owned()));
        Some(Wish {
            kind: kind.to_owned(),
            attributes: goal.get("attributes")?.split(", ").map(str::to_owned).collect(),
            options: options
                .get("options")
                .iter()
                .flat_map(|text| text.split(", "))
                .filter_map(option)
                .collect(),
            max_price: cents(price.get("price")?)?,
            login: login
                .get("user")
                .zip(login.get("password"))
                .map(|(&user, &word)| (user.to_owned(), word.to_owned())),
            start: (*shop.get("start")?).to_owned(),
        })
    }
}

/// A price as cents: `$79.00` is 7900.
pub(crate) fn cents(price: &str) -> Option<u32> {
    let (whole, part) = price.strip_prefix('$')?.split_once('.')?;
    let (whole, part) = (whole.parse::<u32>().ok()?, part.parse::<u32>().ok()?);
    whole.checked_mul(100)?.checked_add(part)
}

/// A template with its places filled.
fn fill(template: &str, values: &[(&str, String)]) -> String {
    values.iter().fold(template.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
}

/// What stands in the places of a template that `text` begins with, and what follows it. A place ends where the text after
/// it begins, or with the line.
fn read<'t, 's>(template: &'t str, text: &'s str) -> Option<(BTreeMap<&'t str, &'s str>, &'s str)> {
    let (first, mut places) = template.split_once('{').unwrap_or((template, ""));
    let mut rest = text.strip_prefix(first)?;
    let mut values = BTreeMap::new();
    while let Some((name, after)) = places.split_once('}') {
        let (fixed, more) = after.split_once('{').unwrap_or((after, ""));
        let end = if fixed.is_empty() { rest.find('\n').unwrap_or(rest.len()) } else { rest.find(fixed)? };
        values.insert(name, &rest[..end]);
        rest = &rest[end + fixed.len()..];
        places = more;
    }
    Some((values, rest))
}
