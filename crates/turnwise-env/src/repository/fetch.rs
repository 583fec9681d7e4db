//! Fetches one commit without its history into the cache, by the program `git`, which brings the user's credentials, proxies and
//! certificates along.

use std::{
    path::Path,
    process::{Command, Output, Stdio},
};

use super::RepositoryError;

/// Fetches `revision` of `repo` from `url` into the bare repository `place`, which is made if it is not there.
pub(super) fn commit(place: &Path, repo: &str, revision: &str, url: &str) -> Result<(), RepositoryError> {
    let failed = |said: String| RepositoryError::Fetch { repo: repo.to_owned(), url: url.to_owned(), said };
    let git = |arguments: &[&str]| {
        run(arguments).map_err(|source| RepositoryError::NoGit { repo: repo.to_owned(), source })
    };
    let folder = place.to_string_lossy();
    let made = git(&["init", "--bare", "--quiet", &folder])?;
    if !made.status.success() {
        return Err(failed(last_line(&made)));
    }
    // Kept under a name of its own, so that no clean-up of the cache takes it away.
    let keep = format!("+{revision}:refs/turnwise/{revision}");
    let fetched = git(&["-C", &folder, "fetch", "--quiet", "--depth=1", "--no-tags", url, &keep])?;
    if fetched.status.success() { Ok(()) } else { Err(failed(last_line(&fetched))) }
}

fn run(arguments: &[&str]) -> std::io::Result<Output> {
    // Nobody is there to be asked for a password.
    Command::new("git").args(arguments).env("GIT_TERMINAL_PROMPT", "0").stdin(Stdio::null()).output()
}

fn last_line(output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stderr);
    said.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("git said nothing").trim().to_owned()
}
