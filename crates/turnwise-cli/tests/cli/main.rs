//! The command from outside: the real executable, a small suite, a scripted model, the real sandbox and database.
#![expect(clippy::unwrap_used, reason = "a test that cannot even be set up should say where")]

mod again;
mod compare;
mod mistakes;
mod place;
