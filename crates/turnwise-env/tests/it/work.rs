//! The work tree as the agent changes it and the harness sees it.

use std::process::Command;

use turnwise_core::{Environment, EnvironmentProvider};
use turnwise_env::Limits;

use crate::{environment, file, provider, task};

const FIX: &str = "sed -i 's/a - b/a + b/' calc.py";

async fn patch_after(command: &str) -> String {
    let mut environment = environment(Limits::standard()).await;
    let seen = environment.execute(command).await.unwrap();
    assert_eq!(seen.exit_code, Some(0), "{}", seen.output);
    let patch = environment.patch().await.unwrap();
    let state = environment.state().await.unwrap();
    assert_eq!(state.digest.is_empty(), patch.is_empty());
    patch
}

/// Applies a patch to a plain folder with the task's files, by the git of this machine.
fn git_applies(patch: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for file in task().files {
        let path = dir.path().join(file.path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, file.content).unwrap();
    }
    std::fs::write(dir.path().join("p.diff"), patch).unwrap();
    let git =
        |arguments: &[&str]| Command::new("git").args(arguments).current_dir(dir.path()).status().unwrap();
    assert!(git(&["init", "-q"]).success());
    assert!(git(&["apply", "p.diff"]).success(), "{patch}");
    dir
}

#[tokio::test]
async fn untouched_work_has_no_patch() {
    let mut environment = environment(Limits::standard()).await;
    environment.execute("cat calc.py; git status; git log").await.unwrap();
    assert_eq!(environment.patch().await.unwrap(), "");
    assert_eq!(environment.state().await.unwrap().patch_lines, 0);
}

#[tokio::test]
async fn a_change_is_seen_undone_and_seen_again() {
    let mut environment = environment(Limits::standard()).await;
    let mut digests = Vec::new();
    for command in
        [FIX, "true", "git checkout -q calc.py", FIX, "touch calc.py", "sed -i 's/a + b/a * b/' calc.py"]
    {
        environment.execute(command).await.unwrap();
        digests.push(environment.state().await.unwrap());
    }
    assert_eq!(digests[0].patch_lines, 2);
    assert_eq!(digests[0], digests[1]);
    assert_eq!((digests[2].patch_lines, digests[2].digest.as_str()), (0, ""));
    assert_eq!((&digests[3], &digests[4]), (&digests[0], &digests[0]));
    assert_ne!(digests[5].digest, digests[0].digest);
}

#[tokio::test]
async fn the_patch_is_one_that_git_applies() {
    let command = format!(
        "{FIX}; rm doc/readme.md; mkdir -p new/deep; printf 'no newline' > new/deep/a.txt; echo 'ü' > 'ü b.txt'; chmod +x new/deep/a.txt; ln -s calc.py link"
    );
    let patch = patch_after(&command).await;
    let dir = git_applies(&patch);
    let read = |path: &str| std::fs::read_to_string(dir.path().join(path));
    assert_eq!(read("calc.py").unwrap(), "def add(a, b):\n    return a + b\n");
    assert_eq!(read("new/deep/a.txt").unwrap(), "no newline");
    assert_eq!(read("ü b.txt").unwrap(), "ü\n");
    assert!(read("doc/readme.md").is_err());
    assert_eq!(std::fs::read_link(dir.path().join("link")).unwrap().to_str(), Some("calc.py"));
}

#[tokio::test]
async fn ignored_files_are_no_part_of_the_patch() {
    let patch = patch_after("echo '*.log' > .gitignore; echo x > a.log; echo y > b.txt").await;
    assert!(patch.contains("+++ b/.gitignore") && patch.contains("+++ b/b.txt") && !patch.contains("a.log"));
}

#[tokio::test]
async fn bytes_that_are_no_text_travel_as_binary() {
    let patch =
        patch_after("printf 'caf\\351\\n' > latin.txt; printf 'a\\000b' > blob; echo plain > plain.txt")
            .await;
    let dir = git_applies(&patch);
    assert_eq!(std::fs::read(dir.path().join("latin.txt")).unwrap(), b"caf\xe9\n");
    assert_eq!(std::fs::read(dir.path().join("blob")).unwrap(), b"a\0b");
    assert!(patch.contains("+plain\n"));
}

#[tokio::test]
async fn odd_things_in_the_work_tree_break_nothing() {
    let odd = "mkfifo pipe; rm calc.py; mkfifo calc.py; ln -s /etc/shadow out; ln -s . loop; mkdir -p closed/in; \
        echo x > closed/in/x; chmod 000 closed/in closed; echo y > unread; chmod 000 unread; \
        head -c 20000000 /dev/zero > huge; touch \"$(printf 'bad\\377name')\"; git init -q sub; echo z > sub/z; \
        python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind(\"sock\")'";
    let patch = patch_after(odd).await;
    assert!(patch.len() < 100_000 && patch.contains("+y\n"), "{patch}");
    let patch = patch_after("rm -rf .git; echo x > new").await;
    assert!(patch.contains("+++ b/new") && patch.lines().count() == 7, "{patch}");
    let patch = patch_after("rm -rf .[!.]* *").await;
    assert_eq!(patch.matches("+++ /dev/null").count(), 2);
    let patch = patch_after("echo broken > .git/HEAD; rm -rf .git/objects; echo x > new").await;
    assert!(patch.contains("+++ b/new"));
    assert_eq!(patch_after("git checkout -q -b other; git commit -q --allow-empty -m more").await, "");
}

#[tokio::test]
async fn a_commit_hides_nothing() {
    let plain = patch_after(FIX).await;
    assert_eq!(patch_after(&format!("{FIX}; git commit -qam fixed")).await, plain);
}

#[tokio::test]
async fn a_reset_brings_everything_back() {
    let mut environment = environment(Limits::standard()).await;
    environment.execute(&format!("{FIX}; echo x > new; rm -r doc; sleep 7555 & rm -rf .git")).await.unwrap();
    environment.reset().await.unwrap();
    assert_eq!(environment.patch().await.unwrap(), "");
    let seen = environment
        .execute("git status --short; ls; pgrep -f '[s]leep 7555'; git log --format=%h | wc -l")
        .await
        .unwrap();
    assert_eq!(seen.output, "calc.py\ndoc\n1\n");
}

#[tokio::test]
async fn environments_of_one_task_do_not_touch_one_another() {
    let provider = provider(Limits::standard()).await;
    let mut one: Box<dyn Environment> = provider.open(&task()).await.unwrap();
    let mut two: Box<dyn Environment> = provider.open(&task()).await.unwrap();
    one.execute(FIX).await.unwrap();
    two.execute("echo b > b").await.unwrap();
    assert!(one.patch().await.unwrap().contains("a + b") && !one.patch().await.unwrap().contains("b/b"));
    assert_eq!(two.state().await.unwrap().patch_lines, 1);
}

#[tokio::test]
async fn a_task_that_is_wrong_is_an_error_that_says_so() {
    let provider = provider(Limits::standard()).await;
    let mut wrong = task();
    wrong.base_commit = "0".repeat(40);
    let error = provider.open(&wrong).await.err().unwrap();
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(source.contains("but it names 0000"), "{source}");
    wrong = task();
    wrong.files = vec![file("../x", "")];
    assert!(provider.open(&wrong).await.is_err());
}
