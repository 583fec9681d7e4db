//! A folder with a suite and a script, and the command run in it.

use std::{
    ffi::OsStr,
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::OnceLock,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tempfile::TempDir;

/// How many tasks the suite has.
pub(crate) const TASKS: usize = 6;

/// A folder of its own for each test.
pub(crate) struct Place {
    dir: TempDir,
}

/// What the command printed and how it ended.
pub(crate) struct Ran {
    pub(crate) out: String,
    pub(crate) err: String,
    pub(crate) code: Option<i32>,
}

impl Ran {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap()
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
            code: output.status.code(),
        }
    }
}

impl Place {
    /// A suite in which task N takes N turns before its repair, and every third is never repaired. Each of
    /// those turns runs `idle`.
    pub(crate) fn new(idle: &str) -> Self {
        let place = Self { dir: tempfile::tempdir().unwrap() };
        let (mut suite, mut script) = (Vec::new(), Vec::new());
        for number in 0..TASKS {
            suite.push(task(number).to_string());
            let mut replies = vec![idle; number];
            if number % 3 != 2 {
                replies.push("echo 'def f(x): return x + 1' > lib.py");
            }
            replies.extend(["cat lib.py", "submit"]);
            let replies: Vec<Value> = replies
                .into_iter()
                .map(|text| json!({ "text": text, "prompt_tokens": 100, "decode_tokens": 10 }))
                .collect();
            script.push(json!({ "task": format!("toy-{number}"), "replies": replies }).to_string());
        }
        fs::write(place.path("toy.jsonl"), suite.join("\n")).unwrap();
        fs::write(place.path("script.jsonl"), script.join("\n")).unwrap();
        place
    }

    /// The same with the suites that the repository ships.
    pub(crate) fn with_shipped_suites() -> Self {
        let place = Self::new("ls");
        let tasks = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tasks");
        symlink(tasks.canonicalize().unwrap(), place.path("tasks")).unwrap();
        place
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_turnwise"));
        command.current_dir(self.dir.path()).args(line.split_whitespace());
        command.env("TMPDIR", self.dir.path()).env_remove("TURNWISE_DB").env_remove("OPENAI_API_KEY");
        command
    }

    /// Runs the command with these words.
    pub(crate) fn turnwise(&self, line: &str) -> Ran {
        self.command(line).output().unwrap().into()
    }

    /// Runs the command with these words and variables.
    pub(crate) fn turnwise_in(&self, variables: &[(&str, &OsStr)], line: &str) -> Ran {
        self.command(line).envs(variables.iter().copied()).output().unwrap().into()
    }

    /// Runs the command with these words and one more that may hold blanks.
    pub(crate) fn turnwise_with(&self, line: &str, last: &str) -> Ran {
        self.command(line).arg(last).output().unwrap().into()
    }

    /// Starts the command and does not wait for it.
    pub(crate) fn begin(&self, line: &str) -> Child {
        self.command(line).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// The words of a run of the suite by the script, in the sandbox this machine has.
    pub(crate) fn scripted(&self, words: &str) -> String {
        format!("{words} toy.jsonl --model scripted:script.jsonl --sandbox {}", sandbox())
    }

    /// What a question about the database gives, as lines of CSV.
    pub(crate) fn ask(&self, sql: &str) -> Vec<String> {
        let ran = self.turnwise_with("query --format csv", sql);
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        ran.out.lines().skip(1).map(str::to_owned).collect()
    }

    /// Waits until the database holds at least so many turns.
    pub(crate) fn wait_for_turns(&self, turns: usize) {
        let until = Instant::now() + Duration::from_secs(300);
        loop {
            let asked = self.turnwise_with("query --format csv", "SELECT count(*) FROM v_turns");
            let count = asked.out.lines().nth(1).and_then(|line| line.parse::<usize>().ok());
            if count.is_some_and(|count| count >= turns) {
                return;
            }
            assert!(Instant::now() < until, "no {turns} turns within five minutes");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

fn task(number: usize) -> Value {
    json!({
        "instance_id": format!("toy-{number}"),
        "problem_statement": "f(x) in lib.py should be x + 1.",
        "files": { "lib.py": "def f(x): return x\n" },
        "hidden_files": { "hidden.py": "from lib import f\nprint('PASS one' if f(1) == 2 else 'FAIL one')\n" },
        "test_command": "python3 hidden.py",
        "FAIL_TO_PASS": ["one"],
        "PASS_TO_PASS": [],
        "patch": "--- a/lib.py\n+++ b/lib.py\n@@ -1 +1 @@\n-def f(x): return x\n+def f(x): return x + 1\n",
        "labels": { "bugs": 1 },
    })
}

/// Sends a signal to a process.
pub(crate) fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args([name, &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

/// The sandbox that this machine has.
pub(crate) fn sandbox() -> &'static str {
    if has_namespaces() { "namespaces" } else { "none" }
}

fn has_namespaces() -> bool {
    static FOUND: OnceLock<bool> = OnceLock::new();
    *FOUND.get_or_init(|| {
        let output =
            Command::new(env!("CARGO_BIN_EXE_turnwise")).args(["doctor", "--json"]).output().unwrap();
        let found: Value = serde_json::from_slice(&output.stdout).unwrap();
        found["sandbox"]["available"] == Value::Bool(true)
    })
}
