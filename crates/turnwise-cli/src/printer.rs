//! The only place that prints. Data goes to standard output, everything else to standard error.
//!
//! A reader that goes away (`turnwise show | head`) is no error.

use std::io::{self, IsTerminal, Write};

use console::Term;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;
use turnwise_report::{Align, Grid};

use crate::{
    cli::OutputOptions,
    error::{Failure, in_words},
};

/// Prints.
#[derive(Clone, Debug)]
pub(crate) struct Printer {
    options: OutputOptions,
    color: bool,
}

impl Printer {
    pub(crate) fn new(options: &OutputOptions) -> Self {
        let color = io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        Self { options: options.clone(), color }
    }

    /// Whether data is asked for as JSON.
    pub(crate) fn json(&self) -> bool {
        self.options.json
    }

    /// How wide pictures are: the terminal, within bounds that keep them readable; 80 where there is none.
    pub(crate) fn columns(&self) -> usize {
        Term::stdout().size_checked().map_or(80, |(_, columns)| usize::from(columns).clamp(40, 120))
    }

    /// Whether a progress bar can be seen and is wanted.
    pub(crate) fn wants_bar(&self) -> bool {
        !self.options.no_progress && !self.options.quiet && io::stderr().is_terminal()
    }

    /// A bar for this many pieces of work, each of which moves it; none is seen where none is wanted.
    pub(crate) fn bar(&self, pieces: usize, what: &str) -> ProgressBar {
        let bar = ProgressBar::with_draw_target(Some(pieces as u64), ProgressDrawTarget::hidden());
        if self.wants_bar() {
            let template = format!("{{elapsed:>12}} {{bar:24}} {{pos}}/{{len}} {what}, eta {{eta}}");
            if let Ok(style) = ProgressStyle::with_template(&template) {
                bar.set_style(style.progress_chars("━━─"));
            }
            bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        bar
    }

    /// Whether a line for each finished trial is wanted.
    pub(crate) fn wants_trial_lines(&self) -> bool {
        let unseen = !io::stderr().is_terminal() && !self.options.no_progress;
        !self.options.quiet && (self.options.verbose || unseen)
    }

    /// Prints data as it is, and ends it with a newline.
    pub(crate) fn data(&self, text: &str) {
        let mut out = io::stdout().lock();
        let _gone = out.write_all(text.as_bytes()).and_then(|()| match text.ends_with('\n') {
            true => Ok(()),
            false => out.write_all(b"\n"),
        });
    }

    /// Where data goes that is printed as it comes.
    pub(crate) fn stream(&self) -> Box<dyn Write + Send> {
        Box::new(io::BufWriter::new(io::stdout()))
    }

    /// Prints a value as JSON, indented.
    pub(crate) fn json_data(&self, value: &impl Serialize) -> Result<(), Failure> {
        let text = serde_json::to_string_pretty(value).map_err(|source| Failure::Internal {
            what: "write its data as JSON".to_owned(),
            source: source.into(),
        })?;
        self.data(&text);
        Ok(())
    }

    /// Prints rows below titles.
    pub(crate) fn table(&self, columns: &[(&str, Align)], rows: Vec<Vec<String>>) {
        let mut grid = Grid::new(columns);
        rows.into_iter().for_each(|row| grid.row(row));
        self.data(&grid.render());
    }

    /// A line of the log: a verb in twelve columns, and what it is about.
    pub(crate) fn line(&self, verb: &str, text: &str) -> String {
        match self.color {
            true => format!("\x1b[1;{}m{verb:>12}\x1b[0m {text}", color_of(verb)),
            false => format!("{verb:>12} {text}"),
        }
    }

    /// Says what is going on.
    pub(crate) fn say(&self, verb: &str, text: &str) {
        if !self.options.quiet {
            self.log(&self.line(verb, text));
        }
    }

    /// Says something with no verb.
    pub(crate) fn note(&self, text: &str) {
        if !self.options.quiet {
            self.log(text);
        }
    }

    /// Says why the command ends, with every cause.
    pub(crate) fn failure(&self, failure: &Failure) {
        self.log(&format!("error: {}", in_words(failure)));
    }

    fn log(&self, text: &str) {
        let _gone = writeln!(io::stderr().lock(), "{text}");
    }
}

/// Green for good, red for bad, yellow for what is neither.
fn color_of(verb: &str) -> u8 {
    match verb {
        "SOLVED" | "Running" | "Summary" | "ok" => 32,
        "FAILED" | "INFRA" | "wrong" => 31,
        _ => 33,
    }
}

/// A count with its noun.
pub(crate) fn plural(count: usize, noun: &str) -> String {
    match count {
        1 => format!("1 {noun}"),
        _ => format!("{count} {noun}s"),
    }
}

/// An amount of money, with as many digits as it takes to see one.
pub(crate) fn money(amount: f64) -> String {
    if amount < 1.0 { format!("{amount:.4}") } else { format!("{amount:.2}") }
}

/// A count that may not be known, shortened.
pub(crate) fn short_if(count: Option<i64>) -> String {
    count.map_or("–".to_owned(), |count| short(count.unsigned_abs()))
}

/// A large count, shortened: `950`, `3.1k`, `2.4M`.
pub(crate) fn short(count: u64) -> String {
    match count {
        0..1_000 => count.to_string(),
        1_000..1_000_000 => format!("{:.1}k", count as f64 / 1e3),
        _ => format!("{:.1}M", count as f64 / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_readable() {
        assert_eq!([short(0), short(999), short(3_140), short(2_400_000)], ["0", "999", "3.1k", "2.4M"]);
        assert_eq!([money(0.01234), money(12.3456)], ["0.0123", "12.35"]);
        assert_eq!([plural(1, "task"), plural(2, "task")], ["1 task", "2 tasks"]);
    }
}
