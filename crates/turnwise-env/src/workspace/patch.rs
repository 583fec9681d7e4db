//! What was changed in a work tree since its base commit, as a unified diff, and the other way round.

use std::{
    collections::BTreeSet,
    fs::File,
    path::{Path, PathBuf},
    sync::Arc,
};

use git2::{ApplyLocation, Diff, DiffFormat, DiffOptions, Repository};
use sha2::{Digest, Sha256};
use turnwise_core::WorkspaceState;

use super::{
    WorkspaceError,
    make::{Base, init, open},
    scan::Scan,
};

/// Files that grew beyond this are left out of a patch, in bytes: they are data, not a repair.
const LARGEST: u64 = 4 << 20;

/// The work tree of a trial.
pub(crate) struct Workspace {
    dir: PathBuf,
    base: Arc<Base>,
    repo: Repository,
    clock: File,
    /// What it looked like before anybody worked in it; `None` until it was handed over.
    first: Option<Scan>,
    /// The last look; `None` before the first.
    seen: Option<Scan>,
    state: WorkspaceState,
}

impl Workspace {
    /// Makes a new work tree `dir`, and beside it a file to read the file system's clock from.
    pub(crate) fn make(base: Arc<Base>, dir: PathBuf) -> Result<Self, WorkspaceError> {
        base.copy_to(&dir)?;
        let repo = open(&base.dir)?;
        repo.set_workdir(&dir, false).map_err(WorkspaceError::git("look at the work tree"))?;
        let clock = dir.with_extension("clock");
        let clock = File::create(&clock).map_err(WorkspaceError::file(clock, "created"))?;
        Ok(Self { dir, base, repo, clock, first: None, seen: None, state: WorkspaceState::default() })
    }

    /// Remembers what it looks like: from here on only files that no longer look so are compared. To be called when it is
    /// complete and its owner's, before anybody works in it.
    pub(crate) fn hand_over(&mut self) -> Result<(), WorkspaceError> {
        let first = Scan::of(&self.dir, &self.clock).map_err(WorkspaceError::file(&self.dir, "read"))?;
        self.first = Some(first);
        Ok(())
    }

    /// The files it started from.
    pub(crate) fn base(&self) -> &Base {
        &self.base
    }

    /// Where it is.
    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    /// The state of the work now.
    pub(crate) fn state(&mut self) -> Result<WorkspaceState, WorkspaceError> {
        self.look()?;
        Ok(self.state.clone())
    }

    /// The changes as a unified diff that `git apply` takes.
    pub(crate) fn patch(&mut self) -> Result<String, WorkspaceError> {
        self.look()?;
        Ok(self.state.patch.to_string())
    }

    fn look(&mut self) -> Result<(), WorkspaceError> {
        let seen = Scan::of(&self.dir, &self.clock).map_err(WorkspaceError::file(&self.dir, "read"))?;
        if self.seen.as_ref().is_some_and(|earlier| seen.is_unchanged_since(earlier)) {
            return Ok(());
        }
        let mut lines = 0;
        let mut patch = String::new();
        for change in self.changes(&seen).map_err(WorkspaceError::git("compare the work with its base"))? {
            lines += change.lines;
            patch.push_str(&change.text);
        }
        self.state = WorkspaceState { patch_lines: lines, digest: digest(&patch), patch: patch.into() };
        self.seen = Some(seen);
        Ok(())
    }

    fn changes(&self, now: &Scan) -> Result<Vec<Change>, git2::Error> {
        let mut chosen = options();
        if let Some(first) = &self.first {
            let changed = first.files_changed_in(now);
            if changed.is_empty() {
                return Ok(Vec::new());
            }
            // Comparing all of a large work tree takes a read of all its files.
            for path in changed.iter().filter_map(|path| path.strip_prefix(&self.dir).ok()) {
                chosen.pathspec(path);
            }
        }
        let whole = self.diff(&mut chosen)?;
        let deltas: Vec<_> = whole.deltas().collect();
        let small = |delta: &&git2::DiffDelta<'_>| delta.new_file().size() <= LARGEST;
        if deltas.iter().all(|delta| small(&delta)) {
            return self.render(&whole);
        }
        let mut chosen = options();
        let mut any = false;
        for path in deltas.iter().filter(small).filter_map(|delta| delta.new_file().path_bytes()) {
            chosen.pathspec(path);
            any = true;
        }
        if any { self.render(&self.diff(&mut chosen)?) } else { Ok(Vec::new()) }
    }

    fn diff(&self, options: &mut DiffOptions) -> Result<Diff<'_>, git2::Error> {
        self.repo.diff_tree_to_workdir(Some(&self.repo.find_tree(self.base.tree)?), Some(options))
    }

    fn render(&self, diff: &Diff<'_>) -> Result<Vec<Change>, git2::Error> {
        let mut changes = Vec::new();
        for raw in raw_changes(diff)? {
            let text = match String::from_utf8(raw.bytes) {
                Ok(text) => text,
                // Text in another encoding travels as binary data, so that nothing of it is lost.
                Err(_) => {
                    let binary = self.diff(options().force_binary(true).pathspec(&raw.path))?;
                    let parts = raw_changes(&binary)?.into_iter();
                    parts.map(|part| String::from_utf8_lossy(&part.bytes).into_owned()).collect()
                }
            };
            changes.push(Change { text, lines: raw.lines });
        }
        Ok(changes)
    }
}

impl std::fmt::Debug for Workspace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Workspace").field("dir", &self.dir).field("base", &self.base).finish_non_exhaustive()
    }
}

/// Applies a unified diff to the files under `dir`, which need not be a repository.
///
/// # Errors
/// When the patch cannot be read or does not fit; then nothing is changed.
pub fn apply_patch(dir: &Path, diff: &str) -> Result<(), WorkspaceError> {
    if diff.trim().is_empty() {
        return Ok(());
    }
    let text = with_git_headers(diff);
    let unread = |source| unfit(&text, source, |source| WorkspaceError::NoPatch { source });
    let unfit = |source| unfit(&text, source, |source| WorkspaceError::Patch { source });
    let diff = Diff::from_buffer(text.as_bytes()).map_err(unread)?;
    if diff.deltas().len() == 0 {
        let source = git2::Error::from_str("it names no file");
        return Err(WorkspaceError::NoPatch { source });
    }
    // A repository of its own, as the one in `dir` may be in any state.
    let scratch = tempfile::tempdir().map_err(WorkspaceError::file(dir, "patched"))?;
    let repo = init(scratch.path())?;
    repo.set_workdir(dir, false).map_err(WorkspaceError::git("look at the work tree"))?;
    repo.apply(&diff, ApplyLocation::WorkDir, None).map_err(unfit)
}

/// The files that a patch changes, makes or removes, each once.
///
/// # Errors
/// When it is no patch.
pub(crate) fn touched_paths(diff: &str) -> Result<BTreeSet<String>, WorkspaceError> {
    if diff.trim().is_empty() {
        return Ok(BTreeSet::new());
    }
    let text = with_git_headers(diff);
    let diff = Diff::from_buffer(text.as_bytes())
        .map_err(|source| unfit(&text, source, |source| WorkspaceError::NoPatch { source }))?;
    let sides = diff.deltas().flat_map(|delta| {
        [delta.old_file(), delta.new_file()]
            .map(|file| file.path().map(|path| path.to_string_lossy().into_owned()))
    });
    Ok(sides.flatten().collect())
}

/// What is wrong with a patch that is not taken.
fn unfit(diff: &str, source: git2::Error, otherwise: fn(git2::Error) -> WorkspaceError) -> WorkspaceError {
    let mut lines = diff.split('\n');
    if lines.clone().any(|line| line.starts_with("Binary files ") && line.trim_end().ends_with(" differ")) {
        return WorkspaceError::PatchWithoutData { source };
    }
    match lines.any(|line| line.starts_with("@@ ") && line.ends_with('\r')) {
        true => WorkspaceError::PatchLineEnds { source },
        false => otherwise(source),
    }
}

/// A diff by `diff -u` with the headers that git gives its own.
fn with_git_headers(diff: &str) -> String {
    // Without its last line break the last line of a diff cannot be told from a cut one.
    let end = if diff.ends_with('\n') { "" } else { "\n" };
    if diff.lines().any(|line| line.starts_with("diff --git ")) {
        return format!("{diff}{end}");
    }
    let mut lines = diff.split_inclusive('\n').peekable();
    let mut text = String::new();
    while let Some(line) = lines.next() {
        let old = line.strip_prefix("--- ");
        let new = lines.peek().and_then(|next| next.strip_prefix("+++ ")).filter(|_| old.is_some());
        if let (Some(old), Some(new)) = (old, new) {
            text.push_str(&git_header(plain_path(old), plain_path(new)));
            lines.next();
        } else {
            text.push_str(line);
        }
    }
    text + end
}

/// The path in a `---` or `+++` line, without its prefix and date; `None` for no file.
fn plain_path(name: &str) -> Option<&str> {
    let name = name.split(['\t', '\r', '\n']).next().unwrap_or_default();
    let plain = name.strip_prefix("a/").or(name.strip_prefix("b/")).unwrap_or(name);
    (plain != "/dev/null").then_some(plain)
}

fn git_header(old: Option<&str>, new: Option<&str>) -> String {
    let path = new.or(old).unwrap_or_default();
    let (kind, from, to) = match (old, new) {
        (None, _) => ("new file mode 100644\n", "/dev/null".to_owned(), format!("b/{path}")),
        (_, None) => ("deleted file mode 100644\n", format!("a/{path}"), "/dev/null".to_owned()),
        _ => ("", format!("a/{path}"), format!("b/{path}")),
    };
    format!("diff --git a/{path} b/{path}\n{kind}--- {from}\n+++ {to}\n")
}

/// The change of one file.
struct Change {
    text: String,
    lines: u64,
}

struct RawChange {
    path: Vec<u8>,
    bytes: Vec<u8>,
    lines: u64,
}

fn options() -> DiffOptions {
    let mut options = DiffOptions::new();
    options.include_untracked(true).recurse_untracked_dirs(true).show_untracked_content(true);
    options.show_binary(true).ignore_submodules(true).disable_pathspec_match(true).include_typechange(true);
    options
}

fn raw_changes(diff: &Diff<'_>) -> Result<Vec<RawChange>, git2::Error> {
    let mut changes: Vec<RawChange> = Vec::new();
    diff.print(DiffFormat::Patch, |delta, _, line| {
        let path = delta.new_file().path_bytes().or(delta.old_file().path_bytes()).unwrap_or_default();
        let origin = line.origin();
        if origin == 'F' || changes.is_empty() {
            changes.push(RawChange { path: path.to_vec(), bytes: Vec::new(), lines: 0 });
        }
        if let Some(change) = changes.last_mut() {
            if matches!(origin, '+' | '-' | ' ') {
                change.bytes.extend(u8::try_from(origin));
            }
            change.bytes.extend_from_slice(line.content());
            // A change of binary data counts as one line.
            change.lines += u64::from(matches!(origin, '+' | '-' | 'B'));
        }
        true
    })?;
    Ok(changes)
}

/// The digest of a patch, as [`WorkspaceState`] has it.
pub(crate) fn digest(patch: &str) -> String {
    if patch.is_empty() { String::new() } else { hex(&Sha256::digest(patch)) }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
