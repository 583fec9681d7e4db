//! The shop: a small store whose every page follows from a seed, the tasks of buying in it, and what an order is worth.
//!
//! A [`task::Recipe`] makes tasks by number, [`ShopSites`] opens the shop of a task for a web environment, and an
//! [`expert::Expert`] buys there as a model should learn to.

pub mod catalogue;
pub mod expert;
pub mod reward;
pub mod site;
pub mod task;

mod sites;

pub use sites::{OpenError, ShopSites};
