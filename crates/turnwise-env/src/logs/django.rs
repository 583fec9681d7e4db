//! Django's `runtests.py --verbosity 2`: `test_name (module.Class) ... ok`, or a docstring in place of the name.

use std::{collections::BTreeMap, sync::LazyLock};

use regex::Regex;

use super::{
    Status,
    words::{strip, words},
};

/// A test whose verdict was cut off by one of three known messages, up to the `ok` on a line of its own.
///
/// The first of them may reach over other tests, to the next such end. Blanks are Python's, line ends among them.
const INTERRUPTED: [&str; 3] = [
    r"(?m)^(.*?)[\s\x1c-\x1f]\.\.\.[\s\x1c-\x1f]Testing against Django installed in (?s:.*?) silenced\)\.\nok$",
    r"(?m)^(.*?)[\s\x1c-\x1f]\.\.\.[\s\x1c-\x1f]Internal Server Error: /.*/\nok$",
    r"(?m)^(.*?)[\s\x1c-\x1f]\.\.\.[\s\x1c-\x1f]System check identified no issues \(0 silenced\)\nok$",
];

static PATTERNS: LazyLock<Vec<Regex>> =
    LazyLock::new(|| INTERRUPTED.iter().filter_map(|pattern| Regex::new(pattern).ok()).collect());

/// The ends of a line on a test that passed.
const PASSES: [&str; 3] = [" ... ok", " ... OK", " ...  OK"];
/// The name of a test that prints over several lines, and what it prints.
const VERSION: &str = "--version is equivalent to version";
/// What migrations print in front of a test that runs while they do (`django__django-7188`).
const MIGRATION: &str = "Applying sites.0002_alter_domain_unique...test_no_migrations";

/// The last line on a test holds, but that an interrupted one has passed whatever else is said of it.
pub(super) fn read(output: &str) -> BTreeMap<String, Status> {
    let mut said = BTreeMap::new();
    let mut open = None;
    for line in output.split('\n') {
        let line = strip(line);
        if let Some((test, _)) = line.split_once(" ... ") {
            open = Some(test);
        }
        for (test, status) in verdicts(line) {
            said.insert(test.to_owned(), status);
        }
        // The test that was named last printed something before its verdict. It need not be open any more, nor this a verdict.
        if let Some(test) = open.filter(|_| line.starts_with("ok")) {
            said.insert(test.to_owned(), Status::Passed);
        }
    }
    for test in
        PATTERNS.iter().flat_map(|pattern| pattern.captures_iter(output)).filter_map(|found| found.get(1))
    {
        said.insert(test.as_str().to_owned(), Status::Passed);
    }
    said
}

/// What a line says by itself: of a line that could be read in several ways, all of them in this order.
fn verdicts(line: &str) -> impl Iterator<Item = (&str, Status)> {
    let version = line.contains(VERSION).then_some((VERSION, Status::Passed));
    let (line, passed) = match PASSES.iter().find(|end| line.ends_with(**end)) {
        Some(end) => {
            let line = without_migration(line);
            (line, line.strip_suffix(end).map(|test| (test, Status::Passed)))
        }
        None => (line, None),
    };
    let before = |mark: &str, status| line.split_once(mark).map(|(test, _)| (test, status));
    let at_end = |mark: &str, status| before(mark, status).filter(|_| line.ends_with(mark));
    // The heading of a traceback: the name alone, without its class.
    let heading =
        |mark: &str, status| words(line).nth(1).filter(|_| line.starts_with(mark)).map(|test| (test, status));
    [
        version,
        passed,
        before(" ... skipped", Status::Skipped),
        at_end(" ... FAIL", Status::Failed),
        heading("FAIL:", Status::Failed),
        at_end(" ... ERROR", Status::Error),
        heading("ERROR:", Status::Error),
    ]
    .into_iter()
    .flatten()
}

/// The line from the test's name on.
fn without_migration(line: &str) -> &str {
    match line.split_once("...") {
        Some((_, test)) if line.starts_with(MIGRATION) => strip(test),
        _ => line,
    }
}
