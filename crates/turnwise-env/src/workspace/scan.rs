//! A cheap look at a work tree: enough to see that nothing was changed since the last look, without
//! reading any file. It changes nothing, as the agent's processes may be at work at the same time.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use nix::sys::{stat::futimens, time::TimeSpec};

/// Changes closer together than this may carry the same time, in nanoseconds: the kernel's clock for
/// files ticks every 1 to 10 ms.
const TICK_NS: i128 = 20_000_000;

/// What a work tree looked like.
#[derive(Debug)]
pub(crate) struct Scan {
    entries: Vec<Entry>,
    /// Whether a further change might go unseen, because the last one was only just now.
    is_fresh: bool,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    path: PathBuf,
    mode: u32,
    size: u64,
    inode: u64,
    modified: i128,
    changed: i128,
}

impl Scan {
    /// Looks at everything under `dir` but `.git`. `clock` is an open file of the same file system that
    /// is nobody else's: touching it tells the file system's time.
    pub(crate) fn of(dir: &Path, clock: &File) -> io::Result<Self> {
        let mut entries = Vec::new();
        look(dir, &dir.join(".git"), &mut entries)?;
        entries.sort();
        futimens(clock, &TimeSpec::UTIME_NOW, &TimeSpec::UTIME_NOW)?;
        let now = changed(&clock.metadata()?);
        let is_fresh = entries.iter().any(|entry| entry.changed > now - TICK_NS);
        Ok(Self { entries, is_fresh })
    }

    /// Whether nothing can have been changed between an earlier look and this one.
    pub(crate) fn is_unchanged_since(&self, earlier: &Self) -> bool {
        !earlier.is_fresh && self.entries == earlier.entries
    }
}

impl Scan {
    /// What are no folders and differ between this look and a later one, or are in one of them only.
    pub(crate) fn files_changed_in<'a>(&'a self, later: &'a Self) -> BTreeSet<&'a Path> {
        let (before, after) = (self.files(), later.files());
        let one_sided = |a: &BTreeSet<&'a Entry>, b: &BTreeSet<&'a Entry>| -> Vec<&'a Path> {
            a.difference(b).map(|entry| entry.path.as_path()).collect()
        };
        one_sided(&before, &after).into_iter().chain(one_sided(&after, &before)).collect()
    }

    fn files(&self) -> BTreeSet<&Entry> {
        self.entries.iter().filter(|entry| entry.mode & libc::S_IFMT != libc::S_IFDIR).collect()
    }
}

fn look(dir: &Path, git: &Path, entries: &mut Vec<Entry>) -> io::Result<()> {
    for found in fs::read_dir(dir)? {
        let path = found?.path();
        if path == git {
            continue;
        }
        // Daemons of the agent may remove files at any moment.
        let Ok(meta) = fs::symlink_metadata(&path) else { continue };
        if meta.is_dir() {
            look(&path, git, entries)?;
        }
        let modified = i128::from(meta.mtime()) * 1_000_000_000 + i128::from(meta.mtime_nsec());
        let (mode, size, inode, changed) = (meta.mode(), meta.size(), meta.ino(), changed(&meta));
        entries.push(Entry { path, mode, size, inode, modified, changed });
    }
    Ok(())
}

fn changed(meta: &fs::Metadata) -> i128 {
    i128::from(meta.ctime()) * 1_000_000_000 + i128::from(meta.ctime_nsec())
}
