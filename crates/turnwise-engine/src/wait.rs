//! Waiting for the network where code is not asynchronous: models are loaded by a plain function.

use std::{io, panic, thread};

use tokio::runtime::Builder;

/// Runs a future to its end on a thread of its own, so that it may be called from inside a runtime, too.
pub(crate) fn wait_for<F>(future: F) -> io::Result<F::Output>
where
    F: Future + Send,
    F::Output: Send,
{
    let run = || Ok(Builder::new_current_thread().enable_all().build()?.block_on(future));
    thread::scope(|scope| match scope.spawn(run).join() {
        Ok(output) => output,
        Err(panic) => panic::resume_unwind(panic),
    })
}
