//! The tasks of buying in the shop: what is wished, how it is said, what a solution does, what is wrong with the shop.

mod recipe;
mod setup;
mod walk;
mod wording;

#[cfg(test)]
mod tests;

pub use recipe::{Recipe, SITE, TaskError};
pub use setup::{Goal, Imperfection, ShopSetup, SoldOut};
pub use walk::LostError;
pub use wording::{Wish, WordingsError};

pub(crate) use wording::{Wordings, cents};
