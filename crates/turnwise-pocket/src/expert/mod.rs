//! The expert: repairs pocket programs the way the pocket model should learn to, and sometimes goes
//! wrong on purpose, notices, and repairs that too.
//!
//! The expert knows the solution, but every step it takes follows from what stands in the conversation,
//! so that a model can learn it.

mod mistake;
mod shell;
mod think;
mod trajectory;
mod turn;
mod work;

pub use shell::Shell;
pub use trajectory::{Segment, Trajectory, Weight};
pub use work::{Budget, solve};
