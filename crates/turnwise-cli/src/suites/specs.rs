//! `specs.toml`: which Python environment the tasks of a repository need, and how their tests are run. One lies beside a file of
//! tasks, or the one that comes with Turnwise is taken.

use std::path::Path;

use serde::Deserialize;
use turnwise_core::{PythonSetup, Task};

use super::SuiteError;

/// What comes with Turnwise: the repositories of SWE-bench that can be had on a current Python.
const SHIPPED: &str = include_str!("../../../../tasks/swebench/specs.toml");

/// Between these an evaluation script runs its tests; the words are those of SWE-bench's harness.
const BEGIN: &str = ">>>>> Start Test Output";
const END: &str = ">>>>> End Test Output";

/// What is known of repositories.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Specs {
    #[serde(default)]
    python: Vec<Spec>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Spec {
    /// `owner/name`, as tasks say it.
    repo: String,
    /// The versions that it is for; none for all that no other names.
    #[serde(default)]
    versions: Vec<String>,
    packages: Vec<String>,
    #[serde(default)]
    install: Vec<String>,
    #[serde(default)]
    variables: std::collections::BTreeMap<String, String>,
    /// The command that runs the tests; the files of the test patch are appended.
    test: Option<String>,
}

impl Specs {
    /// Those beside a file of tasks, or those that come with Turnwise.
    pub(super) fn beside(tasks: &Path) -> Result<Self, SuiteError> {
        let own = tasks.with_file_name("specs.toml");
        let (path, text) = match own.is_file() {
            true => (own.clone(), super::read(&own)?),
            false => (Path::new("tasks/swebench/specs.toml").to_owned(), SHIPPED.to_owned()),
        };
        toml::from_str(&text).map_err(|source| SuiteError::Specs { path, source })
    }

    /// Completes a task that names a repository: its environment, and how its tests are run where it does not say so.
    pub(super) fn complete(&self, task: &mut Task) {
        if !task.files.is_empty() {
            return;
        }
        let spec = self.of(task);
        if task.test_command.is_empty() {
            task.test_command = from_script(&task.eval_script)
                .or_else(|| {
                    spec?.test.as_ref().map(|test| format!("{test} {}", test_files(&task.test_patch)))
                })
                .unwrap_or_default();
        }
        task.python = spec.map(|spec| PythonSetup {
            packages: spec.packages.clone(),
            install: spec.install.clone(),
            variables: spec.variables.clone().into_iter().collect(),
        });
    }

    fn of(&self, task: &Task) -> Option<&Spec> {
        let of_repo = || self.python.iter().filter(|spec| spec.repo == task.repo);
        of_repo()
            .find(|spec| spec.versions.contains(&task.version))
            .or_else(|| of_repo().find(|spec| spec.versions.is_empty()))
    }
}

/// What an evaluation script runs between its marks. The rest of it prepares a container and applies patches, which is done
/// otherwise here.
fn from_script(script: &str) -> Option<String> {
    let (_, after) = script.split_once(BEGIN)?;
    let (inside, _) = after.split_once(END)?;
    let lines: Vec<&str> = inside.lines().skip(1).collect();
    // The last line is the beginning of the one that prints the mark.
    let commands = lines.split_last().map(|(_, commands)| commands.join("\n"))?;
    Some(commands.trim().to_owned()).filter(|commands| !commands.is_empty())
}

/// The files that a patch changes or makes, quoted for a shell.
fn test_files(patch: &str) -> String {
    let names = patch.lines().filter_map(|line| line.strip_prefix("+++ b/"));
    let quoted = names.map(|name| format!("'{}'", name.trim_end().replace('\'', r"'\''")));
    quoted.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn specs() -> Specs {
        toml::from_str(
            "[[python]]\nrepo = 'a/b'\nversions = ['1.0']\npackages = ['pytest==8']\n\
             [[python]]\nrepo = 'a/b'\npackages = ['pytest==7']\ntest = 'pytest -rA'\nvariables = { V = '1' }\n",
        )
        .unwrap()
    }

    fn task(version: &str, script: &str) -> Task {
        let test_patch = "--- a/t/x.py\n+++ b/t/x.py\n@@ -1 +1 @@\n-a\n+b\n".to_owned();
        Task {
            repo: "a/b".into(),
            version: version.into(),
            eval_script: script.into(),
            test_patch,
            ..Task::default()
        }
    }

    #[test]
    fn a_task_gets_the_environment_of_its_version() {
        let (mut old, mut new) = (task("1.0", ""), task("2.0", ""));
        specs().complete(&mut old);
        specs().complete(&mut new);
        assert_eq!(old.python.unwrap().packages, ["pytest==8"]);
        assert_eq!(new.python.unwrap().variables, [("V".to_owned(), "1".to_owned())]);
        assert_eq!((old.test_command.as_str(), new.test_command.as_str()), ("", "pytest -rA 't/x.py'"));
    }

    #[test]
    fn the_tests_are_what_an_evaluation_script_runs_between_its_marks() {
        let script = "conda activate testbed\n: '>>>>> Start Test Output'\npytest -rA t/x.py\n: '>>>>> End Test Output'\ngit checkout c\n";
        let mut task = task("2.0", script);
        specs().complete(&mut task);
        assert_eq!(task.test_command, "pytest -rA t/x.py");
    }

    #[test]
    fn what_is_shipped_can_be_read() {
        let shipped: Specs = toml::from_str(SHIPPED).unwrap();
        assert!(!shipped.python.is_empty());
    }
}
