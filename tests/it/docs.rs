//! Every command that the documentation shows, run in the order it is shown.
//!
//! A comparison is run on two tasks of its suite, so that this takes seconds; all else is run as it stands. A server runs
//! until its page ends, on a port that is free.

use std::{
    fs,
    io::{BufRead, BufReader},
    os::unix::fs::symlink,
    path::Path,
    process::{Child, Command, Stdio},
};

/// The pages whose ```` ```console ```` blocks are run, each in a folder of its own.
const PAGES: [&str; 16] = [
    "README.md",
    "docs/compare.md",
    "docs/policies.md",
    "docs/attempts.md",
    "docs/profiles.md",
    "docs/database.md",
    "docs/remote.md",
    "docs/speed.md",
    "docs/import.md",
    "docs/replay.md",
    "docs/repair.md",
    "docs/learn.md",
    "docs/guarantees.md",
    "docs/claims.md",
    "docs/strategies.md",
    "docs/web.md",
];

/// Where the pages have their servers.
const SERVER: &str = "http://127.0.0.1:8000/v1";

/// Something that a page shows.
enum Shown {
    /// The lines `$ turnwise …` and `$ cargo run --release -- …`, as words for a shell.
    Run(String),
    /// A line `$ export NAME=VALUE`.
    Export(String, String),
    /// A block of TOML that begins with its name as a comment.
    File(String, String),
}

#[test]
fn commands_that_are_shown_work() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for page in PAGES {
        let dir = tempfile::tempdir().unwrap();
        for folder in ["tasks", "policies", "tests"] {
            symlink(root.join(folder).canonicalize().unwrap(), dir.path().join(folder)).unwrap();
        }
        let shown = shown(&fs::read_to_string(root.join(page)).unwrap());
        assert!(shown.iter().any(|shown| matches!(shown, Shown::Run(_))), "{page} shows no command");
        let mut reader = Reader { page, dir: dir.path(), variables: Vec::new(), server: None };
        shown.into_iter().for_each(|shown| reader.follow(shown));
    }
}

fn shown(text: &str) -> Vec<Shown> {
    let mut shown = Vec::new();
    let mut blocks = text.split("\n```");
    blocks.next();
    for block in blocks.step_by(2) {
        let (kind, body) = block.split_once('\n').unwrap_or((block, ""));
        match kind {
            "console" => shown.extend(body.lines().filter_map(command)),
            "toml" => {
                let name = body.lines().next().and_then(|line| line.strip_prefix("# "));
                let name = name.filter(|name| name.ends_with(".toml"));
                shown.extend(name.map(|name| Shown::File(name.to_owned(), body.to_owned())));
            }
            _ => {}
        }
    }
    shown
}

fn command(line: &str) -> Option<Shown> {
    let command = line.strip_prefix("$ ")?;
    if let Some(variable) = command.strip_prefix("export ") {
        let (name, value) = variable.split_once('=').unwrap();
        return Some(Shown::Export(name.to_owned(), value.to_owned()));
    }
    let words = command.strip_prefix("cargo run --release -- ").or_else(|| command.strip_prefix("turnwise "));
    words.map(|words| Shown::Run(words.to_owned()))
}

/// Somebody who does what a page shows.
struct Reader<'a> {
    page: &'a str,
    dir: &'a Path,
    variables: Vec<(String, String)>,
    /// The server and its address.
    server: Option<(Child, String)>,
}

impl Reader<'_> {
    fn follow(&mut self, shown: Shown) {
        match shown {
            Shown::File(name, text) => fs::write(self.dir.join(name), text).unwrap(),
            Shown::Export(name, value) => self.variables.push((name, value)),
            Shown::Run(words) if words.starts_with("serve") => self.serve(&words),
            Shown::Run(words) => self.run(&words),
        }
    }

    fn command(&self, words: &str) -> Command {
        let url = self.server.as_ref().map_or(SERVER, |(_, url)| url);
        let mut command = Command::new("sh");
        command
            .arg("-c")
            .arg(format!("exec \"$TURNWISE\" {}", words.replace(SERVER, url)))
            .env("TURNWISE", env!("CARGO_BIN_EXE_turnwise"))
            .env_remove("TURNWISE_DB")
            .envs(self.variables.iter().cloned())
            .current_dir(self.dir);
        command
    }

    fn serve(&mut self, words: &str) {
        let mut command = self.command(&words.replace("--port 8000", "--port 0"));
        let mut server = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut url = String::new();
        BufReader::new(server.stdout.as_mut().unwrap()).read_line(&mut url).unwrap();
        assert!(url.starts_with("http://"), "{} shows `turnwise {words}`, which serves nothing", self.page);
        self.server = Some((server, url.trim().to_owned()));
    }

    fn run(&self, words: &str) {
        let many = words.starts_with("compare") || words.starts_with("run ");
        let short = if many && !words.contains("--limit") { " --limit 2" } else { "" };
        let output = self.command(&format!("{words}{short}")).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{} shows `turnwise {words}`, which fails: {said}", self.page);
    }
}

impl Drop for Reader<'_> {
    fn drop(&mut self) {
        if let Some((server, _)) = &mut self.server {
            // A server that is gone already needs no end.
            drop(server.kill().and_then(|()| server.wait()));
        }
    }
}
