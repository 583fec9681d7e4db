//! Calibration runs as the text of the file that a rule names with `file`.

use std::fmt::Write;

use super::{Calibration, CalibrationRun};
use crate::MadeFor;

impl MadeFor {
    /// The table `[made_for]` of a calibration file, with an empty line before it; nothing where nothing is known.
    pub fn to_toml(&self) -> String {
        let entry = |(key, value): (&str, Option<&str>)| Some(format!("{key} = {}\n", quoted(value?)));
        let entries: String = self.entries().into_iter().filter_map(entry).collect();
        if entries.is_empty() { entries } else { format!("\n[made_for]\n{entries}") }
    }
}

impl Calibration {
    /// The text of a calibration file: TOML with `signal`, `fires`, a table `[made_for]` and a table `[[runs]]` for each run, which
    /// holds a look for each turn from the first.
    pub fn to_toml(&self, made_for: &MadeFor) -> String {
        let mut text = format!("signal = {}\nfires = \"{}\"\n", quoted(&self.signal), self.fires.as_str());
        text.push_str(&made_for.to_toml());
        for run in &self.runs {
            text.push_str(&run_text(run));
        }
        text
    }
}

fn run_text(run: &CalibrationRun) -> String {
    let scores = run.events.iter().map(|event| number(event.score));
    let wrong = run.events.iter().map(|event| event.wrong.to_string());
    let mut text = format!(
        "\n[[runs]]\ntask = {}\nscores = {}\nwrong = {}\n",
        quoted(&run.task),
        list(scores),
        list(wrong)
    );
    if !run.costs.is_empty() {
        let costs = (0..run.events.len()).map(|at| number(run.costs.get(at).copied().unwrap_or(1.0)));
        let _ = writeln!(text, "costs = {}", list(costs));
    }
    text
}

fn list(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(", "))
}

/// The shortest text that reads back as the same number.
fn number(value: f64) -> String {
    if value.is_nan() { "nan".to_owned() } else { format!("{value:?}") }
}

/// A basic string of TOML: what must be escaped in JSON must be here, and DEL besides.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string().replace('\u{7f}', "\\u007F")
}
