//! Hidden tests on what the agent left.

use turnwise_core::{EnvError, EnvironmentProvider, Grade, Task};
use turnwise_env::{Limits, NullProvider, probe};

use crate::{asset, config, file, has_namespaces, provider, task};

async fn grade(task: &Task, command: &str) -> Result<Grade, EnvError> {
    let limits = Limits { tests_ms: 2000, ..Limits::standard() };
    let mut environment = provider(limits).await.open(task).await.unwrap();
    environment.execute(command).await.unwrap();
    let grade = environment.grade().await;
    // The work is as it was, and the tests are not in it.
    let seen = environment.execute("ls").await.unwrap();
    assert!(!seen.output.contains("hidden\n") || command.contains("hidden"), "{}", seen.output);
    environment.close().await.unwrap();
    grade
}

fn passed(grade: &Grade) -> Vec<&str> {
    grade.tests.iter().filter(|test| test.passed).map(|test| test.id.as_str()).collect()
}

#[tokio::test]
async fn the_grade_is_what_the_tests_say() {
    let nothing = grade(&task(), "true").await.unwrap();
    assert_eq!((passed(&nothing), nothing.solved()), (vec!["zero"], false));
    let fixed = grade(&task(), "sed -i 's/a - b/a + b/' calc.py").await.unwrap();
    assert_eq!((passed(&fixed), fixed.solved()), (vec!["add", "neg", "zero"], true));
}

#[tokio::test]
async fn tests_that_crash_or_hang_have_failed() {
    for command in ["echo 'raise SystemExit(3)' > calc.py", "rm calc.py", "echo 'while True: pass' > calc.py"]
    {
        assert_eq!(passed(&grade(&task(), command).await.unwrap()), Vec::<&str>::new());
    }
}

#[tokio::test]
async fn an_agent_cannot_stand_in_the_tests_way() {
    let tricks =
        "sed -i 's/a - b/a + b/' calc.py; ln -s /usr hidden; (while :; do rm -rf hidden/tests.py; done) &";
    assert!(grade(&task(), tricks).await.unwrap().solved());
    let files = "sed -i 's/a - b/a + b/' calc.py; mkdir -p hidden/tests.py/x; chmod 000 hidden/tests.py";
    assert!(grade(&task(), files).await.unwrap().solved());
}

#[tokio::test]
async fn what_cannot_be_graded_is_the_harnesss_failure() {
    let untested = Task { fail_to_pass: vec![], pass_to_pass: vec![], ..task() };
    let unrunnable = Task { test_command: "no-such-program tests.py".to_owned(), ..task() };
    for task in [untested, unrunnable] {
        let error = grade(&task, "true").await.unwrap_err();
        assert!(matches!(error, EnvError::Grader { .. }), "{error}");
    }
    // A work that ends with the same status is only a work that fails.
    let failed = grade(&task(), "echo 'raise SystemExit(127)' > calc.py").await.unwrap();
    assert!(!failed.solved());
}

#[tokio::test]
async fn other_peoples_patches_are_graded() {
    let provider = provider(Limits::standard()).await;
    let patch = "--- a/calc.py\n+++ b/calc.py\n@@ -1,2 +1,2 @@\n def add(a, b):\n-    return a - b\n+    return a + b\n";
    assert!(provider.grade_patch(&task(), patch).await.unwrap().solved());
    assert!(!provider.grade_patch(&task(), "").await.unwrap().solved());
    let unfit = patch.replace("a - b", "a / b");
    assert!(matches!(provider.grade_patch(&task(), &unfit).await, Err(EnvError::Workspace { .. })));
}

#[tokio::test]
async fn a_hundred_tests_and_their_noise_are_read() {
    let ids: Vec<_> = (0..100).map(|i| format!("t{i}")).collect();
    let noisy = "for i in range(100): print('x' * 2000); print('PASS', f't{i}')\n";
    let task = Task {
        hidden_files: vec![file("hidden/tests.py", noisy)],
        fail_to_pass: ids,
        pass_to_pass: vec![],
        ..task()
    };
    assert!(grade(&task, "true").await.unwrap().solved());
}

#[tokio::test]
async fn files_that_no_patch_can_carry_are_laid_over_the_work() {
    let folder = tempfile::tempdir().unwrap();
    let tests =
        "print('PASS' if open('pictures/a.bin', 'rb').read() == bytes(range(256)) else 'FAIL', 'add')\n";
    let task = Task {
        hidden_files: vec![file("hidden/tests.py", tests)],
        test_assets: vec![asset(folder.path(), "pictures/a.bin")],
        fail_to_pass: vec!["add".to_owned()],
        pass_to_pass: vec![],
        ..task()
    };
    assert!(grade(&task, "ln -s /etc pictures").await.unwrap().solved());
    std::fs::remove_file(&task.test_assets[0].source).unwrap();
    let error = grade(&task, "true").await.unwrap_err();
    assert!(matches!(error, EnvError::Workspace { .. }), "{error}");
}

#[tokio::test]
async fn the_null_environment_solves_nothing() {
    let mut environment = NullProvider::new("ok").open(&task()).await.unwrap();
    assert_eq!(environment.execute("anything").await.unwrap().output, "ok");
    let grade = environment.grade().await.unwrap();
    assert_eq!((grade.tests.len(), grade.score()), (3, 0.0));
}

#[tokio::test]
async fn the_machine_is_looked_at() {
    let report = probe(config(turnwise_env::SandboxKind::Namespaces, Limits::standard())).await;
    assert_eq!(report.sandbox.is_ok(), has_namespaces().await);
    let python = report.tools.iter().find(|tool| tool.name == "python3").unwrap();
    assert!(python.path.as_ref().unwrap().is_absolute());
    assert!(report.sandbox.is_err() || python.version.as_ref().unwrap().starts_with("3."));
}
