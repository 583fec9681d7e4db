//! Runs a task's hidden tests on a copy of the work and reads what they say. The parsing is pure; an
//! ungradable task is the harness's failure, a crashing test is the work's.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use turnwise_core::{EnvError, Grade, Source, Task, TestOutcome};

use crate::{
    SandboxConfig, WorkspaceError,
    logs::{self, Status},
    sandbox::{Place, Sandbox},
    workspace::{path_parts, plain_name, touched_paths},
};

/// Output of the tests that is read, in bytes: enough for some ten thousand of them.
pub(crate) const TESTS_OUTPUT: usize = 8 << 20;
/// What a shell says when there is no such program.
pub(crate) const NOT_FOUND: i32 = 127;

/// Why the tests of a task could not be run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum GraderError {
    #[error("it names no tests; add FAIL_TO_PASS or PASS_TO_PASS")]
    NoTests,
    #[error("it names no command that runs them; add a test command")]
    NoCommand,
    #[error("its test command needs `{program}`, which the sandbox does not have; install it under /usr")]
    Missing { program: String },
    #[error("its test command needs `{program}`, which its image does not have; name an image that has")]
    NotInImage { program: String },
    #[error("its test patch does not apply: {said}; correct the task or its image")]
    TestPatch { said: String },
    #[error(transparent)]
    BadFile(WorkspaceError),
}

/// Says whether the task can be graded at all, by a command.
pub(crate) fn check(task: &Task, command: &str) -> Result<(), EnvError> {
    if task.fail_to_pass.is_empty() && task.pass_to_pass.is_empty() {
        return Err(failed(task, GraderError::NoTests));
    }
    if command.trim().is_empty() {
        return Err(failed(task, GraderError::NoCommand));
    }
    Ok(())
}

/// Runs the tests in a sandbox of their own, on a work tree that already has the hidden files; returns what they printed, too.
pub(crate) async fn grade(
    task: &Task,
    config: &SandboxConfig,
    place: Place<'_>,
) -> Result<(Grade, String), EnvError> {
    check(task, &task.test_command)?;
    let mut config = config.clone();
    config.limits.output_bytes = TESTS_OUTPUT;
    let mut sandbox = Sandbox::start(&config, place)?;
    let seen = sandbox.run(&task.test_command, config.limits.tests_ms).await?;
    if seen.exit_code == Some(NOT_FOUND) && says_nothing(task, &seen.output) {
        let program = program(&task.test_command);
        let look = format!("command -v -- '{}'", program.replace('\'', r"'\''"));
        if sandbox.run(&look, config.limits.action_ms).await?.exit_code != Some(0) {
            return Err(failed(task, GraderError::Missing { program: program.to_owned() }));
        }
    }
    sandbox.close().await;
    Ok((outcomes(task, &seen.output), seen.output))
}

pub(crate) fn failed(task: &Task, source: GraderError) -> EnvError {
    EnvError::Grader { task: task.id.clone(), source: Source::from(source) }
}

/// The files that the task's test patch touches: they are as at the base commit before it is applied.
pub(crate) fn test_files(task: &Task) -> Result<BTreeSet<String>, EnvError> {
    let touched = || {
        let paths = touched_paths(&task.test_patch)?;
        paths.iter().try_for_each(|path| path_parts(path).map(drop))?;
        Ok(paths)
    };
    touched().map_err(|error| bad_test_patch(task, error))
}

/// A test patch that cannot be applied is the task's fault, and never that of the work that is graded.
pub(crate) fn bad_test_patch(task: &Task, error: WorkspaceError) -> EnvError {
    if !error.is_about_a_patch() {
        return failed(task, GraderError::BadFile(error));
    }
    let said = std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string);
    failed(task, GraderError::TestPatch { said })
}

/// Whether an output names no test at all.
pub(crate) fn says_nothing(task: &Task, output: &str) -> bool {
    logs::statuses(task.test_log, output).is_empty()
}

/// The program that a command starts, after variables that are set for it.
pub(crate) fn program(command: &str) -> &str {
    command.split_whitespace().find(|word| !word.contains('=')).unwrap_or_default()
}

/// Keeps what the tests printed, in `FOLDER/TASK.NUMBER.log`.
pub(crate) fn keep_log(folder: &Path, task: &str, number: &str, said: &str) -> Result<(), WorkspaceError> {
    let path = folder.join(format!("{}.{number}.log", plain_name(task)));
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(&path, said))
        .map_err(WorkspaceError::file(path, "written"))
}

/// What the output of a task's tests makes of it.
pub(crate) fn outcomes(task: &Task, output: &str) -> Grade {
    graded(task, &logs::statuses(task.test_log, output))
}

/// The tests of a task by what is said of them, as the official report of SWE-bench counts them.
pub(crate) fn graded(task: &Task, said: &BTreeMap<String, Status>) -> Grade {
    let outcome = |id: &String, was_failing| {
        let passed = passes(logs::status_of(said, id), was_failing)?;
        Some(TestOutcome { id: id.clone(), was_failing, passed })
    };
    let failing = task.fail_to_pass.iter().filter_map(|id| outcome(id, true));
    let passing = task.pass_to_pass.iter().filter_map(|id| outcome(id, false));
    Grade { tests: failing.chain(passing).collect(), reward: None }
}

/// Whether a test of this status passes; nothing where it counts neither way, and is left out of the grade.
fn passes(status: Option<Status>, was_failing: bool) -> Option<bool> {
    match status {
        Some(Status::Passed | Status::ExpectedFailure) => Some(true),
        // A test that nothing is said of did not come to its end.
        Some(Status::Failed | Status::Error) | None => Some(false),
        // Work that has a test skipped breaks nothing by that, and mends nothing either.
        Some(Status::Skipped) => Some(!was_failing),
        Some(Status::Unclear) => None,
    }
}

#[cfg(test)]
mod tests;
