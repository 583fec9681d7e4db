//! Pocket tasks: small Python programs with planted bugs, drawn from families by a seed.
//!
//! The same `(stream, seed, index)` gives the same task on every machine. Nothing here knows how tasks
//! are solved.

mod family;
mod names;
mod oracle;
mod program;
mod script;
mod sketch;
mod template;

pub use family::{Family, FamilyError, families};
pub use oracle::{Oracle, OracleError, Printed};
pub use program::{Bug, Case, Draw, Program, Size, SourceFile, Stream, generator};
pub use sketch::{MakeError, make};
