//! The reading of files, in a thread of its own, and its progress on the terminal.

use std::{ops::ControlFlow, path::PathBuf, time::Duration};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::sync::mpsc;
use turnwise_exchange::{Format, Found, Meter, Unreadable, read};

use crate::printer::Printer;

/// How many trajectories may wait to be recorded.
const WAITING: usize = 16;

type Item = Result<Box<Found>, Unreadable>;

/// What is found in files, as it is found.
pub(super) struct Stream {
    items: mpsc::Receiver<Item>,
    meter: Meter,
    bar: ProgressBar,
}

impl Stream {
    /// Begins to read.
    pub(super) fn start(format: Format, files: Vec<PathBuf>, meter: Meter, printer: &Printer) -> Self {
        let size = |file: &PathBuf| file.metadata().map_or(0, |found| found.len());
        let total: u64 = files.iter().map(size).sum();
        let shown =
            if printer.wants_bar() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(total), shown);
        let template = "{elapsed:>12} {bar:24} {bytes}/{total_bytes}, eta {eta}";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("━━─"));
        }
        bar.enable_steady_tick(Duration::from_millis(200));
        let (give, items) = mpsc::channel(WAITING);
        let counted = meter.clone();
        tokio::task::spawn_blocking(move || {
            for file in files {
                let mut gone = false;
                read(format, &file, &counted, &mut |found| {
                    gone = give.blocking_send(found.map(Box::new)).is_err();
                    if gone { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
                });
                if gone {
                    return;
                }
            }
        });
        Self { items, meter, bar }
    }

    /// The next trajectory, or the next that is none; `None` at the end.
    pub(super) async fn next(&mut self) -> Option<Item> {
        self.bar.set_position(self.meter.bytes());
        self.items.recv().await
    }

    /// Does something that prints.
    pub(super) fn suspend(&self, print: impl FnOnce()) {
        self.bar.suspend(print);
    }

    /// Takes the bar away.
    pub(super) fn finish(self) {
        self.bar.finish_and_clear();
    }
}
