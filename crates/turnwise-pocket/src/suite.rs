//! Pocket suites: tasks by number, each the same on every machine.

use crate::task::{Draw, MakeError, Oracle, Program, Size, Stream, generator, make};
use serde_json::{Value, json};
use similar::TextDiff;
use std::collections::BTreeMap;
use turnwise_core::{Task, TaskFile};
use turnwise_env::WorkspaceError;

/// The file that the grader lays over the work.
const HIDDEN: &str = "hidden_test.py";

/// What makes a suite: its name and the seed its tasks are drawn with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipe {
    /// The suite's name.
    pub name: String,
    /// The seed.
    pub seed: u64,
}

/// Why a task could not be made.
#[derive(Debug, thiserror::Error)]
pub enum SuiteError {
    /// No program was found.
    #[error("task {index} of suite `{suite}` could not be drawn")]
    Make {
        /// The suite.
        suite: String,
        /// The task's number.
        index: u64,
        /// Why.
        #[source]
        source: Box<MakeError>,
    },
    /// Its base commit could not be computed.
    #[error("the base commit of task {index} of suite `{suite}` could not be computed")]
    Commit {
        /// The suite.
        suite: String,
        /// The task's number.
        index: u64,
        /// Why.
        #[source]
        source: WorkspaceError,
    },
}

impl Recipe {
    /// What task `index` is drawn as: one to five bugs in turn, every fourth from unseen families.
    pub fn draw(index: u64) -> Draw {
        let bugs = [1, 2, 3, 4, 5][(index % 5) as usize];
        Draw { bugs, seen: index % 4 != 3, size: Size::Full }
    }

    /// The id of task `index`.
    pub fn id(&self, index: u64) -> String {
        format!("{}-{index:04}", self.name)
    }

    /// Makes task `index`.
    ///
    /// # Errors
    /// See [`SuiteError`].
    pub fn task(&self, index: u64, oracle: &mut Oracle) -> Result<Task, SuiteError> {
        let draw = Self::draw(index);
        let mut rng = generator(Stream::Suite, self.seed, index);
        let program = make(&mut rng, draw, oracle).map_err(|source| SuiteError::Make {
            suite: self.name.clone(),
            index,
            source: Box::new(source),
        })?;
        let files = files(program.start());
        let base_commit = turnwise_env::base_commit(&files).map_err(|source| SuiteError::Commit {
            suite: self.name.clone(),
            index,
            source,
        })?;
        Ok(self.assemble(index, draw, &program, (files, base_commit)))
    }

    fn assemble(&self, index: u64, draw: Draw, program: &Program, base: (Vec<TaskFile>, String)) -> Task {
        let ids = |before: bool| {
            let cases = program.hidden.iter().filter(|case| case.passes_before == before);
            cases.map(|case| case.id.clone()).collect()
        };
        let label = |name: &str, value: String| (name.to_owned(), value);
        Task {
            id: self.id(index),
            suite: self.name.clone(),
            statement: program.statement.clone(),
            repo: format!("turnwise/{}", self.name),
            base_commit: base.1,
            files: base.0,
            hidden_files: vec![TaskFile { path: HIDDEN.to_owned(), content: program.hidden_script.clone() }],
            test_command: format!("python3 {HIDDEN}"),
            fail_to_pass: ids(false),
            pass_to_pass: ids(true),
            gold_patch: Some(gold(program)),
            labels: vec![
                label("bugs", draw.bugs.to_string()),
                label("family", program.families.join("+")),
                label("files", program.files.len().to_string()),
                label("seen", if draw.seen { "yes" } else { "no" }.to_owned()),
            ],
            ..Task::default()
        }
    }
}

/// A task as a line of a suite file: a superset of a SWE-bench instance.
pub fn line(task: &Task) -> Value {
    let files = |files: &[TaskFile]| -> BTreeMap<String, String> {
        files.iter().map(|file| (file.path.clone(), file.content.clone())).collect()
    };
    json!({
        "instance_id": task.id,
        "repo": task.repo,
        "base_commit": task.base_commit,
        "problem_statement": task.statement,
        "patch": task.gold_patch,
        "FAIL_TO_PASS": task.fail_to_pass,
        "PASS_TO_PASS": task.pass_to_pass,
        "test_command": task.test_command,
        "labels": task.labels.iter().cloned().collect::<BTreeMap<_, _>>(),
        "files": files(&task.files),
        "hidden_files": files(&task.hidden_files),
    })
}

/// Files as a task has them.
pub(crate) fn files(all: BTreeMap<String, String>) -> Vec<TaskFile> {
    all.into_iter().map(|(path, content)| TaskFile { path, content }).collect()
}

/// The solution as a unified diff.
fn gold(program: &Program) -> String {
    let (start, end) = (program.start(), program.solution());
    let mut patch = String::new();
    for (path, old) in &start {
        let new = &end[path];
        if old != new {
            patch.extend(["diff --git a/", path, " b/", path, "\n"]);
            let diff = TextDiff::from_lines(old.as_str(), new.as_str());
            patch.push_str(
                &diff.unified_diff().header(&format!("a/{path}"), &format!("b/{path}")).to_string(),
            );
        }
    }
    patch
}
