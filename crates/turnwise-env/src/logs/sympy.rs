//! SymPy's `bin/test -C --verbose`: `test_name ok`, `F` or `E`, and a ruled heading for each failure.

use std::collections::BTreeMap;

use super::{
    Status,
    words::{strip, words},
};

/// What lines say of a test holds over its headings. They name functions alone, so that the last of several of one name holds.
pub(super) fn read(output: &str) -> BTreeMap<String, Status> {
    let failed = output.split('\n').filter_map(heading).map(|id| (id.to_owned(), Status::Failed));
    failed.chain(output.split('\n').filter_map(entry)).collect()
}

/// `____ sympy/core/tests/test_x.py:test_name ____`. The rules are not looked at: any line does that has `.py:` between its first
/// blank and its last, and what lies between those is the id.
fn heading(line: &str) -> Option<&str> {
    let (_, rest) = line.split_once(' ')?;
    let (id, _) = rest.rsplit_once(' ')?;
    id.contains(".py:").then_some(id)
}

/// `test_name ok`. What is said of skipped tests and of those that fail as expected (`s`, `f`) is not read.
fn entry(line: &str) -> Option<(String, Status)> {
    let line = strip(line);
    let ends = [(" E", Status::Error), (" F", Status::Failed), (" ok", Status::Passed)];
    let (_, status) = ends.into_iter().find(|(end, _)| line.ends_with(end))?;
    let id = words(line).next().filter(|_| line.starts_with("test_"))?;
    Some((id.to_owned(), status))
}
