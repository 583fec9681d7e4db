//! The same logs, read here and by the `swebench` package, where a Python has that: `TURNWISE_SWEBENCH_PYTHON` names one, else
//! `python3` is tried. It needs what `import swebench.harness.grading` needs, and no network.

use std::{collections::BTreeMap, env, fs, path::Path, process::Command};

use serde_json::{Value, json};
use turnwise_core::{EnvironmentProvider, Grade, Task, TestLog};
use turnwise_env::{
    Limits,
    logs::{self, Status},
};

use crate::{file, provider, task};

const PYTHON: &str = "TURNWISE_SWEBENCH_PYTHON";

/// The forms that the package has, by its names.
const FORMS: [&str; 7] = [
    "parse_log_pytest",
    "parse_log_pytest_options",
    "parse_log_pytest_v2",
    "parse_log_django",
    "parse_log_sympy",
    "parse_log_seaborn",
    "parse_log_matplotlib",
];

/// Ends with 3 where the package is not there.
const IMPORT: &str = r#"
import json, pathlib, sys, types
try:
    from swebench.harness.grading import get_eval_tests_report, get_logs_eval, get_resolution_status
    from swebench.harness.log_parsers import PARSER_REGISTRY
except ImportError as error:
    print(error, file=sys.stderr)
    sys.exit(3)
"#;

/// Prints what the package makes of each log of a folder in each form: by its parser, and as the log of an evaluation.
const READ: &str = r#"
seen = {}
for path in pathlib.Path(sys.argv[1]).iterdir():
    for form in sys.argv[2:]:
        said = PARSER_REGISTRY[form](open(path).read(), None)
        evaluated, found = get_logs_eval(types.SimpleNamespace(log_parser=form), path)
        seen[f"{path.name} {form}"] = [said, evaluated if found else None]
print(json.dumps(seen))
"#;

/// Prints for each task which tests the package counts as passed and failed, and whether it takes the whole for resolved.
const GRADE: &str = r#"
said = PARSER_REGISTRY["parse_log_pytest"](sys.argv[1], None)
grades = []
for gold in json.loads(sys.argv[2]):
    report = get_eval_tests_report(said, gold)
    resolved = get_resolution_status(report) == "RESOLVED_FULL"
    grades.append([[report[kind][side] for kind in gold for side in ("success", "failure")], resolved])
print(json.dumps(grades))
"#;

/// What a Python with the package prints; nothing where there is none, which is said.
#[expect(clippy::print_stderr, reason = "whoever reads the test's output wants to know")]
fn python(script: &str, arguments: &[&str]) -> Option<Value> {
    let named = env::var(PYTHON).ok();
    let mut command = Command::new(named.as_deref().unwrap_or("python3"));
    command.env("PYTHONUTF8", "1").arg("-c").arg(format!("{IMPORT}{script}")).args(arguments);
    let output = match command.output() {
        Ok(output) if output.status.success() => {
            return Some(serde_json::from_slice(&output.stdout).unwrap());
        }
        output => output,
    };
    let missing = output.as_ref().map_or(true, |output| output.status.code() == Some(3));
    let why = output
        .map_or_else(|error| error.to_string(), |output| String::from_utf8_lossy(&output.stderr).into());
    assert!(missing && named.is_none(), "{why}");
    eprintln!("not tested here, and {PYTHON} is not set: {why}");
    None
}

fn fixtures() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/logs");
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let logs = paths.filter(|path| path.extension().is_some_and(|extension| extension == "log"));
    let name = |path: &Path| path.file_stem().unwrap().to_str().unwrap().to_owned();
    logs.map(|path| (name(&path), fs::read_to_string(path).unwrap())).collect()
}

/// Each log as it is, with other line ends, and as part of three evaluations.
fn variants(name: &str, text: &str) -> Vec<(String, String)> {
    let marked = |exit_code| {
        format!(
            "PASSED a\n>>>>> Start Test Output\n{text}\n>>>>> End Test Output\n>>>>> Test Exit Code: {exit_code}\n"
        )
    };
    let variants = [
        ("", text.to_owned()),
        ("-crlf", text.replace('\n', "\r\n")),
        ("-good", marked(0)),
        ("-bad", marked(1)),
        ("-late", marked(0) + ">>>>> Tests Timed Out"),
    ];
    variants.into_iter().map(|(end, text)| (format!("{name}{end}"), text)).collect()
}

fn word(status: Status) -> &'static str {
    match status {
        Status::Passed => "PASSED",
        Status::Failed => "FAILED",
        Status::Error => "ERROR",
        Status::Skipped => "SKIPPED",
        Status::ExpectedFailure => "XFAIL",
        Status::Unclear => "unclear",
    }
}

/// Their map, with the words that are no status made one.
fn theirs<'a>(said: &'a Value) -> Option<BTreeMap<&'a str, &'a str>> {
    let known = ["PASSED", "FAILED", "ERROR", "SKIPPED", "XFAIL"];
    let plain = |word: &'a str| if known.contains(&word) { word } else { "unclear" };
    Some(said.as_object()?.iter().map(|(id, word)| (id.as_str(), plain(word.as_str().unwrap()))).collect())
}

fn ours(said: &BTreeMap<String, Status>) -> BTreeMap<&str, &str> {
    said.iter().map(|(id, status)| (id.as_str(), word(*status))).collect()
}

#[test]
fn logs_are_read_as_the_package_reads_them() {
    let folder = tempfile::tempdir().unwrap();
    let logs: Vec<_> = fixtures().iter().flat_map(|(name, text)| variants(name, text)).collect();
    for (name, text) in &logs {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let arguments = [&[folder.path().to_str().unwrap()], &FORMS[..]].concat();
    let Some(seen) = python(READ, &arguments) else { return };
    let mut n = (0, 0);
    for (name, text) in &logs {
        for form in FORMS {
            let log = TestLog::named(form).unwrap();
            let official = &seen[format!("{name} {form}")];
            let said = logs::statuses(log, text);
            assert_eq!(Some(ours(&said)), theirs(&official[0]), "{name} as {form}");
            let evaluated = logs::evaluation(log, text);
            // An empty map is a result of theirs if something else shows that tests ran. Nothing is solved by it.
            let official = theirs(&official[1]).filter(|said| !said.is_empty());
            assert_eq!(evaluated.as_ref().ok().map(ours), official, "{name} as {form}, {evaluated:?}");
            n = (n.0 + 1, n.1 + said.len());
        }
    }
    eprintln!("{} readings of {} logs agree, with {} tests", n.0, logs.len(), n.1);
}

/// What the grader makes of a log that the tests print.
async fn grade(log: &str, failing: &[&str], passing: &[&str]) -> Grade {
    let ids = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect();
    let task = Task {
        hidden_files: vec![file("hidden/log", log)],
        test_command: "cat hidden/log".to_owned(),
        test_log: TestLog::Pytest,
        fail_to_pass: ids(failing),
        pass_to_pass: ids(passing),
        ..task()
    };
    let mut environment = provider(Limits::standard()).await.open(&task).await.unwrap();
    let grade = environment.grade().await.unwrap();
    environment.close().await.unwrap();
    grade
}

#[tokio::test]
async fn tests_are_graded_as_the_package_grades_them() {
    let log = "PASSED a\nXFAIL b - known\nFAILED c - why\nERROR d\nSKIPPED e - why\nERROR: f\n\
        PASSED g[1 - x]\nXFAIL g[2]\nPASSED h[1]\nFAILED h[2]\nSKIPPED i[1]\nSKIPPED i[2]\nERROR j[1\n";
    let all = ["a", "b", "c", "d", "e", "f", "missing", "g[", "g[3", "h[", "i[", "j[1", "j["];
    let tasks: [[&[&str]; 2]; 4] =
        [[&all, &all], [&["a", "b", "g[", "f"], &["b", "e", "i[", "f"]], [&["a", "e"], &[]], [&[], &["a"]]];
    let gold = tasks.map(|[failing, passing]| json!({"FAIL_TO_PASS": failing, "PASS_TO_PASS": passing}));
    let Some(official) = python(GRADE, &[log, &json!(gold).to_string()]) else { return };
    for (i, [failing, passing]) in tasks.into_iter().enumerate() {
        let grade = grade(log, failing, passing).await;
        let sides = [(true, true), (true, false), (false, true), (false, false)].map(|side| {
            let tests = grade.tests.iter().filter(|test| (test.was_failing, test.passed) == side);
            tests.map(|test| test.id.as_str()).collect::<Vec<_>>()
        });
        assert_eq!(json!([sides, grade.solved()]), official[i], "{failing:?} {passing:?}");
    }
}
