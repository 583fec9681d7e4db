//! Hidden tests on what the agent left, in a container of their own.

use turnwise_core::{EnvError, EnvironmentProvider, Grade, Task, TaskFile};

use super::{engine::engine, output, provider, task};

const RIGHT: &str =
    "--- a/calc.py\n+++ b/calc.py\n@@ -1,2 +1,2 @@\n def add(a, b):\n-    return a - b\n+    return a + b\n";

fn passed(grade: &Grade) -> Vec<&str> {
    grade.tests.iter().filter(|test| test.passed).map(|test| test.id.as_str()).collect()
}

#[tokio::test]
async fn right_wrong_and_empty_patches_are_graded() {
    let Some(engine) = engine() else { return };
    let provider = provider(engine).await;
    let wrong = RIGHT.replace("a + b", "a * b");
    let crash = RIGHT.replace("return a + b", "return (");
    // What fits with some good will is applied, as SWE-bench does it.
    let fuzzy = RIGHT.replace(" def add(a, b):", " def add(a,  b):");
    for (patch, expect) in [
        (RIGHT, &["add", "zero"][..]),
        (&wrong, &["zero"]),
        ("", &["zero"]),
        (&crash, &[]),
        (&fuzzy, &["add", "zero"]),
        (RIGHT.trim_end(), &["add", "zero"]),
    ] {
        assert_eq!(passed(&provider.grade_patch(&task(), patch).await.unwrap()), expect, "{patch}");
    }
    let unfit = RIGHT.replace("a - b", "something else\n-    and more of it").replace("-1,2", "-1,3");
    let error = provider.grade_patch(&task(), &unfit).await.unwrap_err();
    assert!(matches!(error, EnvError::Workspace { .. }), "{error}");
}

#[tokio::test]
async fn the_work_of_an_environment_is_graded_and_goes_on() {
    let Some(engine) = engine() else { return };
    let provider = provider(engine).await;
    let hidden = "import calc\nprint('PASS' if calc.add(2, 2) == 4 else 'FAIL', 'add')\nprint('PASS zero')\n";
    let hidden = TaskFile { path: "tests/hidden/run.py".to_owned(), content: hidden.to_owned() };
    let test_command = "PYTHONPATH=. python3 tests/hidden/run.py".to_owned();
    let task = Task { hidden_files: vec![hidden], test_command, ..task() };
    let mut environment = provider.open(&task).await.unwrap();
    assert_eq!(passed(&environment.grade().await.unwrap()), ["zero"]);
    output(&mut environment, "sed -i 's/a - b/a + b/' calc.py; rm -r tests; ln -s /usr tests").await;
    assert!(environment.grade().await.unwrap().solved());
    // The tests were never here.
    assert_eq!(output(&mut environment, "ls -d tests; git diff --stat | wc -l").await, "tests\n3\n");
    environment.close().await.unwrap();
}

#[tokio::test]
async fn a_test_patch_lies_over_the_tests_as_they_were() {
    let Some(engine) = engine() else { return };
    let provider = provider(engine).await;
    let test_patch = "diff --git a/tests/run.py b/tests/run.py\n--- a/tests/run.py\n+++ b/tests/run.py\n@@ -1,3 +1,4 @@\n \
        import calc\n print(\"PASS\" if calc.add(1, 2) == 3 else \"FAIL\", \"add\")\n print(\"PASS zero\")\n+print(\"PASS more\")\n";
    let fail_to_pass = vec!["add".to_owned(), "more".to_owned()];
    let task = Task { test_patch: test_patch.to_owned(), fail_to_pass, ..task() };
    let mut environment = provider.open(&task).await.unwrap();
    assert_eq!(passed(&environment.grade().await.unwrap()), ["more", "zero"]);
    let tricks = "echo 'print(\"PASS add\")' >tests/run.py; rm -rf x; sed -i 's/a - b/a * b/' calc.py";
    output(&mut environment, tricks).await;
    assert_eq!(passed(&environment.grade().await.unwrap()), ["more", "zero"]);
    let replaced = "rm -r tests; echo file >tests; sed -i 's/a \\* b/a + b/' calc.py";
    output(&mut environment, replaced).await;
    assert!(environment.grade().await.unwrap().solved());

    let other = Task { test_patch: test_patch.replace("import calc\n", "import cald\n"), ..task };
    let error = provider.grade_patch(&other, RIGHT).await.unwrap_err();
    assert!(matches!(error, EnvError::Grader { .. }), "{error}");
}

#[tokio::test]
async fn an_evaluation_script_does_it_all_itself() {
    let Some(engine) = engine() else { return };
    let provider = provider(engine).await;
    let long = "#".repeat(200_000);
    let eval_script = format!(
        "#!/bin/bash\n{long}\nset -uxo pipefail\ncd /testbed\ncat <<'EOF' >tests/more.py\nprint('PASS more')\nEOF\n\
        : '>>>>> Start Test Output'\n[[ -e tests/run.py ]] && PYTHONPATH=. python3 tests/run.py\npython3 tests/more.py\n\
        : '>>>>> End Test Output'\n"
    );
    let fail_to_pass = vec!["add".to_owned(), "more".to_owned()];
    let task = Task { eval_script, test_command: String::new(), fail_to_pass, ..task() };
    assert!(provider.grade_patch(&task, RIGHT).await.unwrap().solved());
    assert_eq!(passed(&provider.grade_patch(&task, "").await.unwrap()), ["more", "zero"]);
    // One that does not come to its end has shown nothing.
    let task = Task { eval_script: task.eval_script.replace("End Test", "Begin Test"), ..task };
    assert!(passed(&provider.grade_patch(&task, RIGHT).await.unwrap()).is_empty());
}

#[tokio::test]
async fn files_that_no_patch_can_carry_are_laid_over_the_work() {
    let Some(engine) = engine() else { return };
    let provider = provider(engine).await;
    let folder = tempfile::tempdir().unwrap();
    let asset = crate::asset(folder.path(), "tests/it's/white.bin");
    let look = "python3 -c \"import calc; d = open('tests/it\\'s/white.bin', 'rb').read(); \
        print('PASS' if d == bytes(range(256)) and calc.add(1, 2) == 3 else 'FAIL', 'add'); print('PASS zero')\"";
    let direct = Task { test_assets: vec![asset], test_command: look.to_owned(), ..task() };
    let script =
        format!("set -x\ncd /testbed\n: '>>>>> Start Test Output'\n{look}\n: '>>>>> End Test Output'\n");
    let scripted = Task { eval_script: script, test_command: String::new(), ..direct.clone() };
    for task in [&direct, &scripted] {
        assert!(provider.grade_patch(task, RIGHT).await.unwrap().solved());
        assert_eq!(passed(&provider.grade_patch(task, "").await.unwrap()), ["zero"]);
    }
    std::fs::remove_file(&direct.test_assets[0].source).unwrap();
    let error = provider.grade_patch(&direct, RIGHT).await.unwrap_err();
    assert!(matches!(error, EnvError::Grader { .. }), "{error}");
}

#[tokio::test]
async fn what_cannot_be_graded_is_the_harnesss_failure() {
    let Some(engine) = engine() else { return };
    let provider = provider(engine).await;
    let untested = Task { fail_to_pass: vec![], pass_to_pass: vec![], ..task() };
    let unrunnable = Task { test_command: "no-such-program tests.py".to_owned(), ..task() };
    for task in [untested, unrunnable] {
        let error = provider.grade_patch(&task, RIGHT).await.unwrap_err();
        assert!(matches!(error, EnvError::Grader { .. }), "{error}");
    }
    let outside = TaskFile { path: "../evil".to_owned(), content: String::new() };
    let task = Task { hidden_files: vec![outside], ..task() };
    assert!(matches!(provider.grade_patch(&task, RIGHT).await, Err(EnvError::Grader { .. })));
}
