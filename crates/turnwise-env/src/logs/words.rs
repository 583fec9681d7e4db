//! Words, blanks and the five words of statuses, as the Python of the official parsers sees them.

use std::sync::LazyLock;

use regex::Regex;

use super::Status;

/// The words that lines begin or end with.
const STATUSES: [(&str, Status); 5] = [
    ("FAILED", Status::Failed),
    ("PASSED", Status::Passed),
    ("SKIPPED", Status::Skipped),
    ("ERROR", Status::Error),
    ("XFAIL", Status::ExpectedFailure),
];

/// `[3]`, with any script's digits.
static COUNT: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^\[\d+\]$").ok());

/// What `str.split` and `str.strip` of Python take for a blank: four separators of ASCII more than Unicode calls white space.
fn is_blank(c: char) -> bool {
    c.is_whitespace() || ('\x1c'..='\x1f').contains(&c)
}

/// The words of a line.
pub(super) fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(is_blank).filter(|word| !word.is_empty())
}

/// The line without blanks at its ends.
pub(super) fn strip(line: &str) -> &str {
    line.trim_matches(is_blank)
}

/// The text without blanks at its start.
pub(super) fn strip_start(text: &str) -> &str {
    text.trim_start_matches(is_blank)
}

/// Whether a line begins with a status, be it only as part of a word.
pub(super) fn begins_with_status(line: &str) -> bool {
    STATUSES.iter().any(|(word, _)| line.starts_with(word))
}

/// Whether a line ends in a status, be it only as part of a word.
pub(super) fn ends_in_status(line: &str) -> bool {
    STATUSES.iter().any(|(word, _)| line.ends_with(word))
}

/// The status that a word is. `ERROR:` and its like, which stand where a status does, take a test's place all the same.
pub(super) fn status(word: &str) -> Status {
    STATUSES.iter().find(|(name, _)| *name == word).map_or(Status::Unclear, |(_, status)| *status)
}

/// Whether this is the start of `SKIPPED [3] path:line: reason`, which counts tests and names none.
///
/// Only of skipped tests: progress that wraps leaves `PASSED [100%]` behind, and `[100%]` is what PASS_TO_PASS of some instances of
/// pytest's names.
pub(super) fn counts_skipped(status: Status, id: &str) -> bool {
    status == Status::Skipped && COUNT.as_ref().is_some_and(|count| count.is_match(id))
}
