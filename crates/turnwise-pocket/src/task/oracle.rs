//! A long-lived Python process that says what programs print, so that thousands of tasks and expert runs
//! can be made in a minute. It runs the same scripts as the sandbox; a test compares the two.

use super::script;
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    io::{self, BufRead as _, BufReader, Write as _},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

const PROGRAM: &str = include_str!("../../python/oracle.py");

/// What a script printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Printed {
    /// Its standard output.
    pub output: String,
    /// Its exit status.
    pub status: i32,
}

/// The oracle's failure.
#[derive(Debug, thiserror::Error)]
pub enum OracleError {
    /// Python is not there.
    #[error("python3 could not be started; install Python 3 and try again")]
    Start(#[source] io::Error),
    /// The process died.
    #[error("the python3 process that checks generated programs died")]
    Gone(#[source] io::Error),
    /// It answered something else than was asked.
    #[error("the python3 process that checks generated programs answered something unreadable")]
    Answer(#[source] serde_json::Error),
    /// The program ran too long or broke the interpreter; such a program is of no use as a task.
    #[error("a generated program ended the interpreter with {kind}")]
    Program {
        /// The exception's name.
        kind: String,
    },
}

#[derive(Serialize)]
struct Request<'a> {
    files: &'a BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    script: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    modules: Option<&'a [String]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    texts: Option<&'a [String]>,
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    output: String,
    #[serde(default)]
    status: i32,
    #[serde(default)]
    values: Vec<String>,
    error: Option<String>,
}

/// The process.
#[derive(Debug)]
pub struct Oracle {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

impl Oracle {
    /// Starts the process.
    ///
    /// # Errors
    /// When python3 cannot be started.
    pub fn start() -> Result<Self, OracleError> {
        let mut child = Command::new(python())
            .args(["-I", "-S", "-c", PROGRAM])
            .env("PYTHONHASHSEED", "0")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(OracleError::Start)?;
        let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(OracleError::Start(io::Error::other("no pipe to the process")));
        };
        let mut oracle = Self { child, stdin, stdout: BufReader::new(stdout) };
        let runner = serde_json::Value::from(script::runner()).to_string();
        oracle.send(&runner)?;
        Ok(oracle)
    }

    /// What `script`, one of `files`, prints.
    ///
    /// # Errors
    /// When the process is gone, or the program does not end.
    pub fn run(&mut self, files: &BTreeMap<String, String>, script: &str) -> Result<Printed, OracleError> {
        let answer = self.ask(&Request { files, script: Some(script), modules: None, texts: None })?;
        Ok(Printed { output: answer.output, status: answer.status })
    }

    /// The values of the calls `texts` after importing `modules`, as Python shows them.
    ///
    /// # Errors
    /// When the process is gone, or the program does not end.
    pub fn values(
        &mut self,
        files: &BTreeMap<String, String>,
        modules: &[String],
        texts: &[String],
    ) -> Result<Vec<String>, OracleError> {
        let request = Request { files, script: None, modules: Some(modules), texts: Some(texts) };
        Ok(self.ask(&request)?.values)
    }

    fn ask(&mut self, request: &Request<'_>) -> Result<Answer, OracleError> {
        self.send(&serde_json::to_string(request).map_err(OracleError::Answer)?)?;
        let mut line = String::new();
        self.stdout.read_line(&mut line).map_err(OracleError::Gone)?;
        let answer: Answer = serde_json::from_str(&line).map_err(OracleError::Answer)?;
        match answer.error {
            Some(kind) => Err(OracleError::Program { kind }),
            None => Ok(answer),
        }
    }

    fn send(&mut self, line: &str) -> Result<(), OracleError> {
        self.stdin
            .write_all(line.as_bytes())
            .and_then(|()| self.stdin.write_all(b"\n"))
            .and_then(|()| self.stdin.flush())
            .map_err(OracleError::Gone)
    }
}

impl Drop for Oracle {
    fn drop(&mut self) {
        // The process is ours and holds nothing: an error here has no one left to matter to.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Debian's python3 where it is, so that the sandbox and the oracle run the same interpreter.
fn python() -> &'static str {
    let system = "/usr/bin/python3";
    if std::path::Path::new(system).exists() { system } else { "python3" }
}
