//! What the output of tests says of each of them. Pure.

mod lines;

use std::collections::BTreeMap;

use turnwise_core::TestLog;

/// What a log says of a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It passed.
    Passed,
    /// It failed.
    Failed,
    /// It could not run.
    Error,
    /// It was left out.
    Skipped,
    /// It failed, as it was expected to.
    ExpectedFailure,
}

impl Status {
    /// Whether a grade counts this as passed.
    pub fn is_pass(self) -> bool {
        matches!(self, Self::Passed | Self::ExpectedFailure)
    }
}

/// What `output` says of each test that it names.
pub fn statuses(log: TestLog, output: &str) -> BTreeMap<String, Status> {
    match log {
        TestLog::Lines => lines::read(output),
        TestLog::Pytest
        | TestLog::PytestOptions
        | TestLog::PytestWide
        | TestLog::Django
        | TestLog::Sympy
        | TestLog::Seaborn
        | TestLog::Matplotlib
        | TestLog::Unittest => BTreeMap::new(),
    }
}
