//! Claims as text: for the terminal and as Markdown.

use super::{Claims, Finding};
use crate::grid::{Align, Grid, pad};

/// How wide a bar of a picture is.
const BAR: usize = 32;

/// A line of a picture: a label, a bar of the share (nothing below 0 is drawn to the right), and a note.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share of 32 cells, clamped to them"
)]
pub(super) fn bar_line(label: &str, share: f64, note: &str) -> String {
    let cells = (share.abs().clamp(0.0, 1.0) * BAR as f64).round() as usize;
    let fill = if share < 0.0 { "░" } else { "█" };
    format!("{label}  {}  {note}\n", pad(&fill.repeat(cells), BAR, Align::Left))
}

impl Claims {
    /// The claims as lines for a terminal.
    pub fn text(&self) -> String {
        let mut list =
            Grid::new(&[("claim", Align::Left), ("verdict", Align::Left), ("source", Align::Left)]);
        for finding in &self.findings {
            list.row([finding.claim, finding.verdict.as_str(), finding.source].map(str::to_owned));
        }
        let head = format!("{}\n\n{}", self.accounting, list.render());
        std::iter::once(head).chain(self.findings.iter().map(lines)).collect()
    }

    /// The claims as Markdown, with headings of the third level.
    pub fn markdown(&self) -> String {
        let head = format!("{}\n\n| claim | source | verdict |\n| --- | --- | --- |\n", self.accounting);
        let list = self.findings.iter().map(|finding| {
            format!("| `{}` | {} | {} |\n", finding.claim, finding.source, finding.verdict.as_str())
        });
        std::iter::once(head).chain(list).chain(self.findings.iter().map(section)).collect()
    }
}

fn lines(finding: &Finding) -> String {
    let Finding { claim, source, says, found, verdict, table, picture, .. } = finding;
    let head = format!("\n{claim}: {}\n  {source}: {says}.\n  {}\n", verdict.as_str(), sentence(found));
    let blocks = [table.as_ref().map(Grid::render), picture.clone()].into_iter().flatten().map(|block| {
        let lines = block.lines().map(|line| format!("    {}\n", line.trim_end()));
        format!("\n{}", lines.collect::<String>())
    });
    std::iter::once(head).chain(blocks).collect()
}

fn section(finding: &Finding) -> String {
    let Finding { claim, source, says, found, verdict, table, picture, .. } = finding;
    let head = format!("\n### `{claim}`: {}\n\n*{source}: {says}.* {}\n", verdict.as_str(), sentence(found));
    let table = table.as_ref().map(|table| format!("\n{}", table.markdown()));
    let picture = picture.as_ref().map(|picture| {
        let lines = picture.lines().map(|line| format!("{}\n", line.trim_end()));
        format!("\n```text\n{}```\n", lines.collect::<String>())
    });
    [Some(head), table, picture].into_iter().flatten().collect()
}

/// What was found, beginning and ending as a sentence does.
fn sentence(found: &str) -> String {
    let mut letters = found.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str().trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn found_is_a_sentence_and_bars_have_a_side() {
        assert_eq!(sentence("no trial."), "No trial.");
        assert_eq!(bar_line("a", 0.5, "x"), format!("a  {}{}  x\n", "█".repeat(16), " ".repeat(16)));
        assert!(bar_line("a", -1.0, "x").contains(&"░".repeat(32)));
    }
}
