//! One problem: its statement, what its environment starts from, and what its hidden tests are.

use std::path::PathBuf;

use crate::{TestLog, WebSetup};

/// A file that belongs to a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskFile {
    /// The path, relative to the work tree, with `/` between its parts.
    pub path: String,
    /// The file's text.
    pub content: String,
}

/// A file of the hidden tests that no patch can carry, a picture mostly. It stays where it is until work is graded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestAsset {
    /// The path, relative to the work tree, with `/` between its parts.
    pub path: String,
    /// Where it is on this machine.
    pub source: PathBuf,
    /// SHA-256 of its bytes, in hex.
    pub digest: String,
}

/// A Python environment, shared by the tasks that say the same of the same repository, version and setup commit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PythonSetup {
    /// What pip installs first, pinned: `pytest==8.3.4`.
    pub packages: Vec<String>,
    /// Commands that install the repository itself, run one after another in a work tree at the setup commit, without a
    /// network: `pip install --no-deps --no-build-isolation -e .`
    pub install: Vec<String>,
    /// Variables for these commands and for everything that runs in the environment: `SETUPTOOLS_SCM_PRETEND_VERSION=1.0`
    pub variables: Vec<(String, String)>,
}

/// A task. Its fields are a superset of a SWE-bench instance's, under plainer names; what a task does not have
/// is empty.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Task {
    /// `instance_id`: unique within the suite.
    pub id: String,
    /// The suite's name.
    pub suite: String,
    /// `problem_statement`: what the model is told.
    pub statement: String,
    /// `repo`: where the history comes from; for tasks that bring their files, a name.
    pub repo: String,
    /// `base_commit`: the commit the work starts from, 40 hex digits.
    pub base_commit: String,
    /// The files of the base commit, for tasks that bring them instead of naming a repository.
    pub files: Vec<TaskFile>,
    /// Files that only the grader sees; they are laid over the work when it is graded.
    pub hidden_files: Vec<TaskFile>,
    /// `test_patch`: hidden tests as a unified diff against the base commit; files it touches are as they were there before
    /// it is applied to the work that is graded.
    pub test_patch: String,
    /// `test_assets`: files that are laid over the work once the test patch is applied to it.
    pub test_assets: Vec<TestAsset>,
    /// The command, run by `sh -c` in the work tree, that runs the hidden tests.
    pub test_command: String,
    /// `log_parser`: how what it prints is read.
    pub test_log: TestLog,
    /// `version`: which of the repository's environments it needs.
    pub version: String,
    /// `environment_setup_commit`: the commit that such an environment is made from; the base commit where there is none.
    pub setup_commit: String,
    /// `image`: the container image that holds repository and environment; a name, or empty.
    pub image: String,
    /// The work tree's folder in that image, where it is not the one that its environment expects.
    pub workdir: String,
    /// `eval_script`: what runs the hidden tests in that image.
    pub eval_script: String,
    /// `FAIL_TO_PASS`: hidden tests that fail at the base commit.
    pub fail_to_pass: Vec<String>,
    /// `PASS_TO_PASS`: hidden tests that pass at the base commit.
    pub pass_to_pass: Vec<String>,
    /// `patch`: the suite's own solution as a unified diff, if it has one.
    pub gold_patch: Option<String>,
    /// The Python environment that it needs; `None` where the machine's own Python does.
    pub python: Option<PythonSetup>,
    /// The pages that it is about, for tasks on the web; such a task has no work tree, and its tests are its site's.
    pub web: Option<WebSetup>,
    /// Named facts for reports: `bugs`, `family`, `seen` …
    pub labels: Vec<(String, String)>,
}

impl Task {
    /// Whether anything says what a piece of work is worth: hidden tests, or its site. Without, trials are run and not graded.
    pub fn is_graded(&self) -> bool {
        self.web.is_some() || !self.fail_to_pass.is_empty() || !self.pass_to_pass.is_empty()
    }

    /// The value of a label.
    pub fn label(&self, name: &str) -> Option<&str> {
        self.labels.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}
