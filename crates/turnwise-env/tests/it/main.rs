//! The sandbox, the work tree and the grader as the harness uses them, with real processes.

#![expect(clippy::unwrap_used, reason = "a test may fail anywhere")]

mod containers;
mod grading;
mod isolation;
mod lifetime;
mod limits;
mod official;
mod repositories;
mod work;

use std::path::{Path, PathBuf};

use turnwise_core::{EnvError, Environment, EnvironmentProvider, Observation, Task, TaskFile, TestAsset};
use turnwise_env::{Limits, LocalConfig, LocalProvider, SandboxConfig, SandboxKind};

fn file(path: &str, content: &str) -> TaskFile {
    TaskFile { path: path.to_owned(), content: content.to_owned() }
}

/// A test asset of all bytes there are, kept in `folder`.
fn asset(folder: &Path, path: &str) -> TestAsset {
    let source = folder.join("all-bytes");
    std::fs::write(&source, (0..=255).collect::<Vec<u8>>()).unwrap();
    TestAsset { path: path.to_owned(), source, digest: String::new() }
}

/// A program with one fault, two tests that see it and one that does not.
fn task() -> Task {
    let tests = "import calc\n\
        for name, ok in [('add', calc.add(1, 2) == 3), ('zero', calc.add(0, 0) == 0), ('neg', calc.add(-1, 1) == 0)]:\n    \
        print('PASS' if ok else 'FAIL', name)\n";
    Task {
        id: "calc-1".to_owned(),
        suite: "test".to_owned(),
        statement: "`add` is wrong".to_owned(),
        repo: "test/calc".to_owned(),
        files: vec![file("calc.py", "def add(a, b):\n    return a - b\n"), file("doc/readme.md", "# calc\n")],
        hidden_files: vec![file("hidden/tests.py", tests)],
        test_command: "PYTHONPATH=. python3 hidden/tests.py".to_owned(),
        fail_to_pass: vec!["add".to_owned(), "neg".to_owned()],
        pass_to_pass: vec!["zero".to_owned()],
        ..Task::default()
    }
}

fn config(kind: SandboxKind, limits: Limits) -> LocalConfig {
    let launcher = PathBuf::from(env!("CARGO_BIN_EXE_turnwise-sandbox"));
    let sandbox = SandboxConfig { launcher, kind, limits, read_only: vec![] };
    LocalConfig { sandbox, temp: None, repositories: None, logs: None }
}

/// Whether this machine has what the sandbox is made of. Where it has not, as in most containers, what
/// can be tested is tested without it.
#[expect(clippy::print_stderr, reason = "whoever reads the test's output wants to know")]
async fn has_namespaces() -> bool {
    match LocalProvider::new(config(SandboxKind::Namespaces, Limits::standard())).await {
        Err(EnvError::SandboxUnavailable { missing, .. }) => {
            eprintln!("not tested here: {missing}");
            false
        }
        other => other.map(|_| true).unwrap(),
    }
}

async fn provider(limits: Limits) -> LocalProvider {
    let kind = if has_namespaces().await { SandboxKind::Namespaces } else { SandboxKind::None };
    LocalProvider::new(config(kind, limits)).await.unwrap()
}

async fn environment(limits: Limits) -> Box<dyn Environment> {
    provider(limits).await.open(&task()).await.unwrap()
}

/// Runs one command in a fresh environment.
async fn run(command: &str) -> Observation {
    let mut environment = environment(Limits::standard()).await;
    let observation = environment.execute(command).await.unwrap();
    environment.close().await.unwrap();
    observation
}

async fn output(command: &str) -> String {
    run(command).await.output
}
