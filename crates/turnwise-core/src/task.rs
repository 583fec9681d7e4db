//! One problem: its statement, what its environment starts from, and what its hidden tests are.

/// A file that belongs to a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskFile {
    /// The path, relative to the work tree, with `/` between its parts.
    pub path: String,
    /// The file's text.
    pub content: String,
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
    /// The command, run by `sh -c` in the work tree, that runs the hidden tests and prints one line
    /// `PASS <id>` or `FAIL <id>` for each.
    pub test_command: String,
    /// `FAIL_TO_PASS`: hidden tests that fail at the base commit.
    pub fail_to_pass: Vec<String>,
    /// `PASS_TO_PASS`: hidden tests that pass at the base commit.
    pub pass_to_pass: Vec<String>,
    /// `patch`: the suite's own solution as a unified diff, if it has one.
    pub gold_patch: Option<String>,
    /// Named facts for reports: `bugs`, `family`, `seen` …
    pub labels: Vec<(String, String)>,
}

impl Task {
    /// The value of a label.
    pub fn label(&self, name: &str) -> Option<&str> {
        self.labels.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}
