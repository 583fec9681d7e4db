//! Containers without an engine: an unpacked root file system under an overlay of its own, in a user namespace, for machines on which
//! nobody may run Docker or podman.
//!
//! As with an engine, a first process keeps the container and a shell is entered into it. Both are the harness's own executable, started again with
//! a hidden first argument. Root inside is the harness's own user outside, and has no capability at all.

mod enter;
mod first;
mod run;

pub(crate) use run::{Rooted, Rooting};

use std::{env, process::ExitCode};

/// The hidden first argument of a container's first process.
const FIRST_ARG: &str = "__root-first";
/// The hidden first argument of what enters a container.
const ENTER_ARG: &str = "__root-enter";

/// Becomes one of the two if the first argument says so; called first thing in `main`, before any thread exists.
pub(crate) fn serve_if_asked() -> Option<ExitCode> {
    let mut arguments = env::args().skip(1);
    let (what, setup) = (arguments.next()?, arguments.next());
    match what.as_str() {
        FIRST_ARG => Some(first::serve(&setup?)),
        ENTER_ARG => Some(enter::serve(&setup?)),
        _ => None,
    }
}
