//! One writer at a time: an advisory lock on a file beside the database, with the writer's process id in it.
//!
//! The lock is not on the database itself, as closing any handle of that file would drop the locks SQLite holds on
//! it. The system drops the lock with the process, however it ends.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Read, Seek, Write},
    path::{Path, PathBuf},
};

use crate::StoreError;

/// The right to write to a database, until it is dropped.
#[derive(Debug)]
pub(crate) struct WriterLock {
    file: File,
    path: PathBuf,
}

impl WriterLock {
    /// Takes the lock of the database at `database`.
    ///
    /// # Errors
    /// When another writer has it, or the folder cannot be written.
    pub(crate) fn take(database: &Path) -> Result<Self, StoreError> {
        let path = lock_path(database);
        loop {
            let inaccessible = |source: io::Error| inaccessible(database, source);
            let file = OpenOptions::new()
                .read(true)
                .write(true)
                .create(true)
                .truncate(false)
                .open(&path)
                .map_err(inaccessible)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => {
                    return Err(StoreError::Locked { path: database.to_owned(), by: holder(database) });
                }
                Err(TryLockError::Error(source)) => return Err(inaccessible(source)),
            }
            // Its last owner may have removed it between our opening and our locking it.
            if is_still_at(&file, &path) {
                let mut lock = Self { file, path };
                lock.sign().map_err(inaccessible)?;
                return Ok(lock);
            }
        }
    }

    fn sign(&mut self) -> io::Result<()> {
        self.file.set_len(0)?;
        self.file.rewind()?;
        write!(self.file, "{}", std::process::id())
    }
}

impl Drop for WriterLock {
    fn drop(&mut self) {
        // Removed while still locked, so that no other writer's file is removed. A file left behind does no harm.
        let _removed = fs::remove_file(&self.path).is_ok();
    }
}

/// The process that writes to `database`, as its lock file says.
pub(crate) fn holder(database: &Path) -> Option<u32> {
    let mut text = String::new();
    File::open(lock_path(database)).ok()?.read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

fn lock_path(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push("-writer");
    PathBuf::from(name)
}

#[cfg(unix)]
fn is_still_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (file.metadata(), fs::metadata(path)) {
        (Ok(held), Ok(named)) => held.ino() == named.ino() && held.dev() == named.dev(),
        _ => false,
    }
}

#[cfg(not(unix))]
fn is_still_at(_file: &File, path: &Path) -> bool {
    path.exists()
}

fn inaccessible(database: &Path, source: io::Error) -> StoreError {
    let path = database.to_owned();
    if matches!(source.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) {
        StoreError::Full { path }
    } else {
        StoreError::Inaccessible { path, access: "written", source: Box::new(source) }
    }
}
