//! The shop's site: what can be asked of it, what it answers, and a server for it.
//!
//! A [`Store`] answers requests without a network, so that solutions are found and experts shop without one; a [`Shop`] serves
//! a store to a browser. State belongs to the trial, not to a cookie: each trial has a shop of its own.

mod ask;
mod pages;
mod record;
mod routes;
mod shop;
mod store;

#[cfg(test)]
mod tests;

pub use ask::Ask;
pub(crate) use record::order;
pub use shop::{Shop, ShopError};
pub use store::{Body, Reply, Store};
