//! Web tasks: what an agent can do on a page, how it is shown one, and who fetches it.

mod act;

pub use act::{Act, BadAct, COMMANDS, Direction};
