//! Why a sandbox cannot be had, in words for the user: what is missing, and the way out.

use std::fmt;

/// A step of making a sandbox that failed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    /// What is missing.
    pub(crate) missing: String,
    /// What the user can do.
    pub(crate) hint: String,
}

/// What to do when nothing better is known.
pub(crate) const WAY_OUT: &str = "or run without isolation by `--sandbox none`";

impl Failure {
    /// A failure to do `step`, for `map_err`.
    pub(crate) fn of<E: fmt::Display>(step: &'static str) -> impl FnOnce(E) -> Self {
        move |error| Self {
            missing: format!("could not {step}: {error}"),
            hint: format!("allow it on this machine (in a container, give it more rights), {WAY_OUT}"),
        }
    }
}
