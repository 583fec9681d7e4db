//! Tasks that name a repository: its one commit in a sandbox, its hidden tests in a patch, its Python environment.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;
use turnwise_core::{EnvError, EnvironmentProvider, PythonSetup, Task};
use turnwise_env::{Limits, LocalProvider, RepositoryConfig, SandboxKind};

use super::{config, has_namespaces};

/// A repository with a past, a future, a tag and a remote.
struct Origin {
    temp: TempDir,
    base: String,
    future: String,
}

const OLD_TESTS: &str = "import calc\nfor name, ok in [('zero', calc.add(0, 0) == 0)]:\n    print('PASS' if ok else 'FAIL', name)\n";
const GOLD: &str =
    "--- a/calc.py\n+++ b/calc.py\n@@ -1,2 +1,2 @@\n def add(a, b):\n-    return a - b\n+    return a + b\n";

fn git(dir: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git").current_dir(dir).args(arguments).output().unwrap();
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

impl Origin {
    fn new() -> Self {
        // Not below /tmp, which sandboxes have for themselves, and open to the users that they run as.
        let temp = tempfile::tempdir_in("/var/tmp").unwrap();
        fs::set_permissions(temp.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let dir = temp.path().join("clones/me/calc");
        fs::create_dir_all(dir.join("tests")).unwrap();
        git(&dir, &["init", "--quiet", "--initial-branch=main"]);
        for (key, value) in [("user.name", "me"), ("user.email", "me@localhost"), ("commit.gpgsign", "false")]
        {
            git(&dir, &["config", key, value]);
        }
        let commit = |name: &str, content: &str| {
            fs::write(dir.join(name), content).unwrap();
            git(&dir, &["add", "--all"]);
            git(&dir, &["commit", "--quiet", "--message", name]);
            git(&dir, &["rev-parse", "HEAD"])
        };
        commit("calc.py", "def add(a, b):\n    return 0\n");
        commit("tests/run.py", OLD_TESTS);
        let base = commit("calc.py", "def add(a, b):\n    return a - b\n");
        let future = commit("calc.py", "def add(a, b):\n    return a + b\n");
        git(&dir, &["tag", "v2"]);
        git(&dir, &["remote", "add", "origin", "https://example.invalid/me/calc.git"]);
        git(&dir, &["pack-refs", "--all"]);
        Self { temp, base, future }
    }

    fn clones(&self) -> PathBuf {
        self.temp.path().join("clones")
    }

    fn task(&self) -> Task {
        let patch = "--- a/tests/run.py\n+++ b/tests/run.py\n@@ -1,3 +1,3 @@\n import calc\n-for name, ok in [('zero', calc.add(0, 0) == 0)]:\n\
            +for name, ok in [('add', calc.add(1, 2) == 3), ('zero', calc.add(0, 0) == 0)]:\n     print('PASS' if ok else 'FAIL', name)\n";
        Task {
            id: "me__calc-1".to_owned(),
            suite: "test".to_owned(),
            repo: "me/calc".to_owned(),
            base_commit: self.base.clone(),
            test_patch: patch.to_owned(),
            test_command: "PYTHONPATH=. python3 tests/run.py".to_owned(),
            fail_to_pass: vec!["add".to_owned()],
            pass_to_pass: vec!["zero".to_owned()],
            ..Task::default()
        }
    }

    async fn provider(&self, mirrors: Vec<PathBuf>, remote: Option<String>) -> LocalProvider {
        let kind = if has_namespaces().await { SandboxKind::Namespaces } else { SandboxKind::None };
        let mut config = config(kind, Limits::repositories());
        let cache = self.temp.path().join("cache");
        config.repositories = Some(RepositoryConfig { mirrors, cache, remote });
        LocalProvider::new(config).await.unwrap()
    }
}

#[tokio::test]
async fn an_agent_sees_one_commit_and_nothing_that_came_later() {
    let origin = Origin::new();
    let provider = origin.provider(vec![origin.clones()], None).await;
    let mut environment = provider.open(&origin.task()).await.unwrap();
    let look = "git rev-parse HEAD; git status --porcelain; git log --all --format=%s; git tag; git remote; git stash list; \
        ls .git/logs .git/packed-refs 2>/dev/null; git reflog; git fsck --lost-found | grep commit; cat calc.py";
    let seen = environment.execute(look).await.unwrap();
    assert_eq!(seen.output, format!("{}\ncalc.py\ndef add(a, b):\n    return a - b\n", origin.base));
    let later = environment.execute(&format!("git cat-file -t {}", origin.future)).await.unwrap();
    assert_ne!(later.exit_code, Some(0), "{}", later.output);
    environment.close().await.unwrap();
}

#[tokio::test]
async fn the_hidden_tests_come_as_a_patch_over_what_the_tests_were() {
    let origin = Origin::new();
    let provider = origin.provider(vec![origin.clones()], None).await;
    let task = origin.task();
    assert!(!provider.grade_patch(&task, "").await.unwrap().solved());
    assert!(provider.grade_patch(&task, GOLD).await.unwrap().solved());
    // An agent that rewrites the tests, or puts a link in their place, is graded by the tests all the same.
    let mut environment = provider.open(&task).await.unwrap();
    environment
        .execute("rm -r tests && ln -s /tmp tests && echo 'print(\"PASS add\")' > /tmp/run.py")
        .await
        .unwrap();
    let grade = environment.grade().await.unwrap();
    assert_eq!(grade.tests.iter().map(|test| test.passed).collect::<Vec<_>>(), [false, true]);
    environment.execute("sed -i 's/a - b/a + b/' calc.py").await.unwrap();
    assert!(environment.grade().await.unwrap().solved());
    let patch = environment.patch().await.unwrap();
    assert!(patch.contains("+    return a + b"), "{patch}");
    environment.close().await.unwrap();
}

#[tokio::test]
async fn a_test_patch_that_does_not_fit_is_not_the_works_fault() {
    let origin = Origin::new();
    let provider = origin.provider(vec![origin.clones()], None).await;
    for patch in [GOLD.replace("a - b", "a * b"), "nothing that is a patch\n".to_owned()] {
        let task = Task { test_patch: patch, ..origin.task() };
        let error = provider.grade_patch(&task, GOLD).await.unwrap_err();
        assert!(matches!(error, EnvError::Grader { .. }), "{error}");
        let source = std::error::Error::source(&error).unwrap().to_string();
        assert!(source.starts_with("its test patch does not apply: "), "{source}");
    }
}

#[tokio::test]
async fn a_repository_is_fetched_once_and_only_the_commit_that_is_needed() {
    let origin = Origin::new();
    let remote = format!("file://{}/{{repo}}", origin.clones().display());
    let provider = origin.provider(Vec::new(), Some(remote)).await;
    assert!(provider.grade_patch(&origin.task(), GOLD).await.unwrap().solved());
    let cached = origin.temp.path().join("cache/me_calc.git");
    assert_eq!(git(&cached, &["rev-list", "--all", "--count"]), "1");
    // What is in the cache needs no origin any more.
    let again = origin.provider(Vec::new(), None).await;
    assert!(!again.grade_patch(&origin.task(), "").await.unwrap().solved());
}

#[tokio::test]
async fn what_cannot_be_had_is_said_in_one_line() {
    let origin = Origin::new();
    let provider = origin.provider(vec![origin.clones()], None).await;
    let said = async |change: fn(&mut Task)| {
        let mut task = origin.task();
        change(&mut task);
        let error = provider.open(&task).await.err().unwrap();
        let mut text = error.to_string();
        let mut cause: Option<&dyn std::error::Error> = std::error::Error::source(&error);
        while let Some(error) = cause {
            text = format!("{text}: {error}");
            cause = error.source();
        }
        text
    };
    let unknown = said(|task| task.repo = "me/other".to_owned()).await;
    assert!(unknown.contains("repository `me/other` was not found"), "{unknown}");
    assert!(unknown.contains("me/other.git and name DIR by --mirror"), "{unknown}");
    let missing = said(|task| task.base_commit = "0123456789012345678901234567890123456789".to_owned()).await;
    assert!(missing.contains("has no commit `0123456789012345678901234567890123456789`"), "{missing}");
    let unsafe_name = said(|task| task.repo = "--upload-pack=x/y".to_owned()).await;
    assert!(unsafe_name.contains("was not found"), "{unsafe_name}");
}

#[tokio::test]
async fn a_python_environment_is_made_once_and_cannot_be_changed_by_an_agent() {
    if !has_namespaces().await {
        return;
    }
    let origin = Origin::new();
    let provider = origin.provider(vec![origin.clones()], None).await;
    let mut task = origin.task();
    // Nothing from a package index: what is installed is a file that says where the work tree is.
    let install = "echo /ws > $VIRTUAL_ENV/lib/$(ls $VIRTUAL_ENV/lib)/site-packages/calc.pth && cat calc.py > /dev/null";
    task.python = Some(PythonSetup {
        packages: Vec::new(),
        install: vec![install.to_owned()],
        variables: vec![("FLAVOUR".to_owned(), "plain".to_owned())],
    });
    task.test_command = "cd /tmp && python /ws/tests/run.py".to_owned();
    assert!(provider.grade_patch(&task, GOLD).await.unwrap().solved());
    let mut environment = provider.open(&task).await.unwrap();
    let seen = environment
        .execute("cd /tmp && python -c 'import calc; print(calc.__file__)'; echo $FLAVOUR")
        .await
        .unwrap();
    assert_eq!(seen.output, "/ws/calc.py\nplain\n");
    let change =
        environment.execute("touch $VIRTUAL_ENV/x; python -m pip --version | cut -c1-3").await.unwrap();
    assert!(change.output.contains("Read-only file system"), "{}", change.output);
    assert!(change.output.ends_with("pip\n"), "{}", change.output);
    environment.close().await.unwrap();
    // The next process finds it there; a broken one is made anew.
    let (made, other) = (fs::read_dir(origin.temp.path().join("cache/python")).unwrap().count(), 2);
    assert_eq!(made, other, "the environment and its lock");

    let mut hidden = config(SandboxKind::Namespaces, Limits::repositories());
    let (mirrors, cache) = (vec![origin.clones()], PathBuf::from("/tmp/turnwise-cache"));
    hidden.repositories = Some(RepositoryConfig { mirrors, cache, remote: None });
    let error = LocalProvider::new(hidden).await.unwrap().open(&task).await.err().unwrap();
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(
        source.contains("lies below /tmp, which a sandbox has for itself; name another folder by --cache"),
        "{source}"
    );

    task.python =
        Some(PythonSetup { install: vec!["echo no luck; exit 3".to_owned()], ..PythonSetup::default() });
    let error = provider.open(&task).await.err().unwrap();
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(
        source.contains("`echo no luck; exit 3` failed for `me/calc`: no luck; correct the `install`"),
        "{source}"
    );
}
