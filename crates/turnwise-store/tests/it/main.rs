//! The store from outside: what is recorded is read back, also after a crash, a full disk or a wrong file.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

mod crash;
mod events;
mod files;
mod full;
mod imports;
mod named;
mod replies;
mod round_trip;
mod views;
