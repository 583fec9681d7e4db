//! Files from outside: round_trip: what is written is read as it was · strangers: files that are not as they should be
#![expect(clippy::unwrap_used, reason = "a test that cannot even be set up should say where")]

mod round_trip;
mod strangers;
mod trajectories;
