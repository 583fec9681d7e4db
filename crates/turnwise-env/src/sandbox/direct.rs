//! Commands that need no shell. Starting a program costs more than anything else in a turn, and most
//! actions are as plain as `cat file.py`; those start the program itself and save the shell's start.
//!
//! Only where nobody can tell the difference: whatever a shell would look at, it gets.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use nix::sys::signal::Signal;

/// A command that is a program and its arguments.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Direct<'a> {
    /// The program's file.
    pub(crate) program: PathBuf,
    /// Its name, as it was called.
    pub(crate) name: &'a str,
    /// Its arguments.
    pub(crate) arguments: Vec<&'a str>,
}

/// Takes a command apart, if it means the same with and without a shell.
pub(crate) fn without_shell<'a>(command: &'a str, path: &str) -> Option<Direct<'a>> {
    let command = command.trim_matches([' ', '\n']);
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b" _-./,:@%+=".contains(&byte);
    if !command.bytes().all(plain) {
        return None;
    }
    let mut words = command.split(' ').filter(|word| !word.is_empty());
    let name = words.next()?;
    if name.contains(['/', '=']) || SHELLS_OWN.contains(&name) {
        return None;
    }
    let program = path.split(':').map(|folder| Path::new(folder).join(name)).find(|file| is_program(file))?;
    Some(Direct { program, name, arguments: words.collect() })
}

/// What a shell says when a signal ended a program.
pub(crate) fn last_words(signal: Signal) -> &'static str {
    SIGNALS.iter().find(|(known, _)| *known == signal).map_or("", |(_, words)| words)
}

fn is_program(file: &Path) -> bool {
    fs::metadata(file).is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

const SIGNALS: [(Signal, &str); 9] = [
    (Signal::SIGABRT, "Aborted\n"),
    (Signal::SIGBUS, "Bus error\n"),
    (Signal::SIGFPE, "Floating point exception\n"),
    (Signal::SIGILL, "Illegal instruction\n"),
    (Signal::SIGKILL, "Killed\n"),
    (Signal::SIGSEGV, "Segmentation fault\n"),
    (Signal::SIGTERM, "Terminated\n"),
    (Signal::SIGXCPU, "CPU time limit exceeded\n"),
    (Signal::SIGXFSZ, "File size limit exceeded\n"),
];

/// Words that one shell or another does not look for on the path.
#[rustfmt::skip]
const SHELLS_OWN: [&str; 80] = [
    ".", ":", "alias", "bg", "bind", "break", "builtin", "caller", "case", "cd", "chdir", "command", "compgen",
    "complete", "compopt", "continue", "coproc", "declare", "dirs", "disown", "do", "done", "echo", "elif", "else",
    "enable", "esac", "eval", "exec", "exit", "export", "false", "fc", "fg", "fi", "for", "function", "getopts",
    "hash", "help", "history", "if", "in", "jobs", "kill", "let", "local", "logout", "mapfile", "popd", "printf",
    "pushd", "pwd", "read", "readarray", "readonly", "return", "select", "set", "shift", "shopt", "source",
    "suspend", "test", "then", "time", "times", "trap", "true", "type", "typeset", "ulimit", "umask", "unalias",
    "unset", "until", "wait", "while", "print", "whence",
];

#[cfg(test)]
mod tests {
    use super::without_shell;

    fn arguments(command: &str) -> Option<Vec<&str>> {
        without_shell(command, "/nowhere:/usr/bin:/bin").map(|direct| direct.arguments)
    }

    #[test]
    fn plain_commands_need_no_shell() {
        assert_eq!(arguments("cat a.py"), Some(vec!["a.py"]));
        assert_eq!(
            arguments("  ls  -la --color=never src/x_1.py \n"),
            Some(vec!["-la", "--color=never", "src/x_1.py"])
        );
        let direct = without_shell("ls", "/nowhere:/usr/bin:/bin").unwrap();
        assert_eq!((direct.name, direct.program.to_str()), ("ls", Some("/usr/bin/ls")));
    }

    #[test]
    fn whatever_a_shell_would_look_at_it_gets() {
        for command in [
            "",
            "cat *.py",
            "cat ~/x",
            "cat $HOME",
            "cat 'a'",
            "cat a | wc",
            "cat a; ls",
            "cat a\nls",
            "cat a > b",
            "A=1 cat a",
            "cat a &",
            "cat {a,b}",
            "cat a\\ b",
            "cat [ab]",
            "cat a #b",
            "! cat a",
            "cat `ls`",
            "cat\ta",
            "cd src",
            "echo a",
            "test -e a",
            "time ls",
            "./run",
            "/bin/ls",
            "no-such-program a",
            "caté",
            "cat a?",
        ] {
            assert_eq!(arguments(command), None, "{command}");
        }
    }
}
