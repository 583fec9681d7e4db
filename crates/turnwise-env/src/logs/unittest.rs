//! `python3 -m unittest -v`: `test_x (module.Class.test_x) ... ok`, in the forms of Python 3.6 to 3.13.
//!
//! Ids are what `python3 -m unittest ID` takes. What a test prints stands between its name and its verdict, and may look like one:
//! a verdict away from its name counts only once the runner has gone on, which a test that crashes does not let it do. What is
//! printed in front of a test's name, on the same line, hides that test.

mod head;

use std::{collections::BTreeMap, iter::Peekable, str::Split};

use self::head::{DOTS, head};
use super::Status;

/// A test that has no verdict yet.
struct Open<'a> {
    id: String,
    /// The first verdict on a line of its own.
    alone: Option<Status>,
    /// The last line that is not empty.
    last: &'a str,
}

/// What was read so far, and what is left.
struct Reader<'a> {
    lines: Peekable<Split<'a, char>>,
    said: BTreeMap<String, Status>,
    open: Option<Open<'a>>,
}

/// A test that fails anywhere has failed, be it in one of its subtests or in a tidying up; of other verdicts the last holds.
pub(super) fn read(output: &str) -> BTreeMap<String, Status> {
    let mut reader = Reader { lines: output.split('\n').peekable(), said: BTreeMap::new(), open: None };
    // Behind the first traceback other runs may be quoted: headings alone count, until a next run.
    let mut in_tracebacks = false;
    let mut ruled = false;
    while let Some(line) = reader.lines.next() {
        if let Some((id, status)) = heading(line, ruled) {
            reader.say(id, status);
            in_tracebacks = true;
        }
        ruled = is_rule(line, '=');
        if ruled || is_rule(line, '-') {
            reader.close();
        } else if line.starts_with("Ran ") {
            in_tracebacks = false;
        } else if !in_tracebacks {
            reader.read(line);
        }
    }
    reader.said
}

impl<'a> Reader<'a> {
    fn read(&mut self, line: &'a str) {
        let Some((mut id, mut text)) = self.test(line) else { return self.go_on(line) };
        self.close();
        // Before 3.11 a test of which a subtest failed has neither verdict nor end of line: the next test follows.
        while let Some(next) = self.test(text) {
            (id, text) = next;
        }
        match verdict(text) {
            Some(status) => self.say(id, status),
            None => self.open = Some(Open { id, alone: None, last: text }),
        }
    }

    /// The test that a text names, and what stands behind the dots: with a docstring they are behind that, on the next line.
    fn test(&mut self, text: &'a str) -> Option<(String, &'a str)> {
        let head = head(text)?;
        let rest = head.rest();
        if let Some(tail) = rest.strip_prefix(DOTS) {
            return Some((head.id(), tail));
        }
        let described = self.lines.next_if(|line| rest.is_empty() && line.contains(DOTS))?;
        Some((head.id(), behind_docstring(described)))
    }

    /// A line that names no test.
    fn go_on(&mut self, line: &'a str) {
        if let Some(open) = self.open.as_mut().filter(|_| !line.is_empty()) {
            open.alone = open.alone.or_else(|| verdict(line));
            open.last = line;
        }
    }

    /// The runner has gone on: what it said of the open test is known, and may be on one line with what that printed.
    fn close(&mut self) {
        if let Some(Open { id, alone, last }) = self.open.take()
            && let Some(status) = alone.or_else(|| verdict_at_end(last))
        {
            self.say(id, status);
        }
    }

    fn say(&mut self, id: String, status: Status) {
        let said = self.said.entry(id).or_insert(status);
        if !said.is_failure() {
            *said = status;
        }
    }
}

/// What stands behind the dots that end a docstring, which may have dots itself.
fn behind_docstring(line: &str) -> &str {
    let mut tails = line.match_indices(DOTS).map(|(at, _)| &line[at + DOTS.len()..]);
    let whole = tails.clone().find(|tail| verdict(tail).is_some() || head(tail).is_some());
    whole.or_else(|| tails.next()).unwrap_or_default()
}

/// The verdicts that need no reason.
const VERDICTS: [(&str, Status); 5] = [
    ("ok", Status::Passed),
    ("FAIL", Status::Failed),
    ("ERROR", Status::Error),
    ("expected failure", Status::ExpectedFailure),
    // The runner ends with an error for it.
    ("unexpected success", Status::Failed),
];

/// The verdict that a text is.
fn verdict(text: &str) -> Option<Status> {
    let skipped = || text.starts_with("skipped '") || text.starts_with("skipped \"");
    let plain = VERDICTS.iter().find(|(word, _)| *word == text).map(|(_, status)| *status);
    plain.or_else(|| skipped().then_some(Status::Skipped))
}

/// The verdict that a text ends in.
fn verdict_at_end(text: &str) -> Option<Status> {
    let plain = VERDICTS.iter().find(|(word, _)| text.ends_with(word)).map(|(_, status)| *status);
    plain.or_else(|| text.rfind("skipped ").and_then(|at| verdict(&text[at..])))
}

/// The heading of a traceback, below a rule, or of a test that was not to pass, below a rule or another of these.
fn heading(line: &str, ruled: bool) -> Option<(String, Status)> {
    let kinds =
        [("ERROR: ", Status::Error), ("FAIL: ", Status::Failed), ("UNEXPECTED SUCCESS: ", Status::Failed)];
    let (name, status) =
        kinds.into_iter().find_map(|(kind, status)| Some((line.strip_prefix(kind)?, status)))?;
    let head = head(name).filter(|_| ruled || line.starts_with("UNEXPECTED"))?;
    Some((head.id(), status))
}

/// Whether this is one of the runner's two rules.
fn is_rule(line: &str, of: char) -> bool {
    line.len() == 70 && line.chars().all(|c| c == of)
}

#[cfg(test)]
mod tests;
