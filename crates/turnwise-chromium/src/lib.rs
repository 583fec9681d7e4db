//! Chromium as a browser for web tasks, driven over a pipe inside the sandbox, and the MiniWoB++ pages in it.
//!
//! One browser serves all trials of a run. It lives in the project's sandbox without a network; whatever a page asks for, the
//! harness answers, by the same rules as for the text browser. Pages are shown as that browser shows them: lines of
//! text in which everything that can be acted on has a number.

mod browser;
mod environment;
mod launch;
pub mod miniwob;
mod pipe;
mod pool;
mod provider;
mod serve;
mod tab;
mod view;

pub use environment::ChromiumEnvironment;
pub use launch::{ChromiumConfig, ChromiumError, find_chromium};
pub use provider::ChromiumProvider;
