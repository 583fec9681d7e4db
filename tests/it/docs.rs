//! Every command that the documentation shows, run in the order it is shown.
//!
//! A comparison is run on two tasks of its suite, so that this takes seconds; all else is run as it stands.

use std::{fs, os::unix::fs::symlink, path::Path, process::Command};

/// The pages whose ```` ```console ```` blocks are run, each in a folder of its own.
const PAGES: [&str; 6] = [
    "README.md",
    "docs/compare.md",
    "docs/policies.md",
    "docs/profiles.md",
    "docs/database.md",
    "docs/speed.md",
];

#[test]
fn commands_that_are_shown_work() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for page in PAGES {
        let dir = tempfile::tempdir().unwrap();
        for folder in ["tasks", "policies"] {
            symlink(root.join(folder).canonicalize().unwrap(), dir.path().join(folder)).unwrap();
        }
        let commands = commands(&fs::read_to_string(root.join(page)).unwrap());
        assert!(!commands.is_empty(), "{page} shows no command");
        for command in commands {
            run(page, &command, dir.path());
        }
    }
}

/// The lines `$ turnwise …` and `$ cargo run --release -- …` of a page's console blocks, as words for a shell.
fn commands(text: &str) -> Vec<String> {
    let mut inside = false;
    let mut commands = Vec::new();
    for line in text.lines() {
        if line.starts_with("```") {
            inside = line == "```console";
        } else if let (true, Some(command)) = (inside, line.strip_prefix("$ ")) {
            let words =
                command.strip_prefix("cargo run --release -- ").or_else(|| command.strip_prefix("turnwise "));
            commands.extend(words.map(str::to_owned));
        }
    }
    commands
}

fn run(page: &str, words: &str, dir: &Path) {
    let short = if words.starts_with("compare") || words.starts_with("run ") { " --limit 2" } else { "" };
    let output = Command::new("sh")
        .arg("-c")
        .arg(format!("exec \"$TURNWISE\" {words}{short}"))
        .env("TURNWISE", env!("CARGO_BIN_EXE_turnwise"))
        .env_remove("TURNWISE_DB")
        .current_dir(dir)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{page} shows `turnwise {words}`, which fails: {said}");
}
