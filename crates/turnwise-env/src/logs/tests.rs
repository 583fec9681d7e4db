//! What each form makes of single lines, and all of them of any text.

use proptest::prelude::*;

use super::{
    Status::{Error, ExpectedFailure, Failed, Passed, Skipped, Unclear},
    *,
};

const FORMS: [TestLog; 9] = [
    TestLog::Lines,
    TestLog::Pytest,
    TestLog::PytestOptions,
    TestLog::PytestWide,
    TestLog::Django,
    TestLog::Sympy,
    TestLog::Seaborn,
    TestLog::Matplotlib,
    TestLog::Unittest,
];

/// What a log says, whose lines these are.
#[track_caller]
fn check(log: TestLog, lines: &[&str], expected: &[(&str, Status)]) {
    let expected: BTreeMap<_, _> = expected.iter().map(|(id, status)| ((*id).to_owned(), *status)).collect();
    assert_eq!(statuses(log, &lines.join("\n")), expected);
}

#[test]
fn pytest_names_a_test_behind_its_status() {
    check(
        TestLog::Pytest,
        &[
            "PASSED a.py::t[x] and more",
            "FAILED a.py::u - AssertionError: v - w",
            "ERROR a.py",
            "XFAIL a.py::x - known",
            "XPASS a.py::y",
            " PASSED a.py::z",
            "PASSED",
        ],
        &[("a.py::t[x]", Passed), ("a.py::u", Failed), ("a.py", Error), ("a.py::x", ExpectedFailure)],
    );
}

#[test]
fn the_last_line_on_a_test_holds() {
    check(
        TestLog::Pytest,
        &["PASSED a", "FAILED a", "PASSED b", "ERROR b - no tear-down"],
        &[("a", Failed), ("b", Error)],
    );
    check(TestLog::Pytest, &["FAILED a", "PASSED a"], &[("a", Passed)]);
}

#[test]
fn counts_of_skipped_tests_are_no_tests() {
    for log in [TestLog::Pytest, TestLog::PytestOptions, TestLog::PytestWide, TestLog::Matplotlib] {
        check(log, &["SKIPPED [2] a.py:3: why"], &[]);
        check(log, &["PASSED [100%]"], &[("[100%]", Passed)]);
    }
    check(TestLog::Pytest, &["SKIPPED [2x] a.py:3: why"], &[("[2x]", Skipped)]);
}

#[test]
fn words_that_begin_with_a_status_are_unclear() {
    check(TestLog::Pytest, &["PASSED not", "ERROR: not found: a.py"], &[("not", Unclear)]);
    check(TestLog::PytestWide, &["a xPASSED", "FAILED"], &[("a", Unclear)]);
    check(TestLog::Seaborn, &["FAILED: a"], &[("a", Failed)]);
}

#[test]
fn blanks_are_pythons() {
    check(
        TestLog::Pytest,
        &["PASSED\u{1c}a\u{85}b", "PASSED\u{a0}c\u{200b}d"],
        &[("a", Passed), ("c\u{200b}d", Passed)],
    );
    check(TestLog::PytestWide, &["PASSED\ta", "PASSED b\tc  d"], &[("bc d", Passed)]);
}

#[test]
fn paths_among_parameters_are_cut_to_their_last_part() {
    check(
        TestLog::PytestOptions,
        &[
            "PASSED t[/a/b]",
            "PASSED t[//a/c]",
            "PASSED t[/a/*]",
            "PASSED t[a/d]x",
            "PASSED t[/e",
            "PASSED u[/a][/f]",
        ],
        &[
            ("t[/b]", Passed),
            ("t[//a/c]", Passed),
            ("t[/a/*]", Passed),
            ("t[a/d]", Passed),
            ("t[/e", Passed),
            ("u[/f]", Passed),
        ],
    );
}

#[test]
fn the_wide_form_has_blanks_colours_and_statuses_at_the_end() {
    check(
        TestLog::PytestWide,
        &[
            "\u{1b}[32mPASSED\u{1b}[0m a.py::\u{1b}[1mt[x  y]\u{1b}[0m",
            "FAILED a.py::u[x - y] - why",
            "XFAIL a.py::v - why",
            "a.py::w[x y] FAILED",
            "a.py::x PASSED [ 10%]",
            "\u{1b}[1;31mFAILED\u{1b}[0m a.py::y",
        ],
        &[
            ("a.py::t[x y]", Passed),
            ("a.py::u[x", Failed),
            ("a.py::v - why", ExpectedFailure),
            ("a.py::w[x y]", Failed),
        ],
    );
}

#[test]
fn matplotlib_has_members_by_their_values() {
    check(
        TestLog::Matplotlib,
        &["PASSED t[MouseButton.LEFT-MouseButton.RIGHT]", "FAILED t[MouseButton.MIDDLE] - x"],
        &[("t[1-3]", Passed), ("t[MouseButton.MIDDLE]", Failed)],
    );
}

#[test]
fn seaborn_has_both_orders_for_what_passed() {
    check(
        TestLog::Seaborn,
        &[
            "PASSED a",
            "b PASSED [ 3%]",
            "c PASSED",
            "FAILED d - why",
            "e FAILED [ 4%]",
            "ERROR f",
            "PASSED g PASSED h",
        ],
        &[("a", Passed), ("b", Passed), ("d", Failed)],
    );
}

#[test]
fn sympy_names_functions_and_headings() {
    check(
        TestLog::Sympy,
        &[
            "____ sympy/core/tests/test_a.py:test_x ____",
            "test_x F",
            "test_y ok",
            " test_z E ",
            "test_u f",
            "test_v s",
            // The last test of a file shares its line with the file's verdict, and is lost.
            "test_w ok                 [OK]",
        ],
        &[
            ("sympy/core/tests/test_a.py:test_x", Failed),
            ("test_x", Failed),
            ("test_y", Passed),
            ("test_z", Error),
        ],
    );
}

#[test]
fn django_names_tests_before_their_verdicts_and_failures_in_headings() {
    check(
        TestLog::Django,
        &[
            "test_a (m.C) ... ok",
            "A docstring. ... ok",
            "test_b (m.C) ... skipped 'why'",
            "test_c (m.C) ... FAIL",
            "test_d (m.C) ... ERROR",
            "test_e (m.C) ... expected failure",
            "test_f (m.C) ... printed",
            "ok",
            "  Applying sites.0002_alter_domain_unique...test_no_migrations (m.C) ... ok",
            "FAIL: test_c (m.C)",
            // Officially these two end the reading with an exception.
            "FAIL:",
            "ERROR:glued",
        ],
        &[
            ("test_a (m.C)", Passed),
            ("A docstring.", Passed),
            ("test_b (m.C)", Skipped),
            ("test_c (m.C)", Failed),
            ("test_c", Failed),
            ("test_d (m.C)", Error),
            ("test_f (m.C)", Passed),
            ("test_no_migrations (m.C)", Passed),
        ],
    );
}

#[test]
fn django_tests_that_a_message_interrupts_have_passed() {
    let lines = [
        "test_a (m.C) ... Testing against Django installed in '/d'",
        "test_b (m.C) ... ERROR",
        "0 silenced).",
        "(0 silenced).",
        "ok",
        "test_c (m.C) ... Internal Server Error: /a/",
        "ok",
        "test_d (m.C) ... System check identified no issues (0 silenced)",
        "ok",
    ];
    // The `ok` of the first stands behind another test, which it counts for as well.
    check(
        TestLog::Django,
        &lines,
        &["test_a (m.C)", "test_b (m.C)", "test_c (m.C)", "test_d (m.C)"].map(|id| (id, Passed)),
    );
}

#[test]
fn a_test_is_found_by_its_id_or_by_what_is_left_of_it() {
    let said = [
        ("t[a", Failed),
        ("t[a-b]", Passed),
        ("t[c-d]", Passed),
        ("t[c-e]", ExpectedFailure),
        ("t[f-g]", Passed),
        ("t[f-h]", Failed),
        ("t[i-j]", Skipped),
        ("t[i-k]", Failed),
        ("t[l-m]", Skipped),
        ("u", Passed),
    ];
    let said: BTreeMap<_, _> = said.into_iter().map(|(id, status)| (id.to_owned(), status)).collect();
    for (id, status) in [
        ("t[a", Some(Failed)),
        ("t[a-", Some(Passed)),
        ("t[c", Some(Passed)),
        ("t[f", None),
        ("t[i", Some(Failed)),
        ("t[l", Some(Skipped)),
        ("t", None),
        ("t[l-m", Some(Skipped)),
        ("t[x", None),
        ("u", Some(Passed)),
    ] {
        assert_eq!(status_of(&said, id), status, "{id}");
    }
}

/// What parsers look for.
const PARTS: [&str; 33] = [
    "\n",
    "\r\n",
    " ",
    "PASSED",
    "FAILED",
    "SKIPPED",
    "ERROR",
    "XFAIL",
    "PASS",
    "FAIL",
    " - ",
    " ... ",
    "ok",
    "FAIL: ",
    "ERROR:",
    "test_a",
    " (m.C.test_a)",
    " (m.C)",
    "  ",
    "[",
    "]",
    "/",
    "[1]",
    "[3m",
    ".py:",
    " F",
    "skipped '",
    "(",
    ")",
    "Internal Server Error: /",
    "======================================================================",
    "----------------------------------------------------------------------",
    "Ran 1 test",
];

/// Text of such parts, and of others.
fn text() -> impl Strategy<Value = String> {
    let known = prop::sample::select(PARTS.as_slice()).prop_map(str::to_owned);
    let part = prop_oneof![4 => known, 1 => any::<String>()];
    prop::collection::vec(part, 0..40).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn any_text_is_read(text in text()) {
        for log in FORMS {
            prop_assert!(statuses(log, &text).len() <= text.len());
            prop_assert!(evaluation(log, &text).is_err());
        }
    }

    #[test]
    fn line_ends_are_all_one(text in text(), ends in prop::collection::vec(any::<bool>(), 1..9)) {
        let plain = text.replace("\r\n", "\n").replace('\r', "\n");
        let lines = plain.split('\n').zip(ends.iter().cycle());
        let mixed: String = lines.map(|(line, is_dos)| format!("{line}{}", if *is_dos { "\r\n" } else { "\n" })).collect();
        for log in FORMS {
            prop_assert_eq!(statuses(log, &plain), statuses(log, &mixed));
        }
    }
}
