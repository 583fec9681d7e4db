//! TOML files that people write: every value knows its line, and a key that means nothing is an error that names the
//! nearest one that does.
//!
//! [`Node::parse`] gives a tree, [`Table`] reads it key by key. This crate knows no keys and opens no files.

mod document;
mod error;
mod table;

pub use document::{Node, Place, Value};
pub use error::TomlError;
pub use table::{Table, nearest, wrong};
