//! What Ctrl-C does: the first finishes the turns in flight and saves, the second ends at once.

use tokio::{
    signal::unix::{SignalKind, signal},
    task::JoinHandle,
};
use turnwise_agent::{Interrupt, Level};

use crate::printer::Printer;

/// Raises the interruption whenever the process is asked to end.
pub(crate) fn watch(interrupt: Interrupt, printer: Printer) -> JoinHandle<()> {
    tokio::spawn(async move {
        let (Ok(mut interrupts), Ok(mut terminations)) =
            (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
        else {
            return;
        };
        loop {
            tokio::select! {
                _ = interrupts.recv() => {}
                _ = terminations.recv() => {}
            }
            interrupt.raise();
            match interrupt.level() {
                Level::Running | Level::Finishing => {
                    printer.say("Stopping", "when what is under way is saved; once more ends at once");
                }
                Level::Now => printer.say("Stopping", "now"),
            }
        }
    })
}
