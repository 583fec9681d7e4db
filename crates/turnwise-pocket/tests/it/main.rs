//! The pocket crate from outside: tasks, the expert against the real sandbox, the trainer against the engine.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod expert;
mod suite;
mod trainer;
