//! The folder of this process, in which all its trials live. It goes when the process ends; what
//! processes that were killed have left is removed by the next one.

use std::{
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
};

use tempfile::TempDir;

use crate::workspace::remove_tree;

const PREFIX: &str = "turnwise-env-";
const LOCK: &str = "lock";

/// The folder of this process. Dropping it removes it.
#[derive(Debug)]
pub(crate) struct TempRoot {
    dir: TempDir,
    /// Held as long as the process lives: a folder whose lock is free belongs to nobody any more.
    _lock: File,
}

impl TempRoot {
    /// Removes what dead processes left in `parent` and makes a new folder there.
    pub(crate) fn new(parent: &Path) -> io::Result<Self> {
        for entry in fs::read_dir(parent)?.flatten() {
            if entry.file_name().to_string_lossy().starts_with(PREFIX) {
                remove_if_abandoned(&entry.path());
            }
        }
        let dir = tempfile::Builder::new().prefix(PREFIX).tempdir_in(parent)?;
        // It gets its name only once it is held: others remove a folder whose lock is free.
        let unnamed = dir.path().join("new-lock");
        let lock = File::create(&unnamed)?;
        lock.lock()?;
        fs::rename(unnamed, dir.path().join(LOCK))?;
        Ok(Self { dir, _lock: lock })
    }

    /// Where it is.
    pub(crate) fn path(&self) -> PathBuf {
        self.dir.path().to_owned()
    }
}

impl Drop for TempRoot {
    fn drop(&mut self) {
        if let Err(error) = remove_tree(self.dir.path()) {
            tracing::warn!(%error, "the folder of the trials could not be removed");
        }
    }
}

/// Leaves alone what belongs to a living process, to another user, or has no lock yet.
fn remove_if_abandoned(dir: &Path) {
    let Ok(lock) = File::open(dir.join(LOCK)) else { return };
    match lock.try_lock() {
        Ok(()) => {
            if let Err(error) = remove_tree(dir) {
                tracing::warn!(%error, "what an earlier run left could not be removed");
            }
        }
        Err(TryLockError::WouldBlock | TryLockError::Error(_)) => {}
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{LOCK, PREFIX, TempRoot};

    #[test]
    fn what_dead_processes_left_goes_and_what_the_living_have_stays() {
        let parent = tempfile::tempdir().unwrap();
        let dead = parent.path().join(format!("{PREFIX}dead"));
        fs::create_dir_all(dead.join("trial/ws")).unwrap();
        fs::write(dead.join(LOCK), "").unwrap();
        let living = TempRoot::new(parent.path()).unwrap();
        assert!(!dead.exists());
        let other = TempRoot::new(parent.path()).unwrap();
        assert!(living.path().exists());
        drop((living, other));
        assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 0);
    }
}
