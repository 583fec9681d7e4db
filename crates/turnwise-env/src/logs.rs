//! What the output of tests says of each of them. Pure.
//!
//! The forms that SWE-bench knows are read as the `swebench` package 5.0.2 reads them, with its quirks, since its instances name
//! tests by what it makes of their logs. A log is text of any kind: no form fails, and what it does not know it passes over.

mod django;
mod evaluation;
mod lines;
mod matplotlib;
mod pytest;
mod pytest_options;
mod pytest_wide;
mod seaborn;
mod sympy;
mod unittest;
mod words;

use std::{borrow::Cow, collections::BTreeMap};

use turnwise_core::TestLog;

pub(crate) use evaluation::before_tests;
pub use evaluation::{NoResult, evaluation, section};

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
    /// A word that only begins or ends like a status, as `ERROR:` does: it says neither that a test passed nor that it failed.
    Unclear,
}

impl Status {
    /// Whether a grade counts this as passed.
    pub fn is_pass(self) -> bool {
        matches!(self, Self::Passed | Self::ExpectedFailure)
    }

    /// Whether a log that says this of a test says that not all is well.
    pub fn is_failure(self) -> bool {
        matches!(self, Self::Failed | Self::Error)
    }
}

/// What `output` says of each test that it names.
pub fn statuses(log: TestLog, output: &str) -> BTreeMap<String, Status> {
    let output = &*with_newlines(output);
    match log {
        TestLog::Lines => lines::read(output),
        TestLog::Pytest => pytest::read(output),
        TestLog::PytestOptions => pytest_options::read(output),
        TestLog::PytestWide => pytest_wide::read(output),
        TestLog::Django => django::read(output),
        TestLog::Sympy => sympy::read(output),
        TestLog::Seaborn => seaborn::read(output),
        TestLog::Matplotlib => matplotlib::read(output),
        TestLog::Unittest => unittest::read(output),
    }
}

/// What `said` has of the test `id`.
///
/// Some ids of SWE-bench Verified are cut short amid their parameters (`test_parse[log(photon`): a `[` too many gives them away.
/// They stand for all tests that begin so, if these agree on whether they pass.
pub fn status_of(said: &BTreeMap<String, Status>, id: &str) -> Option<Status> {
    if let Some(status) = said.get(id) {
        return Some(*status);
    }
    if id.matches('[').count() <= id.matches(']').count() {
        return None;
    }
    let whole: Vec<_> =
        said.iter().filter(|(name, _)| name.starts_with(id)).map(|(_, status)| *status).collect();
    let first = *whole.first()?;
    if whole.iter().any(|status| status.is_pass() != first.is_pass()) {
        return None;
    }
    // The official report takes the test that its log names first. Where some fail and some are skipped, here they fail.
    Some(whole.into_iter().find(|status| status.is_failure()).unwrap_or(first))
}

/// The text with `\n` alone at line ends: the official report reads logs as text files, where a carriage return ends lines too.
fn with_newlines(text: &str) -> Cow<'_, str> {
    if text.contains('\r') {
        Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"))
    } else {
        Cow::Borrowed(text)
    }
}

#[cfg(test)]
mod tests;
