//! What the logs of two Pythons say of the same tests, and what single lines do.

use super::{
    Status::{Error, ExpectedFailure, Failed, Passed, Skipped},
    *,
};

/// What becomes of the tests of `tests/data/logs/from/unittest_mini.py`, in `tests.test_mini`.
const MINI: [(&str, Status); 32] = [
    ("Calc.test_doc", Passed),
    ("Calc.test_doc_fail", Failed),
    ("Calc.test_doc_skip", Skipped),
    ("Calc.test_error", Error),
    ("Calc.test_expected", ExpectedFailure),
    ("Calc.test_fail", Failed),
    ("Calc.test_pass", Passed),
    ("Calc.test_skip", Skipped),
    ("Calc.test_unexpected", Failed),
    ("Calc.test_ünï", Passed),
    ("ClassBroken", Error),
    ("ClassLeftOut", Skipped),
    ("ClassTorn", Error),
    ("ClassTorn.test_a", Passed),
    ("Prints.test_child", Passed),
    ("Prints.test_doc", Passed),
    ("Prints.test_lines", Passed),
    ("Prints.test_no_line_end", Passed),
    ("Prints.test_no_line_end_fails", Failed),
    ("Prints.test_ok_then_fails", Failed),
    ("Prints.test_run_in_run", Passed),
    ("SetUp.test_a", Error),
    ("Subtests.test_all_pass", Passed),
    ("Subtests.test_doc_fails", Failed),
    ("Subtests.test_error", Error),
    ("Subtests.test_fails", Failed),
    ("Subtests.test_fails_twice", Failed),
    ("Subtests.test_skip", Skipped),
    ("TearDown.test_a", Error),
    ("TearDown.test_b", Failed),
    ("documented", Passed),
    ("local.<locals>.Inner.test_in", Passed),
];

/// The same as a map, with the two modules beside it.
fn mini() -> BTreeMap<String, Status> {
    let mut expected: BTreeMap<_, _> =
        MINI.iter().map(|(id, status)| (format!("tests.test_mini.{id}"), *status)).collect();
    expected.insert("tests.test_broken".to_owned(), Error);
    expected.insert("tests.test_left_out".to_owned(), Skipped);
    expected
}

#[track_caller]
fn check(lines: &[&str], expected: &[(&str, Status)]) {
    let expected: BTreeMap<_, _> = expected.iter().map(|(id, status)| ((*id).to_owned(), *status)).collect();
    assert_eq!(read(&lines.join("\n")), expected);
}

const RULE: &str = "======================================================================";
const THIN_RULE: &str = "----------------------------------------------------------------------";

#[test]
fn a_log_of_python_3_13_is_read() {
    assert_eq!(read(include_str!("../../../tests/data/logs/unittest.log")), mini());
}

#[test]
fn a_log_of_python_3_8_is_read() {
    let mut expected = mini();
    // It says of no class by name that it is left out.
    expected.remove("tests.test_mini.ClassLeftOut");
    assert_eq!(read(include_str!("../../../tests/data/logs/unittest-3.8.log")), expected);
}

#[test]
fn ids_are_dotted_whatever_the_python() {
    for line in ["test_x (m.C.test_x) ... ok", "test_x (m.C) ... ok"] {
        check(&[line], &[("m.C.test_x", Passed)]);
    }
    check(&["text_x (m.C.test_x) ... ok"], &[("m.C.test_x.text_x", Passed)]);
    check(&["xtest_x (m.C.test_x) ... FAIL"], &[("m.C.test_x.xtest_x", Failed)]);
    check(&["json ()", "Doctest: json ... ok"], &[("json", Passed)]);
    check(&["setUpModule (m) ... ERROR"], &[("m", Error)]);
    check(&["nope (unittest.loader._FailedTest.nope) ... ERROR"], &[("nope", Error)]);
}

#[test]
fn a_verdict_alone_counts_once_the_runner_goes_on() {
    let begun = ["test_x (m.C.test_x) ... printed", "ok"];
    check(&begun, &[]);
    check(&[&begun[..], &["Fatal Python error: Segmentation fault"]].concat(), &[]);
    check(&[&begun[..], &["", THIN_RULE]].concat(), &[("m.C.test_x", Passed)]);
    check(
        &[&begun[..], &["test_y (m.C.test_y) ... FAIL"]].concat(),
        &[("m.C.test_x", Passed), ("m.C.test_y", Failed)],
    );
    // What tidies up a class may print behind its last test.
    check(&[&begun[..], &["closing", "ERROR", "", RULE]].concat(), &[("m.C.test_x", Passed)]);
}

#[test]
fn a_verdict_behind_what_was_printed_counts_at_the_end_alone() {
    let glued = ["test_x (m.C.test_x) ... hellook"];
    check(&glued, &[]);
    check(&[&glued[..], &["", THIN_RULE]].concat(), &[("m.C.test_x", Passed)]);
    check(&["test_x (m.C.test_x) ... a book", "of mine", "", THIN_RULE], &[]);
    check(&["test_x (m.C.test_x) ... hskipped 'why'", "", THIN_RULE], &[("m.C.test_x", Skipped)]);
}

#[test]
fn a_test_that_fails_anywhere_fails() {
    check(
        &["test_x (m.C) ... ok", "", RULE, "FAIL: test_x (m.C) (i=3)", THIN_RULE],
        &[("m.C.test_x", Failed)],
    );
    check(
        &[
            "test_x (m.C) ... FAIL",
            "test_y (m.C) ... ERROR",
            "test_x (m.C) ... ok",
            "test_y (m.C) ... skipped 'why'",
        ],
        &[("m.C.test_x", Failed), ("m.C.test_y", Error)],
    );
    // What is no heading, since no rule is above it, may be a test's own.
    check(&["test_x (m.C) ... ok", "FAIL: test_x (m.C)"], &[("m.C.test_x", Passed)]);
}

#[test]
fn what_tracebacks_quote_is_not_read_and_a_next_run_is() {
    check(
        &[
            "test_x (m.C.test_x) ... FAIL",
            "",
            RULE,
            "FAIL: test_x (m.C.test_x)",
            THIN_RULE,
            "Stdout:",
            "test_y (m.C.test_y) ... ok",
            "",
            THIN_RULE,
            "Ran 1 test in 0.001s",
            "",
            "FAILED (failures=1)",
            "test_z (m.C.test_z) ... ok",
        ],
        &[("m.C.test_x", Failed), ("m.C.test_z", Passed)],
    );
}

#[test]
fn long_lines_of_what_looks_like_tests_are_read_in_one_pass() {
    let n = 20_000;
    assert_eq!(read(&"a (b) ... ".repeat(n)), BTreeMap::new());
    assert_eq!(read(&format!("a (b)\n{}", "a (b) [x ... ".repeat(n))), BTreeMap::new());
    assert_eq!(read(&format!("a (b)\n{}", "a (b) (x) [y] ... ".repeat(n))), BTreeMap::new());
}
