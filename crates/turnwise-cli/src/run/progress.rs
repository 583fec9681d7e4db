//! What the user sees while trials run: a bar with counts, or a line for each finished trial.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use turnwise_agent::{Progress, TrialReport, Update};
use turnwise_core::Grade;

use crate::printer::{Printer, short};

/// Shows progress on standard error.
#[derive(Debug)]
pub(crate) struct Board {
    bar: ProgressBar,
    printer: Printer,
    total: usize,
    /// Written by whichever trial ends; held for moments.
    counts: Mutex<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    done: usize,
    solved: usize,
    /// Trials by their ending.
    endings: BTreeMap<&'static str, usize>,
}

impl Board {
    /// A board for `total` trials.
    pub(crate) fn new(printer: &Printer, total: usize) -> Self {
        let shown =
            if printer.wants_bar() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(total as u64), shown);
        let template = "{elapsed:>12} {bar:24} {pos}/{len} trials, eta {eta}, {wide_msg}";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("━━─"));
        }
        bar.enable_steady_tick(Duration::from_millis(200));
        Self { bar, printer: printer.clone(), total, counts: Mutex::default() }
    }

    /// Takes the bar away.
    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }

    fn finished(&self, report: &TrialReport) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.done += 1;
        counts.solved += usize::from(is_solved(report));
        *counts.endings.entry(report.finished.end.ending.as_str()).or_default() += 1;
        let endings: Vec<String> =
            counts.endings.iter().map(|(ending, count)| format!("{count} {ending}")).collect();
        self.bar.set_message(format!("{} solved; {}", counts.solved, endings.join(", ")));
        self.bar.inc(1);
        if self.printer.wants_trial_lines() {
            let line = self.line(report, counts.done);
            self.bar.suspend(|| self.printer.note(&line));
        }
    }

    fn line(&self, report: &TrialReport, done: usize) -> String {
        let finished = &report.finished;
        let verb = match (&report.grade, &finished.error) {
            (_, Some(_)) => "INFRA",
            (Some(_), None) if is_solved(report) => "SOLVED",
            (Some(_), None) => "UNSOLVED",
            (None, None) if finished.end.ending.is_final() => "ENDED",
            (None, None) => "CUT",
        };
        let why = finished.end.rule.as_deref().or(finished.error.as_deref()).map(|why| format!(" ({why})"));
        let width = self.total.to_string().len();
        self.printer.line(
            verb,
            &format!(
                "[{:>8.3}s] ({done:>width$}/{}) {:<20} {:<16} {:>3} turns {:>7} tokens  {}{}",
                report.wall_ms as f64 / 1e3,
                self.total,
                report.key.task,
                report.key.policy,
                finished.turns,
                short(finished.tokens),
                finished.end.ending,
                why.unwrap_or_default(),
            ),
        )
    }
}

fn is_solved(report: &TrialReport) -> bool {
    report.grade.as_ref().is_some_and(Grade::solved)
}

impl Progress for Board {
    fn report(&self, update: Update<'_>) {
        match update {
            Update::Finished(report) => self.finished(report),
            Update::Started(_) | Update::Turn { .. } => {}
        }
    }
}
