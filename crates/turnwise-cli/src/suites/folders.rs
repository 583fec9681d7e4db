//! Suites whose tasks are folders: `ID/task.toml`, the files of the base commit below `ID/files/`, those that only the grader sees
//! below `ID/hidden/`, and the suite's own solution in `ID/gold.patch`. People read and review such tasks file by file.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use serde::Deserialize;
use turnwise_core::{Task, TaskFile, TestLog};

use super::SuiteError;

/// What `suite.toml` says of all its tasks.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Shared {
    /// The command that runs the hidden tests.
    test_command: String,
    /// How what it prints is read.
    test_log: String,
}

/// `task.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Described {
    statement: String,
    fail_to_pass: Vec<String>,
    pass_to_pass: Vec<String>,
    #[serde(default)]
    labels: BTreeMap<String, String>,
}

/// The tasks below `folder`, in the order of their names.
pub(super) fn read(suite: &str, folder: &Path, shared: &Shared) -> Result<Vec<Task>, SuiteError> {
    let description = folder.join("suite.toml");
    let Some(log) = TestLog::named(&shared.test_log) else {
        return Err(SuiteError::NoLog { path: description, name: shared.test_log.clone() });
    };
    let mut folders: Vec<PathBuf> =
        entries(folder)?.into_iter().filter(|path| path.join("task.toml").is_file()).collect();
    folders.sort();
    if folders.is_empty() {
        return Err(SuiteError::NoTasks { path: description });
    }
    folders.iter().map(|folder| task(suite, folder, shared, log)).collect()
}

fn task(suite: &str, folder: &Path, shared: &Shared, test_log: TestLog) -> Result<Task, SuiteError> {
    let path = folder.join("task.toml");
    let described: Described = toml::from_str(&super::read(&path)?)
        .map_err(|source| SuiteError::Description { path: path.clone(), source })?;
    let gold = folder.join("gold.patch");
    let id = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    if described.fail_to_pass.is_empty() && described.pass_to_pass.is_empty() {
        return Err(SuiteError::Task { path, line: 1, fault: super::line::Fault::NoTests { task: id } });
    }
    Ok(Task {
        suite: suite.to_owned(),
        repo: format!("turnwise/{id}"),
        id,
        statement: described.statement.trim().to_owned(),
        files: files(&folder.join("files"))?,
        hidden_files: files(&folder.join("hidden"))?,
        test_command: shared.test_command.clone(),
        test_log,
        fail_to_pass: described.fail_to_pass,
        pass_to_pass: described.pass_to_pass,
        gold_patch: if gold.is_file() { Some(super::read(&gold)?) } else { None },
        labels: described.labels.into_iter().collect(),
        ..Task::default()
    })
}

/// The text of every file below a folder.
fn files(root: &Path) -> Result<Vec<TaskFile>, SuiteError> {
    below(root)?.into_iter().map(|(path, file)| Ok(TaskFile { path, content: super::read(&file)? })).collect()
}

/// Every file below a folder, in the order of its path in it; none where there is no folder.
pub(super) fn below(root: &Path) -> Result<Vec<(String, PathBuf)>, SuiteError> {
    let mut found = Vec::new();
    let mut folders = if root.is_dir() { vec![root.to_owned()] } else { Vec::new() };
    while let Some(folder) = folders.pop() {
        for path in entries(&folder)? {
            match path.strip_prefix(root) {
                _ if path.is_dir() => folders.push(path),
                Ok(name) => found.push((name.to_string_lossy().into_owned(), path.clone())),
                Err(_) => {}
            }
        }
    }
    found.sort();
    Ok(found)
}

/// What is in a folder, but for what Python leaves there.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, SuiteError> {
    let fail = |source| SuiteError::File { path: folder.to_owned(), source };
    let all: Result<Vec<_>, _> = fs::read_dir(folder).map_err(fail)?.map(|entry| Ok(entry?.path())).collect();
    let mut all = all.map_err(fail)?;
    all.retain(|path| path.file_name().is_none_or(|name| name != "__pycache__"));
    Ok(all)
}
