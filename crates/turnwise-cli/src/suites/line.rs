//! A line of a suite: a superset of a SWE-bench instance (research/formats.md, 4.1).
//!
//! Fields that Turnwise has no use for are skipped, so that real SWE-bench files load unchanged.

use std::{collections::BTreeMap, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{self, SeqAccess, Visitor},
};
use turnwise_core::{BrowserKind, Task, TaskFile, TestLog, WebSetup};

/// What is wrong with a line.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    #[error("the line is no task: {0}")]
    Unreadable(#[from] serde_json::Error),
    #[error(
        "task `{task}` has no tests; give it FAIL_TO_PASS or PASS_TO_PASS, or, to run it without a grade, an image_name"
    )]
    NoTests { task: String },
    #[error(
        "task `{task}` names the log parser `{parser}`, which there is not; there are lines, pytest, pytest_options, pytest_v2, \
         django, sympy, seaborn, matplotlib and unittest"
    )]
    NoParser { task: String, parser: String },
    #[error("task `{task}` names the browser `{browser}`, which there is not; there are text and chromium")]
    NoBrowser { task: String, browser: String },
    #[error("task `{task}` comes twice; ids are unique within a suite")]
    Again { task: String },
}

#[derive(Deserialize)]
struct Line {
    #[serde(alias = "id")]
    instance_id: String,
    problem_statement: String,
    #[serde(default)]
    repo: String,
    /// SWE-agent's simple instances: the folder of the work tree, below the image's root.
    #[serde(default)]
    repo_name: String,
    #[serde(default)]
    base_commit: String,
    #[serde(default)]
    files: BTreeMap<String, String>,
    #[serde(default)]
    hidden_files: BTreeMap<String, String>,
    #[serde(default)]
    test_command: String,
    #[serde(default, rename = "FAIL_TO_PASS")]
    fail_to_pass: TestIds,
    #[serde(default, rename = "PASS_TO_PASS")]
    pass_to_pass: TestIds,
    #[serde(default)]
    patch: Option<String>,
    #[serde(default)]
    test_patch: Option<String>,
    #[serde(default)]
    log_parser: Option<String>,
    #[serde(default)]
    version: Option<serde_json::Value>,
    #[serde(default)]
    environment_setup_commit: Option<String>,
    #[serde(default, alias = "image_name", alias = "docker_image", alias = "dockerhub_tag")]
    image: Option<String>,
    #[serde(default)]
    eval_script: Option<String>,
    #[serde(default)]
    labels: BTreeMap<String, serde_json::Value>,
    #[serde(default)]
    web: Option<WebLine>,
}

/// The pages of a task on the web.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WebLine {
    site: String,
    #[serde(default)]
    browser: Option<String>,
    #[serde(default)]
    settings: serde_json::Map<String, serde_json::Value>,
    #[serde(default)]
    gold: Vec<String>,
}

/// Reads a line of suite `suite`.
pub(crate) fn read(line: &str, suite: &str) -> Result<Task, Fault> {
    let line: Line = serde_json::from_str(line)?;
    let test_log = test_log(&line)?;
    let web = line.web.map(|web| pages(web, &line.instance_id)).transpose()?;
    let mut task = Task {
        id: line.instance_id,
        suite: suite.to_owned(),
        statement: line.problem_statement,
        repo: if line.repo.is_empty() { line.repo_name.clone() } else { line.repo },
        base_commit: line.base_commit,
        files: files(line.files),
        hidden_files: files(line.hidden_files),
        test_patch: line.test_patch.unwrap_or_default(),
        test_assets: Vec::new(),
        test_command: line.test_command,
        test_log,
        version: line.version.map(label).unwrap_or_default(),
        setup_commit: line.environment_setup_commit.unwrap_or_default(),
        workdir: String::new(),
        image: line.image.unwrap_or_default(),
        eval_script: line.eval_script.unwrap_or_default(),
        python: None,
        web,
        fail_to_pass: line.fail_to_pass.0,
        pass_to_pass: line.pass_to_pass.0,
        gold_patch: line.patch,
        labels: line.labels.into_iter().map(|(name, value)| (name, label(value))).collect(),
    };
    if !task.is_graded() {
        // A simple instance of SWE-agent has no tests; without an image, their absence is an oversight.
        if task.image.is_empty() {
            return Err(Fault::NoTests { task: task.id });
        }
        // Where there are tests, as in R2E's files, it is just the repository's name.
        if !line.repo_name.is_empty() {
            task.workdir = format!("/{}", line.repo_name.trim_start_matches('/'));
        }
    }
    Ok(task)
}

fn pages(web: WebLine, task: &str) -> Result<WebSetup, Fault> {
    let WebLine { site, browser, settings, gold } = web;
    let browser = match browser {
        None => BrowserKind::default(),
        Some(browser) => match BrowserKind::named(&browser) {
            Some(kind) => kind,
            None => return Err(Fault::NoBrowser { task: task.to_owned(), browser }),
        },
    };
    Ok(WebSetup { site, browser, settings: serde_json::Value::Object(settings).to_string(), gold })
}

/// How the tests' output is read: as the line says, else as its repository is known for.
fn test_log(line: &Line) -> Result<TestLog, Fault> {
    match &line.log_parser {
        None => Ok(TestLog::of_repository(&line.repo).unwrap_or_default()),
        Some(parser) => TestLog::named(parser)
            .ok_or_else(|| Fault::NoParser { task: line.instance_id.clone(), parser: parser.clone() }),
    }
}

fn files(files: BTreeMap<String, String>) -> Vec<TaskFile> {
    files.into_iter().map(|(path, content)| TaskFile { path, content }).collect()
}

fn label(value: serde_json::Value) -> String {
    if let serde_json::Value::String(text) = value { text } else { value.to_string() }
}

/// Test ids: a list, or, as SWE-bench has them, a text that holds a list in JSON.
#[derive(Debug, Default)]
struct TestIds(Vec<String>);

impl<'de> Deserialize<'de> for TestIds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TestIdsVisitor)
    }
}

struct TestIdsVisitor;

impl<'de> Visitor<'de> for TestIdsVisitor {
    type Value = TestIds;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of test ids, or a text that holds one in JSON")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<TestIds, E> {
        serde_json::from_str(text).map(TestIds).map_err(E::custom)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<TestIds, A::Error> {
        let mut ids = Vec::new();
        while let Some(id) = list.next_element()? {
            ids.push(id);
        }
        Ok(TestIds(ids))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_swe_bench_line_loads_unchanged() {
        let line = r#"{"repo": "a/b", "instance_id": "a__b-1", "base_commit": "c0", "patch": "diff", "test_patch": "t",
            "problem_statement": "It fails.", "hints_text": "", "created_at": "2023", "version": "1.6",
            "FAIL_TO_PASS": "[\"t::one\", \"t::two\"]", "PASS_TO_PASS": "[]", "environment_setup_commit": "c1"}"#;
        let task = read(&line.replace('\n', " "), "lite").unwrap();
        assert_eq!((task.id.as_str(), task.suite.as_str(), task.repo.as_str()), ("a__b-1", "lite", "a/b"));
        assert_eq!(task.fail_to_pass, ["t::one", "t::two"]);
        assert_eq!(task.gold_patch.as_deref(), Some("diff"));
        assert_eq!(
            (task.test_patch.as_str(), task.version.as_str(), task.setup_commit.as_str()),
            ("t", "1.6", "c1")
        );
    }

    #[test]
    fn a_parser_is_named_by_the_line_or_known_for_its_repository() {
        let line = |more: &str| {
            let line =
                format!(r#"{{"instance_id": "x", "problem_statement": "s", "FAIL_TO_PASS": ["a"], {more}}}"#);
            read(&line, "s").map(|task| task.test_log)
        };
        assert_eq!(line(r#""repo": "pydicom/pydicom""#).unwrap(), TestLog::PytestOptions);
        assert_eq!(line(r#""log_parser": "parse_log_django""#).unwrap(), TestLog::Django);
        let message = line(r#""log_parser": "tap""#).unwrap_err().to_string();
        assert!(message.starts_with("task `x` names the log parser `tap`, which there is not;"), "{message}");
    }

    #[test]
    fn lists_and_labels_are_read_too() {
        let line = r#"{"instance_id": "x", "problem_statement": "s", "FAIL_TO_PASS": ["a"], "files": {"f.py": "1"},
            "labels": {"bugs": 3, "family": "lists"}}"#;
        let task = read(&line.replace('\n', " "), "s").unwrap();
        assert_eq!((task.label("bugs"), task.label("family")), (Some("3"), Some("lists")));
        assert_eq!(task.files, [TaskFile { path: "f.py".into(), content: "1".into() }]);
    }

    #[test]
    fn a_task_on_the_web_has_pages_instead_of_tests() {
        let line = |web: &str| {
            read(&format!(r#"{{"instance_id": "x", "problem_statement": "s", "web": {web}}}"#), "s")
        };
        let task = line(r#"{"site": "http", "settings": {"start": "http://a.test/"}, "gold": ["click 1"]}"#)
            .unwrap();
        let web = task.web.unwrap();
        assert_eq!((web.site.as_str(), web.browser, web.gold.len()), ("http", BrowserKind::Text, 1));
        assert_eq!(web.settings, r#"{"start":"http://a.test/"}"#);
        let message = line(r#"{"site": "http", "browser": "lynx"}"#).unwrap_err().to_string();
        assert_eq!(
            message,
            "task `x` names the browser `lynx`, which there is not; there are text and chromium"
        );
        assert!(line(r#"{"site": "http", "start": "x"}"#).is_err());
    }

    #[test]
    fn a_simple_instance_of_swe_agent_names_its_image_and_folder_and_has_no_tests() {
        let task = read(
            r#"{"image_name": "python:3.12", "problem_statement": "s", "instance_id": "x", "repo_name": "work",
                "base_commit": "HEAD", "extra_fields": {"a": 1}}"#,
            "s",
        )
        .unwrap();
        assert_eq!((task.image.as_str(), task.workdir.as_str()), ("python:3.12", "/work"));
        assert!(!task.is_graded());
        let tested = r#"{"docker_image": "i", "problem_statement": "s", "id": "x", "repo_name": "numpy", "FAIL_TO_PASS": ["a"]}"#;
        assert_eq!(read(tested, "s").unwrap().workdir, "");
        let nameless = r#"{"image_name": "i", "problem_statement": "s", "id": "x", "repo_name": ""}"#;
        assert_eq!(read(nameless, "s").unwrap().workdir, "");
    }

    #[test]
    fn a_task_without_tests_is_refused() {
        let message = read(r#"{"instance_id": "x", "problem_statement": "s"}"#, "s").unwrap_err().to_string();
        assert_eq!(
            message,
            "task `x` has no tests; give it FAIL_TO_PASS or PASS_TO_PASS, or, to run it without a grade, an image_name"
        );
        let message = read(r#"{"id": "x", "problem_statement": "s", "image_name": ""}"#, "s").unwrap_err();
        assert!(message.to_string().contains("has no tests"));
        assert!(read("{}", "s").unwrap_err().to_string().contains("missing field"));
    }
}
