//! The repositories that tasks name: where they are found, and the one commit of them that a task starts from.

mod error;
mod fetch;
mod source;

pub use error::RepositoryError;
pub use source::RepositoryConfig;
pub(crate) use source::{Found, Repositories};
