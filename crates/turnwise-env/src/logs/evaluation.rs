//! The log of a whole evaluation, as an instance's own script writes it: patches, tests between two marks, exit status.

use std::collections::BTreeMap;

use turnwise_core::TestLog;

use super::{Status, statuses, with_newlines, words::strip_start};

const START: &str = ">>>>> Start Test Output";
const END: &str = ">>>>> End Test Output";
const EXIT_CODE: &str = ">>>>> Test Exit Code:";

/// Marks that say, wherever they stand, that the tests did not run to their end.
const FAULTS: [(&str, NoResult); 4] = [
    (">>>>> Patch Apply Failed", NoResult::PatchFailed),
    (">>>>> Reset Failed", NoResult::ResetFailed),
    (">>>>> Tests Errored", NoResult::TestsErrored),
    (">>>>> Tests Timed Out", NoResult::TimedOut),
];

/// Why a log has no result: what was evaluated then counts as not resolved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoResult {
    /// The work could not be applied.
    #[error("the log says that the patch did not apply")]
    PatchFailed,
    /// The repository could not be brought back to where the tests start.
    #[error("the log says that the work tree could not be reset")]
    ResetFailed,
    /// The tests could not be run.
    #[error("the log says that the tests could not be run")]
    TestsErrored,
    /// The tests took too long.
    #[error("the log says that the tests ran out of time")]
    TimedOut,
    /// The script did not come to the tests, or not to their end.
    #[error("the log does not have the marks between which tests are")]
    Unmarked,
    /// No test is named.
    #[error("the log names no test")]
    NoTests,
    /// The tests ended with an error though none is said to have failed.
    #[error("the log says that the tests failed, and of none of them that it did")]
    Contradicted,
}

/// The part of an evaluation's log that the tests wrote.
pub fn section(output: &str) -> Result<&str, NoResult> {
    if let Some((_, fault)) = FAULTS.iter().find(|(mark, _)| output.contains(mark)) {
        return Err(*fault);
    }
    if !output.contains(END) {
        return Err(NoResult::Unmarked);
    }
    // A second start ends the part as well, and an end in front of the start does not count, as officially.
    let tests = output.split(START).nth(1).ok_or(NoResult::Unmarked)?;
    Ok(tests.split_once(END).map_or(tests, |(tests, _)| tests))
}

/// What an evaluation's log says of each test.
pub fn evaluation(log: TestLog, output: &str) -> Result<BTreeMap<String, Status>, NoResult> {
    let output = &*with_newlines(output);
    let mut said = statuses(log, section(output)?);
    if said.is_empty() {
        // Standard output and standard error may come in another order than they were written in, marks among them.
        said = statuses(log, output);
    }
    // Officially a run that names none may have a result if it shows that tests ran, for suites which print failures alone. None of
    // ours does that, and a test that is nowhere named has not passed.
    if said.is_empty() {
        return Err(NoResult::NoTests);
    }
    // Work can print that tests passed; it is harder for it to end them well.
    let failed = said.values().any(|status| status.is_failure());
    if exit_is_bad(output) && !failed {
        return Err(NoResult::Contradicted);
    }
    Ok(said)
}

/// Whether the first exit status that the log has is not zero. A shell that traces prints the mark without a number first.
fn exit_is_bad(output: &str) -> bool {
    let status = |text: &str| {
        let text = strip_start(text);
        let digits = text.strip_prefix('-').unwrap_or(text);
        let rest = digits.trim_start_matches(|c: char| c.is_ascii_digit());
        let digits = &digits[..digits.len() - rest.len()];
        (!digits.is_empty()).then(|| digits.contains(|c| c != '0'))
    };
    output.split(EXIT_CODE).skip(1).find_map(status).unwrap_or(false)
}
