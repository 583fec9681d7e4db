//! How files look: each says what it is for, none is too long, none is forgotten.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The longest file, in lines.
const LONGEST: usize = 420;

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// Every Rust file of the tree.
fn sources() -> Vec<(PathBuf, String)> {
    let mut files = Vec::new();
    let mut folders = vec![root().join("crates"), root().join("tests")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                files.push((path, text));
            }
        }
    }
    files.sort();
    files
}

#[test]
fn every_file_opens_with_what_it_is_for_and_none_is_too_long() {
    for (path, text) in sources() {
        assert!(text.starts_with("//! "), "{} does not say what it is for", path.display());
        let n = text.lines().count();
        assert!(n <= LONGEST, "{} has {n} lines; make two rooms of it", path.display());
    }
}

#[test]
fn nothing_unfinished_is_left_in_the_tree() {
    let marks = [
        concat!("todo", "!("),
        concat!("unimplemented", "!("),
        concat!("FIX", "ME"),
        concat!("#[ign", "ore"),
    ];
    for (path, text) in sources() {
        for mark in marks {
            assert!(!text.contains(mark), "{} holds {mark}", path.display());
        }
    }
}

#[test]
fn shipped_policies_and_suites_are_in_their_places() {
    for policy in ["unlimited", "fixed", "dynamic", "repeat"] {
        assert!(root().join(format!("policies/{policy}.toml")).exists(), "policy {policy} is missing");
    }
    for suite in ["pocket", "pocket-large"] {
        assert!(root().join(format!("tasks/{suite}/suite.toml")).exists(), "suite {suite} is missing");
    }
}
