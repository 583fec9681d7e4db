//! `PASS <id>` and `FAIL <id>`, one a line: what suites of ours print.

use std::collections::BTreeMap;

use super::Status;

/// A test that is said to fail anywhere fails, whatever else is said of it.
pub(super) fn read(output: &str) -> BTreeMap<String, Status> {
    let mut said = BTreeMap::new();
    for line in output.lines() {
        let Some((word, id)) = line.trim_end().split_once(' ') else { continue };
        match word {
            "PASS" => drop(said.entry(id.to_owned()).or_insert(Status::Passed)),
            "FAIL" => drop(said.insert(id.to_owned(), Status::Failed)),
            _ => {}
        }
    }
    said
}
