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

/// An evaluation's script with commands before the line that marks where its tests begin, or at its end where none does, as
/// officially.
pub(crate) fn before_tests(script: &str, commands: &str) -> String {
    let mark = script.find(START).map(|at| script[..at].rfind('\n').map_or(0, |newline| newline + 1));
    match mark {
        Some(line) => format!("{}{commands}{}", &script[..line], &script[line..]),
        None => format!("{script}\n{commands}"),
    }
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

/// Whether the first exit status that the log has is not zero. A mark without a number behind it is none.
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

#[cfg(test)]
mod tests {
    use super::*;

    fn log(tests: &str, exit_code: &str) -> String {
        format!(
            "+ : '{START}'\n{tests}+ : '{END}'\n+ echo '{EXIT_CODE} {exit_code}'\n{EXIT_CODE} {exit_code}\n"
        )
    }

    fn read(output: &str) -> Result<Vec<(String, Status)>, NoResult> {
        evaluation(TestLog::Pytest, output).map(|said| said.into_iter().collect())
    }

    #[test]
    fn commands_are_put_before_the_line_of_the_first_mark() {
        let script = format!("apply\n: '{START}'\ntest '{START}'\n");
        assert_eq!(before_tests(&script, "lay\n"), format!("apply\nlay\n: '{START}'\ntest '{START}'\n"));
        assert_eq!(before_tests(&format!(": {START}"), "lay\n"), format!("lay\n: {START}"));
        assert_eq!(before_tests("test", "lay\n"), "test\nlay\n");
        assert_eq!(before_tests(&script, ""), script);
    }

    #[test]
    fn tests_are_between_the_marks() {
        assert_eq!(section(&log("a\nb\n", "0")), Ok("'\na\nb\n+ : '"));
        let twice = format!("{END}{START}a{START}b{END}c{END}");
        assert_eq!(section(&twice), Ok("a"));
        assert_eq!(section(&format!("{END}a{START}b")), Ok("b"));
        for output in ["", START, END, "PASSED a"] {
            assert_eq!(section(output), Err(NoResult::Unmarked));
        }
    }

    #[test]
    fn a_mark_of_a_fault_counts_wherever_it_stands() {
        for (mark, fault) in FAULTS {
            assert_eq!(section(&log(&format!("PASSED a\nprinted {mark} by a test\n"), "0")), Err(fault));
            assert_eq!(section(mark), Err(fault));
        }
    }

    #[test]
    fn results_outside_the_marks_count_where_there_are_none_between_them() {
        assert_eq!(read(&format!("PASSED a\n{}", log("", "0"))).unwrap()[0].0, "a");
        assert_eq!(read(&format!("PASSED a\n{}", log("PASSED b\n", "0"))).unwrap()[0].0, "b");
        assert_eq!(read(&log("3 passed\n", "0")), Err(NoResult::NoTests));
    }

    #[test]
    fn a_bad_end_without_a_failure_is_no_result() {
        assert_eq!(read(&log("PASSED a\r\nSKIPPED b\r\n", "1")), Err(NoResult::Contradicted));
        assert_eq!(read(&log("PASSED a\nERROR: b\n", "-1")), Err(NoResult::Contradicted));
        for (tests, exit_code) in
            [("FAILED a\n", "1"), ("ERROR a\n", "2"), ("PASSED a\n", "0"), ("PASSED a\n", "00x")]
        {
            assert_eq!(read(&log(tests, exit_code)).unwrap().len(), 1, "{tests}{exit_code}");
        }
        assert!(!exit_is_bad(EXIT_CODE));
        assert!(!exit_is_bad(&format!("{EXIT_CODE} $X\n{EXIT_CODE}\n\t0\n{EXIT_CODE} 1")));
        assert!(exit_is_bad(&format!("{EXIT_CODE} -\n{EXIT_CODE}\n\t10\n{EXIT_CODE} 0")));
    }
}
