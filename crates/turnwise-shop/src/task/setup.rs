//! What the shop has to know of a task: the settings of its [`WebSetup`](turnwise_core::WebSetup).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShopSetup {
    /// The catalogue's seed.
    pub catalogue: u64,
    /// What is to be bought.
    pub goal: Goal,
    /// What is wrong with the shop.
    pub imperfection: Imperfection,
}

/// What is to be bought.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Goal {
    /// The type of product: `coffee table`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Attributes that it has to have.
    pub attributes: Vec<String>,
    /// Values that options have to have.
    pub options: BTreeMap<String, String>,
    /// The highest price in cents, with what options add.
    pub max_price: u32,
    /// How many.
    pub amount: u32,
}

/// A value of an option that cannot be had.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SoldOut {
    /// The product.
    pub item: u32,
    /// The option.
    pub option: String,
    /// Its value.
    pub value: String,
}

/// What is wrong with the shop. All of it follows from counting pages, never from a clock.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Imperfection {
    /// Nothing.
    #[default]
    Plain,
    /// Every `every`-th page takes `millis` milliseconds longer.
    Slow {
        /// How many pages there are from one such page to the next.
        every: u64,
        /// How long it takes.
        millis: u64,
    },
    /// Every `every`-th page is an error; when it is asked for once more, it is there. Only pages fail, never what a form
    /// does: the page that is shown after it does.
    Errors {
        /// How many pages there are from one error to the next.
        every: u64,
    },
    /// Of these products, values of options are sold out.
    SoldOut {
        /// Which.
        items: Vec<SoldOut>,
    },
    /// Whoever orders has to sign in first.
    Login {
        /// The name that is accepted.
        user: String,
        /// Its password.
        password: String,
    },
}

impl Imperfection {
    /// The kind's name, as in labels.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Slow { .. } => "slow",
            Self::Errors { .. } => "errors",
            Self::SoldOut { .. } => "sold-out",
            Self::Login { .. } => "login",
        }
    }
}
