//! What became of an import, counted.

use serde_json::json;
use turnwise_core::RunId;
use turnwise_exchange::{Format, Found, LONGEST_TEXT, Trajectory};

use crate::{
    error::Failure,
    printer::{Printer, plural},
};

/// The counts.
pub(super) struct Tally {
    run: RunId,
    format: Format,
    files: usize,
    trials: usize,
    turns: usize,
    solved: usize,
    unknown: usize,
    cut: usize,
    renumbered: usize,
    /// Trials that were there before.
    pub(super) already: usize,
    /// Records that could not be read.
    pub(super) skipped: usize,
}

impl Tally {
    pub(super) fn new(run: RunId, format: Format, files: usize) -> Self {
        Self {
            run,
            format,
            files,
            trials: 0,
            turns: 0,
            solved: 0,
            unknown: 0,
            cut: 0,
            renumbered: 0,
            already: 0,
            skipped: 0,
        }
    }

    /// Whether nothing has been read.
    pub(super) fn is_empty(&self) -> bool {
        self.trials + self.already == 0
    }

    /// Counts what was remarkable about a record.
    pub(super) fn found(&mut self, found: &Found) {
        self.cut += usize::from(found.cut_bytes > 0);
        self.renumbered += usize::from(found.renumbered);
    }

    /// Counts a trial that is new.
    pub(super) fn imported(&mut self, t: &Trajectory) {
        self.trials += 1;
        self.turns += t.turns.len();
        self.solved += usize::from(t.solved == Some(true));
        self.unknown += usize::from(t.solved.is_none());
    }

    /// Says what became of it.
    pub(super) fn print(&self, printer: &Printer) -> Result<(), Failure> {
        let Self { run, format, files, trials, turns, solved, unknown, cut, renumbered, already, skipped } =
            self;
        if printer.json() {
            return printer.json_data(&json!({
                "run_id": run.as_str(), "format": format.as_str(), "files": files, "trials": trials, "turns": turns,
                "solved": solved, "unknown_outcome": unknown, "already_there": already, "skipped": skipped,
                "cut": cut, "renumbered": renumbered,
            }));
        }
        let (trials, turns) = (plural(*trials, "trial"), plural(*turns, "turn"));
        printer.data(&format!(
            "run {run}: {trials} with {turns} imported, {solved} solved, {unknown} of unknown outcome"
        ));
        if *already > 0 {
            printer.note(&format!("{} had been imported before", plural(*already, "trial")));
        }
        if *skipped > 0 {
            printer.note(&format!("{} could not be read and were skipped", plural(*skipped, "record")));
        }
        if *renumbered > 0 {
            printer.note(&format!(
                "{} had gaps in the numbers of their turns, which are now counted from 1",
                plural(*renumbered, "trial")
            ));
        }
        if *cut > 0 {
            printer.note(&format!(
                "{} had texts of more than {} KiB, which are cut in their middle",
                plural(*cut, "trial"),
                LONGEST_TEXT >> 10
            ));
        }
        Ok(())
    }
}
