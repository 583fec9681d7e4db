//! What is done to and learned of the work tree in a container, by git in there.

use std::{sync::Arc, time::Duration};

use turnwise_core::WorkspaceState;

use super::{
    error::ContainerError,
    shell::{Shell, quoted},
};
use crate::{WorkspaceError, workspace::digest};

const GIT: &str = include_str!("git.sh");
/// Files that grew beyond this are left out of a patch, in blocks of 512 bytes; as those of local work trees.
const LARGE_BLOCKS: u32 = 8192;
/// A base without git.
const NO_GIT: &str = "no-git";

/// The work tree in a container: what it was, and what it was at the last look.
#[derive(Debug, Default)]
pub(super) struct Work {
    base: String,
    last: String,
    state: WorkspaceState,
}

impl Work {
    /// Removes what is in the task's future.
    pub(super) async fn hide_future(
        shell: &mut Shell,
        repack_kib: u64,
        limit: Duration,
    ) -> Result<(), ContainerError> {
        let script = format!(
            "command -v git >/dev/null || exit 0\nrepack_kib={repack_kib}\n{GIT}\n{}",
            include_str!("future.sh")
        );
        shell.script("take the future out of its repository", &script, limit).await.map(drop)
    }

    /// Keeps what the work tree is now; `None` where the image has no git.
    pub(super) async fn begin(shell: &mut Shell, limit: Duration) -> Result<Option<Self>, ContainerError> {
        const WHAT: &str = "keep what its work tree is at first";
        let script = format!(
            "command -v git >/dev/null || {{ echo {NO_GIT}; exit 0; }}\nlarge={LARGE_BLOCKS}\n{GIT}\n{}",
            include_str!("base.sh")
        );
        let said = shell.script(WHAT, &script, limit).await?;
        let said = String::from_utf8_lossy(&said);
        let last = said.lines().last().unwrap_or_default();
        if last == NO_GIT {
            return Ok(None);
        }
        if !is_hash(last) {
            return Err(ContainerError::Script { what: WHAT, said: last.to_owned() });
        }
        Ok(Some(Self { base: last.to_owned(), last: last.to_owned(), state: WorkspaceState::default() }))
    }

    /// The state of the work now.
    pub(super) async fn look(
        &mut self,
        shell: &mut Shell,
        limit: Duration,
    ) -> Result<WorkspaceState, ContainerError> {
        let Some((tree, diff)) = self.diff(shell, limit, false).await? else { return Ok(self.state.clone()) };
        let patch = match String::from_utf8(diff) {
            Ok(patch) => patch,
            Err(error) => {
                // Text in another encoding travels as binary data, so that nothing of it is lost.
                let binary = self.diff(shell, limit, true).await?.map(|(_, diff)| diff).unwrap_or_default();
                mixed(error.as_bytes(), &binary)
            }
        };
        self.state = WorkspaceState {
            patch_lines: count_lines(&patch),
            digest: digest(&patch),
            patch: Arc::from(patch),
        };
        self.last = tree;
        Ok(self.state.clone())
    }

    /// The tree of the work and its difference from the base; `None` where it is the same as at the last look.
    async fn diff(
        &self,
        shell: &mut Shell,
        limit: Duration,
        binary: bool,
    ) -> Result<Option<(String, Vec<u8>)>, ContainerError> {
        const WHAT: &str = "say what was changed in its work tree";
        let (base, last) = (&self.base, &self.last);
        let binary = if binary { "yes" } else { "no" };
        let script = format!(
            "base={base}\nlast={last}\nbinary={binary}\nlarge={LARGE_BLOCKS}\n{GIT}\n{}",
            include_str!("diff.sh")
        );
        let mut said = shell.script(WHAT, &script, limit).await?;
        let end = said.iter().position(|byte| *byte == b'\n').unwrap_or(said.len());
        let tree = String::from_utf8_lossy(&said[..end]).into_owned();
        if !is_hash(&tree) {
            return Err(ContainerError::Script { what: WHAT, said: tree });
        }
        said.drain(..(end + 1).min(said.len()));
        Ok((tree != self.last).then_some((tree, said)))
    }
}

/// How a patch has to fit.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fit {
    /// As `git apply` says.
    Exact,
    /// As SWE-bench's evaluation takes it.
    Lenient,
}

/// Applies a patch to the work tree.
pub(super) async fn apply(shell: &mut Shell, patch: &str, fit: Fit, limit: Duration) -> Result<(), Unfit> {
    if patch.trim().is_empty() {
        return Ok(());
    }
    // Without its last line break the last line of a diff cannot be told from a cut one.
    let end = if patch.ends_with('\n') { "" } else { "\n" };
    let path = format!("{}/patch", shell.store);
    shell.put(&path, &format!("{patch}{end}")).await?;
    let fit = match fit {
        Fit::Exact => "exact",
        Fit::Lenient => "lenient",
    };
    let script = format!("fit={fit}\n{GIT}\n{}", include_str!("apply.sh"));
    match shell.script("apply a patch", &script, limit).await {
        Ok(_) => Ok(()),
        Err(ContainerError::Script { said, .. }) => Err(Unfit::Patch(said)),
        Err(error) => Err(Unfit::Container(error)),
    }
}

/// Why a patch was not applied.
#[derive(Debug)]
pub(super) enum Unfit {
    /// It does not fit; what was said of it.
    Patch(String),
    /// That could not be tried.
    Container(ContainerError),
}

impl Unfit {
    /// As the failure of a task's environment.
    pub(super) fn of(task: &str) -> impl Fn(Self) -> turnwise_core::EnvError {
        move |unfit| match unfit {
            Self::Patch(said) => turnwise_core::EnvError::Workspace {
                task: task.to_owned(),
                source: Box::new(WorkspaceError::Patch { source: git2::Error::from_str(&said) }),
            },
            Self::Container(error) => ContainerError::of(task)(error),
        }
    }
}

impl From<ContainerError> for Unfit {
    fn from(error: ContainerError) -> Self {
        Self::Container(error)
    }
}

/// Runs a function of `tests.sh` on paths.
pub(super) async fn with_paths(
    shell: &mut Shell,
    function: &'static str,
    paths: &[String],
    limit: Duration,
) -> Result<(), ContainerError> {
    if paths.is_empty() {
        return Ok(());
    }
    let words: Vec<_> = paths.iter().map(|path| quoted(path)).collect();
    let script = format!("{}\n{function} {}", include_str!("tests.sh"), words.join(" "));
    shell.script("put the tests' files in their places", &script, limit).await.map(drop)
}

fn is_hash(text: &str) -> bool {
    text.len() >= 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// A diff of text, where the parts that are not UTF-8 are those of the diff of binary data.
fn mixed(text: &[u8], binary: &[u8]) -> String {
    let (text, binary) = (parts(text), parts(binary));
    let each = text.iter().enumerate().map(|(index, part)| match str::from_utf8(part) {
        Ok(part) => part.to_owned(),
        Err(_) => String::from_utf8_lossy(binary.get(index).unwrap_or(part)).into_owned(),
    });
    each.collect()
}

/// A diff in parts of one file each. In a diff's body no line begins so: there each has a sign in front.
fn parts(diff: &[u8]) -> Vec<&[u8]> {
    const BEGIN: &[u8] = b"diff --git ";
    let starts = (0..diff.len())
        .filter(|&at| diff[at..].starts_with(BEGIN) && (at == 0 || diff[at - 1] == b'\n'))
        .collect::<Vec<_>>();
    let ends = starts.iter().skip(1).copied().chain([diff.len()]);
    starts.iter().zip(ends).map(|(&start, end)| &diff[start..end]).collect()
}

/// Added plus removed lines; a change of binary data counts as one.
fn count_lines(patch: &str) -> u64 {
    let (mut lines, mut old, mut new) = (0, 0_u64, 0_u64);
    for line in patch.lines() {
        if old > 0 || new > 0 {
            let (is_old, is_new) = (!line.starts_with(['+', '\\']), !line.starts_with(['-', '\\']));
            lines += u64::from(is_old != is_new);
            old = old.saturating_sub(u64::from(is_old));
            new = new.saturating_sub(u64::from(is_new));
        } else if let Some((was, is)) = line.strip_prefix("@@ -").and_then(|rest| rest.split_once(" +")) {
            (old, new) = (length(was), length(is.split(' ').next().unwrap_or_default()));
        } else if line == "GIT binary patch" {
            lines += 1;
        }
    }
    lines
}

/// How many lines the range of a hunk has: `7,3` has three, `7` one.
fn length(range: &str) -> u64 {
    range.split_once(',').map_or(1, |(_, count)| count.parse().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::{count_lines, mixed};

    const TEXT: &str = "diff --git a/a b/a\nindex 1..2 100644\n--- a/a\n+++ b/a\n@@ -1,3 +1,2 @@ def f\n x\n--- y\n-z\n\
        +++ w\n\\ No newline at end of file\n@@ -9 +8 @@\n-u\n+v\n";

    #[test]
    fn lines_are_counted_in_hunks_only() {
        assert_eq!(count_lines(TEXT), 5);
        assert_eq!(count_lines(""), 0);
        let binary = "diff --git a/b b/b\nGIT binary patch\nliteral 3\nKcmZQ$\n\nliteral 0\nHcmV?d00001\n\n";
        assert_eq!(count_lines(&format!("{binary}{TEXT}")), 6);
    }

    #[test]
    fn what_is_not_text_is_taken_from_the_binary_diff() {
        let text = [TEXT.as_bytes(), b"diff --git a/l b/l\n@@ -1 +1 @@\n-\xe4\n+\xf6\n"].concat();
        let binary = b"diff --git a/a b/a\nGIT binary patch\nA\ndiff --git a/l b/l\nGIT binary patch\nL\n";
        assert_eq!(mixed(&text, binary), format!("{TEXT}diff --git a/l b/l\nGIT binary patch\nL\n"));
    }
}
