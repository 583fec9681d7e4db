//! The few shell commands that the expert uses, carried out in memory so that a run costs no process.
//! What they print is what a real shell prints; a test plays expert runs in the sandbox and compares.

use crate::task::{Oracle, OracleError};
use std::collections::BTreeMap;

/// A work tree in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shell {
    files: BTreeMap<String, String>,
}

impl Shell {
    /// A work tree with these files, path to text.
    pub fn new(files: BTreeMap<String, String>) -> Self {
        Self { files }
    }

    /// The files, path to text.
    pub fn files(&self) -> &BTreeMap<String, String> {
        &self.files
    }

    /// The lines of a file; empty if there is none.
    pub fn lines(&self, path: &str) -> Vec<&str> {
        self.files.get(path).map_or(Vec::new(), |text| text.lines().collect())
    }

    /// Runs a command line of the forms the expert writes (`a && b`, `a; b`) and gives its output.
    ///
    /// # Errors
    /// When the oracle fails.
    pub fn run(&mut self, command: &str, oracle: &mut Oracle) -> Result<String, OracleError> {
        if let Some((first, second)) = split(command, " && ") {
            let (mut output, status) = self.one(first, oracle)?;
            if status == 0 {
                output.push_str(&self.run(second, oracle)?);
            }
            return Ok(output);
        }
        if let Some((first, second)) = split(command, "; ") {
            let (output, _) = self.one(first, oracle)?;
            return Ok(output + &self.run(second, oracle)?);
        }
        Ok(self.one(command, oracle)?.0)
    }

    fn one(&mut self, command: &str, oracle: &mut Oracle) -> Result<(String, i32), OracleError> {
        if command == "ls" {
            return Ok((self.files.keys().map(|path| format!("{path}\n")).collect(), 0));
        }
        if let Some(path) = command.strip_prefix("grep -n \"\" ") {
            return Ok(self.numbered(path));
        }
        if let Some(script) = command.strip_prefix("python3 ") {
            let printed = oracle.run(&self.files, script)?;
            return Ok((printed.output, printed.status));
        }
        if let Some((line, text, path)) = edit(command) {
            return Ok(self.replace(line, text, path));
        }
        Ok((format!("sh: 1: {command}: not found\n"), 127))
    }

    fn numbered(&self, path: &str) -> (String, i32) {
        match self.files.get(path) {
            Some(text) => {
                (text.lines().enumerate().map(|(n, line)| format!("{}:{line}\n", n + 1)).collect(), 0)
            }
            None => (format!("grep: {path}: No such file or directory\n"), 2),
        }
    }

    fn replace(&mut self, line: usize, new: &str, path: &str) -> (String, i32) {
        let Some(text) = self.files.get_mut(path) else {
            return (format!("sed: can't read {path}: No such file or directory\n"), 2);
        };
        let lines = text.lines().enumerate().map(|(n, old)| if n + 1 == line { new } else { old });
        *text = lines.map(|line| format!("{line}\n")).collect();
        (String::new(), 0)
    }
}

/// Splits at the first separator outside single quotes.
fn split<'a>(command: &'a str, separator: &str) -> Option<(&'a str, &'a str)> {
    let outside = |at: usize| command[..at].matches('\'').count().is_multiple_of(2);
    let at = command.match_indices(separator).map(|(at, _)| at).find(|&at| outside(at))?;
    Some((&command[..at], &command[at + separator.len()..]))
}

/// Reads `sed -i 'Nc\TEXT' PATH`.
fn edit(command: &str) -> Option<(usize, &str, &str)> {
    let (line, rest) = command.strip_prefix("sed -i '")?.split_once("c\\")?;
    let (text, path) = rest.rsplit_once("' ")?;
    Some((line.parse().ok()?, text, path))
}
