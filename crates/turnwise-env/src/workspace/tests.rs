//! Base commits and patches, without a sandbox.

use std::{fs, process::Command};

use proptest::prelude::{ProptestConfig, prop_assert_eq, proptest};
use turnwise_core::{Task, TaskFile};

use super::{TaskCache, Workspace, apply_patch, base_commit, lay_over};

fn file(path: &str, content: &str) -> TaskFile {
    TaskFile { path: path.to_owned(), content: content.to_owned() }
}

fn task(files: Vec<TaskFile>) -> Task {
    Task { id: "t".to_owned(), suite: "s".to_owned(), repo: "r".to_owned(), files, ..Task::default() }
}

#[test]
fn the_base_commit_is_the_same_everywhere() {
    let files = [file("a.py", "A = 1\n"), file("a/b.py", ""), file("a-b", "x"), file("a/c/d", "y\n")];
    let commit = base_commit(&files).unwrap();
    assert_eq!(commit, "ecf1128811444dfe39582b1eeccb734427d39765");
    let mut other = files.to_vec();
    other.reverse();
    assert_eq!(base_commit(&other).unwrap(), commit);
    other[0].content.push('z');
    assert_ne!(base_commit(&other).unwrap(), commit);
}

#[test]
fn paths_that_lead_elsewhere_are_refused() {
    for path in ["", "/a", "a//b", "../a", "a/..", "./a", ".git/config", "sub/.GIT/x", "a\0b"] {
        assert!(base_commit(&[file(path, "")]).is_err(), "{path}");
    }
    assert!(base_commit(&[file("a", ""), file("a", "")]).is_err());
    assert!(base_commit(&[file("a", ""), file("a/b", "")]).is_err());
    assert!(base_commit(&[file("a/b", ""), file("a", "")]).is_err());
}

#[test]
fn git_agrees_that_the_work_tree_is_clean_and_sound() {
    let temp = tempfile::tempdir().unwrap();
    let task = task(vec![file("a.py", "A = 1\n"), file("a/b.py", "ü\n"), file("a-b", "")]);
    let base = TaskCache::new(temp.path().to_owned(), None).base(&task).unwrap();
    let dir = temp.path().join("ws");
    let mut workspace = Workspace::make(base, dir.clone()).unwrap();
    let git = |arguments: &[&str]| {
        let output = Command::new("git").args(arguments).current_dir(&dir).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(git(&["status", "--porcelain"]), "");
    assert_eq!(git(&["rev-parse", "HEAD"]).trim(), base_commit(&task.files).unwrap());
    assert_eq!(git(&["symbolic-ref", "HEAD"]).trim(), "refs/heads/main");
    git(&["fsck", "--strict"]);
    assert_eq!(workspace.patch().unwrap(), "");
}

#[test]
fn hidden_files_replace_whatever_is_in_their_way() {
    let temp = tempfile::tempdir().unwrap();
    let (dir, outside) = (temp.path().join("ws"), temp.path().join("outside"));
    fs::create_dir_all(dir.join("file.py/x")).unwrap();
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("kept"), "kept").unwrap();
    std::os::unix::fs::symlink(&outside, dir.join("tests")).unwrap();
    std::os::unix::fs::symlink(outside.join("kept"), dir.join("link.py")).unwrap();
    lay_over(&dir, &[file("tests/kept", "new"), file("link.py", "new"), file("file.py", "new")]).unwrap();
    for path in ["tests/kept", "link.py", "file.py"] {
        assert_eq!(fs::read_to_string(dir.join(path)).unwrap(), "new");
    }
    assert_eq!(fs::read_to_string(outside.join("kept")).unwrap(), "kept");
}

#[test]
fn a_patch_without_gits_headers_applies_too() {
    let temp = tempfile::tempdir().unwrap();
    fs::write(temp.path().join("a.py"), "A = 1\n").unwrap();
    fs::write(temp.path().join("b.py"), "B = 1\n").unwrap();
    let patch = "--- a/a.py\t2023-11-14\n+++ b/a.py\t2023-11-15\n@@ -1 +1 @@\n-A = 1\n+A = 2\n\
        --- a/b.py\n+++ /dev/null\n@@ -1 +0,0 @@\n-B = 1\n\
        --- /dev/null\n+++ b/new/c.py\n@@ -0,0 +1 @@\n+C = 1";
    apply_patch(temp.path(), patch).unwrap();
    assert_eq!(fs::read_to_string(temp.path().join("a.py")).unwrap(), "A = 2\n");
    assert_eq!(fs::read_to_string(temp.path().join("new/c.py")).unwrap(), "C = 1\n");
    assert!(!temp.path().join("b.py").exists());
    assert!(apply_patch(temp.path(), patch).is_err());
    assert!(apply_patch(temp.path(), "not a patch").is_err());
    assert!(apply_patch(temp.path(), "\n").is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn a_patch_applied_to_the_base_gives_the_work(
        old in proptest::collection::vec("[ab\\n]{0,12}", 3),
        new in proptest::collection::vec("[abü\\n]{0,12}", 3),
    ) {
        let temp = tempfile::tempdir().unwrap();
        let names = ["one", "dir/two", "dir/deep/three"];
        let files = names.iter().zip(&old).map(|(name, text)| file(name, text)).collect();
        let base = TaskCache::new(temp.path().to_owned(), None).base(&task(files)).unwrap();
        let (work, copy) = (temp.path().join("work"), temp.path().join("copy"));
        base.copy_to(&copy).unwrap();
        let mut workspace = Workspace::make(base, work.clone()).unwrap();
        for (name, text) in names.iter().zip(&new) {
            // An empty text stands for a removed file.
            match text.as_str() {
                "" => fs::remove_file(work.join(name)).unwrap(),
                text => fs::write(work.join(name), text).unwrap(),
            }
        }
        apply_patch(&copy, &workspace.patch().unwrap()).unwrap();
        for (name, text) in names.iter().zip(&new) {
            prop_assert_eq!(fs::read_to_string(copy.join(name)).unwrap_or_default(), text.as_str());
        }
    }
}
