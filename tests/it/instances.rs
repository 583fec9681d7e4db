//! SWE-bench's files end to end: a repository of its own, instances in the containers their tools use, grades, predictions and reports.

use std::{fs, path::Path, process::Command};

use serde_json::{Value, json};

use crate::place::{Place, Ran, sandbox};

const BASE: &str = "def add(a, b):\n    return a - b\n";
const GOLD: &str = "diff --git a/calc/__init__.py b/calc/__init__.py\n--- a/calc/__init__.py\n+++ b/calc/__init__.py\n\
    @@ -1,2 +1,2 @@\n def add(a, b):\n-    return a - b\n+    return a + b\n";
const TEST_PATCH: &str = "diff --git a/tests/test_calc.py b/tests/test_calc.py\n--- a/tests/test_calc.py\n+++ b/tests/test_calc.py\n\
    @@ -8,3 +8,6 @@ class AddTests(unittest.TestCase):\n     def test_zero(self):\n         self.assertEqual(calc.add(0, 0), 0)\n \n\
    +    def test_ünary sum(self):\n+        pass\n+\n";

fn git(dir: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git").current_dir(dir).args(arguments).output().unwrap();
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// A clone of `me/calc` below `clones`, and the commit that has the fault.
fn repository(place: &Place) -> String {
    let dir = place.path("clones/me/calc");
    fs::create_dir_all(dir.join("calc")).unwrap();
    fs::create_dir_all(dir.join("tests")).unwrap();
    git(&dir, &["init", "--quiet", "--initial-branch=main"]);
    fs::write(dir.join("calc/__init__.py"), BASE).unwrap();
    fs::write(dir.join("tests/__init__.py"), "").unwrap();
    let tests = "\"\"\"What add is to do.\"\"\"\nimport unittest\n\nimport calc\n\n\nclass AddTests(unittest.TestCase):\n    \
        def test_zero(self):\n        self.assertEqual(calc.add(0, 0), 0)\n\n";
    fs::write(dir.join("tests/test_calc.py"), tests).unwrap();
    git(&dir, &["add", "--all"]);
    let who = ["-c", "user.name=me", "-c", "user.email=me@localhost", "-c", "commit.gpgsign=false"];
    git(&dir, &[&who[..], &["commit", "--quiet", "--message", "base"]].concat());
    git(&dir, &["rev-parse", "HEAD"])
}

fn instance(number: usize, base: &str) -> Value {
    json!({
        "repo": "me/calc", "instance_id": format!("me__calc-{number}"), "base_commit": base, "patch": GOLD,
        "test_patch": TEST_PATCH.replace("test_ünary sum(self):\n+        pass", "test_two(self):\n+        self.assertEqual(calc.add(1, 1), 2)"),
        "problem_statement": "`calc.add(1, 1)` is 0.", "hints_text": "", "created_at": "2024-01-01T00:00:00Z", "version": "1.0",
        "FAIL_TO_PASS": "[\"tests.test_calc.AddTests.test_two\"]", "PASS_TO_PASS": ["tests.test_calc.AddTests.test_zero"],
        "environment_setup_commit": base, "log_parser": "unittest", "test_command": "python3 -m unittest -v", "extra": { "kept": true },
    })
}

fn place(change: impl Fn(&mut [Value])) -> Place {
    let place = Place::new("ls");
    let base = repository(&place);
    let mut all = [instance(1, &base), instance(2, &base), instance(3, &base)];
    change(&mut all);
    let lines: Vec<String> = all.iter().map(Value::to_string).collect();
    fs::write(place.path("calc.jsonl"), lines.join("\n")).unwrap();
    fs::write(place.path("calc.json"), json!(all).to_string()).unwrap();
    let by_id: serde_json::Map<_, _> =
        all.iter().map(|one| (one["instance_id"].as_str().unwrap().to_owned(), one.clone())).collect();
    fs::write(place.path("by_id.json"), Value::from(by_id).to_string()).unwrap();
    place
}

fn with_clones(place: &Place, words: &str) -> Ran {
    place.turnwise(&format!("{words} --mirror clones --offline --cache cache --sandbox {}", sandbox()))
}

#[test]
fn instances_are_run_graded_and_reported_as_the_official_harness_reads_them() {
    let place = place(|_| ());
    for file in ["swebench:calc.jsonl", "swebench:calc.json", "swebench:by_id.json"] {
        let checked = with_clones(&place, &format!("suite check {file}"));
        assert_eq!(checked.code, Some(0), "{file}: {}", checked.err);
    }
    let ran = with_clones(
        &place,
        "compare swebench:calc.jsonl --limit 2 --policies unlimited,fixed --model gold --json",
    );
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert_eq!(ran.json()["policies"][0]["solved"], json!(2));
    // A name with another ending holds lines, too.
    fs::copy(place.path("calc.jsonl"), place.path("calc.lines")).unwrap();
    let listed = place.turnwise("suite show swebench:calc.lines --json");
    assert_eq!(listed.json().as_array().map(Vec::len), Some(3), "{}", listed.err);
    let again = with_clones(&place, "run -q swebench:calc.jsonl --policy unlimited --model nop --db nop.db");
    assert_eq!(again.code, Some(0), "{}", again.err);
    let solved = place.turnwise_with("query --format csv --db nop.db", "SELECT sum(solved) FROM v_trials");
    assert_eq!(solved.out.lines().nth(1), Some("0"), "{}", solved.err);

    // What is written can be graded again, here as there.
    assert_eq!(place.turnwise("export predictions latest -o preds.jsonl").code, Some(0));
    let graded = with_clones(&place, "grade swebench:calc.jsonl --predictions preds.jsonl --json");
    assert_eq!(graded.code, Some(0), "{}", graded.err);
    let graded = graded.json();
    assert_eq!(graded["predictions"].as_array().unwrap().len(), 4);
    assert!(
        graded["predictions"].as_array().unwrap().iter().all(|one| one["solved"] == json!(true)),
        "{graded}"
    );
    let refused = place.turnwise("export predictions latest -o preds.json");
    assert_eq!(refused.code, Some(2));
    assert!(refused.err.contains("several trials of `me__calc-1`"), "{}", refused.err);
    assert_eq!(place.turnwise("export predictions latest -o preds.json --db nop.db").code, Some(0));
    let predictions: Value =
        serde_json::from_str(&fs::read_to_string(place.path("preds.json")).unwrap()).unwrap();
    assert_eq!(
        predictions["me__calc-3"],
        json!({ "instance_id": "me__calc-3", "model_name_or_path": "nop", "model_patch": "" })
    );

    assert_eq!(place.turnwise("export report latest -o reports").code, Some(0));
    let run = place.ask("SELECT DISTINCT run_id FROM v_trials").remove(0);
    let report = fs::read_to_string(place.path(&format!("reports/gold-fixed.{run}.json"))).unwrap();
    let report: Value = serde_json::from_str(&report).unwrap();
    assert_eq!(
        (&report["schema_version"], &report["resolved_ids"]),
        (&json!(2), &json!(["me__calc-1", "me__calc-2"]))
    );
    let one = fs::read_to_string(place.path("reports/gold-fixed/me__calc-1/report.json")).unwrap();
    let one: Value = serde_json::from_str(&one).unwrap();
    let status = &one["me__calc-1"]["tests_status"];
    assert_eq!(status["FAIL_TO_PASS"]["success"], json!(["tests.test_calc.AddTests.test_two"]));
}

#[test]
fn an_instance_that_cannot_be_run_holds_nobody_up() {
    let place = place(|all| {
        all[0]["repo"] = json!("me/lost");
        all[1]["base_commit"] = json!("0123456789012345678901234567890123456789");
    });
    let ran = with_clones(&place, "run swebench:calc.jsonl --policy unlimited --model gold");
    assert_eq!(ran.code, Some(3), "{}", ran.err);
    assert!(ran.err.contains("repository `me/lost` was not found"), "{}", ran.err);
    assert!(ran.err.contains("has no commit `0123456789012345678901234567890123456789`"), "{}", ran.err);
    assert_eq!(
        place.ask("SELECT ending, solved FROM v_trials ORDER BY task"),
        ["infra_error,", "infra_error,", "submitted,1"]
    );
}

#[test]
fn instances_without_tests_are_run_and_not_graded() {
    let place = Place::new("ls");
    let base = repository(&place);
    let simple = format!(
        "- instance_id: mine\n  image_name: python:3.12\n  repo: me/calc\n  base_commit: {base}\n  \
         problem_statement: |\n    It says 0.\n    It should say 2.\n  patch: \"\"\n"
    );
    fs::write(place.path("simple.yaml"), simple).unwrap();
    let ran = with_clones(&place, "run -v swebench:simple.yaml --policy unlimited --model nop");
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(ran.err.contains("1 task without tests: run, but not graded"), "{}", ran.err);
    assert!(ran.err.contains("ENDED"), "{}", ran.err);
    let trials = "SELECT ending, solved, score FROM v_trials";
    assert_eq!(place.ask(trials), ["submitted,,"]);
    assert_eq!(place.ask("SELECT trials, solved, solve_rate FROM v_policies"), ["1,0,"]);
    let again = with_clones(&place, "run swebench:simple.yaml --policy unlimited --model nop");
    assert!(again.err.contains("is complete"), "{}", again.err);
    assert_eq!(place.turnwise("export predictions latest -o preds.json").code, Some(0));
    let checked = with_clones(&place, "suite check swebench:simple.yaml");
    assert_eq!(checked.code, Some(13), "{}", checked.err);
    assert!(checked.err.contains("mine: it has no tests: its trials are run and not graded"));
    fs::write(place.path("bad.yaml"), "- [x").unwrap();
    let bad = place.turnwise("suite check swebench:bad.yaml");
    assert_eq!(bad.code, Some(13), "{}", bad.err);
    assert!(bad.err.contains("bad.yaml is no YAML of tasks"), "{}", bad.err);
}

#[test]
fn bad_instances_are_refused_in_one_line() {
    for (change, wanted) in [
        (("FAIL_TO_PASS", json!([])), "has no tests"),
        (("FAIL_TO_PASS", json!("[oops")), "calc.jsonl:1: the line is no task"),
        (("log_parser", json!("tap")), "names the log parser `tap`, which there is not"),
    ] {
        let place = place(|all| {
            all[0]["PASS_TO_PASS"] = json!("[]");
            all[0][change.0] = change.1.clone();
        });
        let ran = with_clones(&place, "suite check swebench:calc.jsonl");
        assert_eq!(ran.code, Some(13), "{}", ran.err);
        assert!(ran.err.contains(wanted), "{}", ran.err);
    }
    let place = Place::new("ls");
    fs::write(place.path("list.json"), "3").unwrap();
    let ran = place.turnwise("suite check list.json");
    assert_eq!(ran.code, Some(13), "{}", ran.err);
    assert!(
        ran.err.contains("list.json is no list of tasks, nor an object of tasks by their ids"),
        "{}",
        ran.err
    );
}

#[test]
fn the_repairs_that_are_shipped_can_be_made_and_are_not_made_yet() {
    let place = Place::with_shipped_suites();
    let ran = place.turnwise(&format!("suite check repair -w 2 --sandbox {}", sandbox()));
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let list = place.turnwise("suite show repair --json").json();
    assert!(list.as_array().unwrap().len() >= 30);
}

#[test]
fn containers_need_an_engine_and_the_error_says_which() {
    let place = place(|_| ());
    for command in
        ["suite check swebench:calc.jsonl", "run swebench:calc.jsonl --policy unlimited --model gold"]
    {
        let ran = place
            .turnwise(&format!("{command} --sandbox container --engine {}", place.path("no.sock").display()));
        assert_eq!(ran.code, Some(11), "{}", ran.err);
        assert!(ran.err.contains("no.sock") && ran.err.contains("podman system service"), "{}", ran.err);
    }
}
