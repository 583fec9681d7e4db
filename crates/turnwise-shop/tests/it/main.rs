//! The shop through the real text browser.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![expect(clippy::print_stdout, reason = "what was measured is printed, for `--nocapture`")]

mod expert;
mod gold;
mod suite;
