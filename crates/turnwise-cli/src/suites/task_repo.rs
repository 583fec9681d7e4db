//! Task repositories of SWE-bench's version 5: a folder for each task, with its short facts in YAML and its texts in files of their own, as the
//! `swebench` package 5.0.2 reads them (`task/repo.py`).

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use turnwise_core::{Task, TestAsset};

use super::{SuiteError, folders::below, line, read, specs::Specs};
use crate::hex::hex;

/// The folder of the tasks.
const TASKS: &str = "tasks";
/// The short facts of a task.
const FACTS: &str = "task.yaml";
/// The tests that decide.
const TESTS: &str = "tests.json";
/// Columns that are files.
const FILES: [(&str, &str); 4] = [
    ("patch", "gold.patch"),
    ("test_patch", "test.patch"),
    ("eval_script", "eval.sh"),
    ("problem_statement", "problem_statement.md"),
];

/// Files of the hidden tests that no patch can carry, by their paths in the work tree.
const ASSETS: &str = "test_assets";

/// Whether a folder is one.
pub(super) fn is_one(folder: &Path) -> bool {
    folders(folder).is_ok_and(|folders| !folders.is_empty())
}

/// Its tasks, in the order of their names, completed by what is known of their repositories.
pub(super) fn tasks(suite: &str, folder: &Path) -> Result<Vec<Task>, SuiteError> {
    let place = folder.join(TASKS);
    let folders = folders(folder).map_err(|source| SuiteError::File { path: place, source })?;
    let specs = Specs::beside(&folder.join("sweb.yaml"))?;
    folders
        .into_iter()
        .map(|folder| {
            let path = folder.join(FACTS);
            let fields = fields(&folder)?;
            let mut task = line::read(&Value::Object(fields).to_string(), suite)
                .map_err(|fault| SuiteError::Task { path, line: 1, fault })?;
            specs.complete(&mut task);
            task.test_assets = assets(&folder.join(ASSETS))?;
            Ok(task)
        })
        .collect()
}

fn folders(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder.join(TASKS))?.filter_map(|entry| Some(entry.ok()?.path()));
    let mut folders: Vec<PathBuf> = entries.filter(|folder| folder.join(FACTS).is_file()).collect();
    folders.sort();
    Ok(folders)
}

fn assets(root: &Path) -> Result<Vec<TestAsset>, SuiteError> {
    let read = |(path, source): (String, PathBuf)| {
        let bytes =
            fs::read(&source).map_err(|error| SuiteError::File { path: source.clone(), source: error })?;
        let digest = hex(&Sha256::digest(&bytes));
        Ok(TestAsset { path, source, digest })
    };
    below(root)?.into_iter().map(read).collect()
}

/// A task as SWE-bench's other files have it.
fn fields(folder: &Path) -> Result<Map<String, Value>, SuiteError> {
    let path = folder.join(FACTS);
    let mut fields: Map<String, Value> = serde_saphyr::from_str(&read(&path)?)
        .map_err(|source| SuiteError::Yaml { path, said: source.to_string() })?;
    for (column, file) in FILES {
        fields.insert(column.to_owned(), read(&folder.join(file))?.into());
    }
    let path = folder.join(TESTS);
    let tests: Map<String, Value> =
        serde_json::from_str(&read(&path)?).map_err(|source| SuiteError::Instances { path, source })?;
    fields.extend(tests);
    if let Some(name) = folder.file_name() {
        fields.entry("instance_id").or_insert_with(|| name.to_string_lossy().into());
    }
    Ok(fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repository(facts: &str) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        let task = dir.path().join("tasks/a__b-1");
        fs::create_dir_all(&task).unwrap();
        fs::create_dir_all(dir.path().join("tasks/notes")).unwrap();
        for (file, text) in [
            (FACTS, facts),
            (TESTS, r#"{"FAIL_TO_PASS": ["t::a b"], "PASS_TO_PASS": []}"#),
            ("gold.patch", "--- a/x\r\n"),
            ("test.patch", "t"),
            ("eval.sh", "run"),
            ("problem_statement.md", "It fails."),
        ] {
            fs::write(task.join(file), text).unwrap();
        }
        dir
    }

    #[test]
    fn a_task_is_read_from_its_files() {
        let dir = repository(
            "repo: a/b\nbase_commit: c0\nversion: '1.10'\nlog_parser: parse_log_django\nsplit: test\n",
        );
        assert!(is_one(dir.path()) && !is_one(&dir.path().join("tasks")));
        let task = tasks("v5", dir.path()).unwrap().remove(0);
        assert_eq!((task.id.as_str(), task.version.as_str(), task.repo.as_str()), ("a__b-1", "1.10", "a/b"));
        assert_eq!(task.gold_patch.as_deref(), Some("--- a/x\r\n"));
        assert_eq!(
            (task.eval_script.as_str(), task.fail_to_pass.as_slice()),
            ("run", &["t::a b".to_owned()][..])
        );
    }

    #[test]
    fn files_that_no_patch_can_carry_are_known_by_their_paths_and_bytes() {
        let dir = repository("repo: a/b\n");
        let assets = dir.path().join("tasks/a__b-1/test_assets");
        fs::create_dir_all(assets.join("t/base lines")).unwrap();
        fs::write(assets.join("t/base lines/1.png"), b"\x89PNG\0").unwrap();
        fs::write(assets.join("a.gif"), b"").unwrap();
        let [first, second] = &tasks("v5", dir.path()).unwrap().remove(0).test_assets[..] else { panic!() };
        assert_eq!((first.path.as_str(), &first.source), ("a.gif", &assets.join("a.gif")));
        assert_eq!(first.digest, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        assert_eq!(second.path, "t/base lines/1.png");
    }

    #[test]
    fn what_is_wrong_names_its_file() {
        let said = tasks("v5", repository("repo: [a\n").path()).unwrap_err().to_string();
        assert!(said.contains("tasks/a__b-1/task.yaml is no YAML of tasks"), "{said}");
        let dir = repository("repo: a/b\n");
        fs::remove_file(dir.path().join("tasks/a__b-1/eval.sh")).unwrap();
        let said = tasks("v5", dir.path()).unwrap_err().to_string();
        assert!(said.contains("eval.sh cannot be read"), "{said}");
    }
}
