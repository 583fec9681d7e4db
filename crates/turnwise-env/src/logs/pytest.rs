//! The short summary of `pytest -rA`: `PASSED path::test`, and so on. An id ends at its first blank.

use std::{borrow::Cow, collections::BTreeMap};

use super::{
    Status,
    words::{begins_with_status, counts_skipped, status, words},
};

/// The last line on a test holds, whatever was said before.
pub(super) fn read(output: &str) -> BTreeMap<String, Status> {
    output.split('\n').filter_map(entry).collect()
}

/// What a line says, if it begins with a status.
pub(super) fn entry(line: &str) -> Option<(String, Status)> {
    if !begins_with_status(line) {
        return None;
    }
    // Officially the dash before a message goes, so that `FAILED - why`, which names no test, names `why`.
    let line =
        if line.starts_with("FAILED") { Cow::Owned(line.replace(" - ", " ")) } else { Cow::Borrowed(line) };
    let mut words = words(&line);
    let status = status(words.next()?);
    let id = words.next()?;
    (!counts_skipped(status, id)).then(|| (id.to_owned(), status))
}
