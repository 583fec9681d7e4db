//! The environment variables a command sees: the same on every machine, nothing of the harness's own.

use super::{config::SandboxKind, tools::Tools};

/// The variables, with `home` as the home folder and `tools` beside the machine's own.
pub(crate) fn variables(kind: SandboxKind, home: &str, tools: Option<&Tools>) -> Vec<(String, String)> {
    let path = match kind {
        SandboxKind::Namespaces => "/usr/local/bin:/usr/bin:/bin".to_owned(),
        // The machine's own programs may be anywhere, and nothing is hidden anyway.
        SandboxKind::None => "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin".to_owned(),
    };
    let path = match tools {
        Some(tools) => format!("{}:{path}", tools.programs.display()),
        None => path,
    };
    let fixed = FIXED.iter().map(|(name, value)| (*name, (*value).to_owned()));
    let own = [("PATH", path), ("HOME", home.to_owned()), ("PWD", home.to_owned())];
    let mut variables: Vec<_> = fixed.chain(own).map(|(name, value)| (name.to_owned(), value)).collect();
    variables.extend(tools.into_iter().flat_map(|tools| tools.variables.iter().cloned()));
    variables
}

const FIXED: [(&str, &str); 18] = [
    // Not LANG: each program would open a dozen locale files, at 0.4 ms a command, to no other effect.
    ("LC_CTYPE", "C.UTF-8"),
    ("TZ", "UTC"),
    ("TERM", "dumb"),
    ("USER", "agent"),
    ("PAGER", "cat"),
    ("COLUMNS", "100"),
    ("PYTHONDONTWRITEBYTECODE", "1"),
    ("PYTHONHASHSEED", "0"),
    ("GIT_PAGER", "cat"),
    ("GIT_TERMINAL_PROMPT", "0"),
    ("GIT_CONFIG_NOSYSTEM", "1"),
    // Commits made by the agent get the same hash in each run.
    ("GIT_AUTHOR_NAME", "agent"),
    ("GIT_AUTHOR_EMAIL", "agent@localhost"),
    ("GIT_AUTHOR_DATE", "1700000000 +0000"),
    ("GIT_COMMITTER_NAME", "agent"),
    ("GIT_COMMITTER_EMAIL", "agent@localhost"),
    ("GIT_COMMITTER_DATE", "1700000000 +0000"),
    ("GIT_EDITOR", "true"),
];
