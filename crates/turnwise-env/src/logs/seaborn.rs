//! Seaborn's versions: `pytest -rA` (`PASSED path::test`) and `pytest -v` (`path::test PASSED [ 1%]`). Only passed and failed tests
//! are read; a failed one only where the status comes first.

use std::collections::BTreeMap;

use super::{Status, words::words};

/// The last line on a test holds, whatever was said before.
pub(super) fn read(output: &str) -> BTreeMap<String, Status> {
    output.split('\n').filter_map(entry).collect()
}

fn entry(line: &str) -> Option<(String, Status)> {
    let mut words = words(line);
    let (first, second) = (words.next()?, words.next()?);
    if line.starts_with("FAILED") {
        return Some((second.to_owned(), Status::Failed));
    }
    // `pytest -v` has something behind the word. A line with that word elsewhere is no test's, even if it begins with it.
    if line.contains(" PASSED ") {
        return (second == "PASSED").then(|| (first.to_owned(), Status::Passed));
    }
    line.starts_with("PASSED").then(|| (second.to_owned(), Status::Passed))
}
