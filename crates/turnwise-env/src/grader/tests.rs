//! What the grader reads from the tests' output.

use turnwise_core::{Task, TestLog};

use super::{check, outcomes, program, test_files};

fn task(failing: &[&str], passing: &[&str]) -> Task {
    let ids = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    Task {
        id: "t".to_owned(),
        suite: "s".to_owned(),
        test_command: "python3 tests.py".to_owned(),
        fail_to_pass: ids(failing),
        pass_to_pass: ids(passing),
        ..Task::default()
    }
}

fn passed(output: &str) -> Vec<(String, bool, bool)> {
    let grade = outcomes(&task(&["a", "b c"], &["d"]), output);
    grade.tests.into_iter().map(|test| (test.id, test.was_failing, test.passed)).collect()
}

fn expect(passes: [bool; 3]) -> Vec<(String, bool, bool)> {
    [("a", true), ("b c", true), ("d", false)]
        .into_iter()
        .zip(passes)
        .map(|((id, was_failing), passed)| (id.to_owned(), was_failing, passed))
        .collect()
}

#[test]
fn each_test_has_what_its_line_says_in_the_order_of_the_task() {
    assert_eq!(passed("PASS d\nnoise\nPASS a\nFAIL b c\n"), expect([true, false, true]));
    assert_eq!(passed("PASS b c\r\n"), expect([false, true, false]));
}

#[test]
fn what_is_not_said_to_pass_has_failed() {
    assert_eq!(passed(""), expect([false; 3]));
    assert_eq!(passed("PASSED a\n PASS a\nPASS a \nPASS ab\n"), expect([true, false, false]));
}

#[test]
fn a_test_that_is_said_to_pass_and_to_fail_has_failed() {
    assert_eq!(passed("PASS a\nFAIL a\nPASS a"), expect([false; 3]));
}

#[test]
fn a_skipped_test_breaks_nothing_and_mends_nothing() {
    let task = Task { test_log: TestLog::Pytest, ..task(&["a", "b", "c"], &["a", "b", "c", "d[1"]) };
    let grade = outcomes(&task, "SKIPPED a\nXFAIL b\nERROR: c\nPASSED d[1-2]\nPASSED d[1-3]\n");
    let passed: Vec<_> = grade.tests.iter().map(|test| (&*test.id, test.was_failing, test.passed)).collect();
    // Of `c` a word is said that is no status: it is left out.
    let expected =
        [("a", true, false), ("b", true, true), ("a", false, true), ("b", false, true), ("d[1", false, true)];
    assert_eq!(passed, expected);
}

#[test]
fn a_task_that_cannot_be_graded_is_an_error() {
    assert!(check(&task(&["a"], &[]), "tests").is_ok());
    let error = check(&task(&[], &[]), "tests").unwrap_err();
    assert_eq!(error.to_string(), "the tests of task `t` could not be run");
    assert!(check(&task(&["a"], &[]), " ").is_err());
}

#[test]
fn the_program_of_a_command_is_its_first_word_that_sets_no_variable() {
    assert_eq!(program("A=1 B=2 python3 -B tests.py"), "python3");
}

#[test]
fn a_patch_touches_what_it_makes_changes_and_removes() {
    let touched = |patch: &str| {
        let files = test_files(&Task { test_patch: patch.to_owned(), ..Task::default() });
        files.map(|files| files.into_iter().collect::<Vec<_>>())
    };
    let patch = "diff --git a/t/a.py b/t/a.py\n--- a/t/a.py\n+++ b/t/a.py\n@@ -1 +1 @@\n-A\n+B\n\
        diff --git a/new.py b/new.py\nnew file mode 100644\n--- /dev/null\n+++ b/new.py\n@@ -0,0 +1 @@\n+C\n";
    assert_eq!(touched(patch).unwrap(), ["new.py", "t/a.py"]);
    assert_eq!(touched(" \n").unwrap(), Vec::<String>::new());
    assert!(touched(&patch.replace("new.py", "../new.py")).is_err());
}
