//! Whole trees of files: copied, given away, laid over, removed. Never follows a symbolic link, as the
//! agent may have put one anywhere.

use std::{
    fs::{self, File, FileTimes, Metadata, Permissions},
    io,
    os::unix::fs::{MetadataExt, PermissionsExt, lchown, symlink},
    path::Path,
    time::{Duration, SystemTime},
};

use turnwise_core::{TaskFile, TestAsset};

use super::{
    WorkspaceError,
    base::{BASE_TIME, path_parts},
};

/// Copies the files, folders and links under `from` to the new folder `to`; the files get the time of the
/// base commit, so that they look the same in each run.
pub(crate) fn copy_tree(from: &Path, to: &Path) -> Result<(), WorkspaceError> {
    copy(from, to, &|_| true)
}

/// Copies a work tree without its `.git`. Nothing of the agent's may run any more, as what is unreadable
/// is made readable first.
pub(crate) fn copy_without_git(from: &Path, to: &Path) -> Result<(), WorkspaceError> {
    copy(from, to, &|path| path != from.join(".git"))
}

/// Gives everything under `dir`, and itself, to a user and its group.
pub(crate) fn give_to(dir: &Path, id: u32) -> Result<(), WorkspaceError> {
    lchown(dir, Some(id), Some(id)).map_err(WorkspaceError::file(dir, "given to the sandbox's user"))?;
    if !is_folder(dir) {
        return Ok(());
    }
    for_each_entry(dir, |path| give_to(path, id))
}

/// Writes `files` over what is under `dir`. Whatever stands in the way, links above all, is removed.
pub(crate) fn lay_over(dir: &Path, files: &[TaskFile]) -> Result<(), WorkspaceError> {
    files.iter().try_for_each(|file| write_over(dir, path_parts(&file.path)?, file.content.as_bytes()))
}

/// Copies assets of the hidden tests over what is under `dir`, as [`lay_over`] writes files.
pub(crate) fn lay_assets(dir: &Path, assets: &[TestAsset]) -> Result<(), WorkspaceError> {
    assets.iter().try_for_each(|asset| {
        let content = fs::read(&asset.source).map_err(WorkspaceError::file(&asset.source, "read"))?;
        write_over(dir, path_parts(&asset.path)?, &content)
    })
}

fn write_over(dir: &Path, mut parts: Vec<&str>, content: &[u8]) -> Result<(), WorkspaceError> {
    let name = parts.pop().unwrap_or_default();
    let mut folder = dir.to_owned();
    for part in parts {
        folder.push(part);
        if !is_folder(&folder) {
            remove_tree(&folder)?;
            fs::create_dir(&folder).map_err(WorkspaceError::file(&folder, "created"))?;
        }
    }
    let place = folder.join(name);
    remove_tree(&place)?;
    fs::write(&place, content).map_err(WorkspaceError::file(&place, "written"))
}

/// Makes `path` under `dir` what it is under `base`: a file, or not there.
pub(crate) fn put_back(base: &Path, dir: &Path, path: &str) -> Result<(), WorkspaceError> {
    let parts = path_parts(path)?;
    let (from, place) = (base.join(path), dir.join(path));
    if !fs::symlink_metadata(&from).is_ok_and(|found| found.is_file()) {
        // Below a link of the agent's there is nothing of ours to remove.
        let inside = parts.iter().rev().skip(1).rev().try_fold(dir.to_owned(), |folder, part| {
            Some(folder.join(part)).filter(|folder| is_folder(folder))
        });
        return if inside.is_some() { remove_tree(&place) } else { Ok(()) };
    }
    let content = fs::read(&from).map_err(WorkspaceError::file(&from, "read"))?;
    write_over(dir, parts, &content)?;
    let mode = fs::metadata(&from).map_err(WorkspaceError::file(&from, "read"))?.permissions();
    fs::set_permissions(&place, mode).map_err(WorkspaceError::file(place, "written"))
}

/// Removes a file, a link or a whole tree, even where its folders were made unreadable.
pub(crate) fn remove_tree(path: &Path) -> Result<(), WorkspaceError> {
    if !is_folder(path) {
        return gone(fs::remove_file(path)).map_err(WorkspaceError::file(path, "removed"));
    }
    if gone(fs::remove_dir_all(path)).is_ok() {
        return Ok(());
    }
    // If this fails, so does the removal, which says why.
    drop(fs::set_permissions(path, Permissions::from_mode(0o700)));
    for_each_entry(path, remove_tree)?;
    gone(fs::remove_dir(path)).map_err(WorkspaceError::file(path, "removed"))
}

/// A name for a file, from somebody's words.
pub(crate) fn plain_name(words: &str) -> String {
    words.chars().map(|c| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '_' }).collect()
}

/// Whether this is a folder, and not a link to one.
pub(crate) fn is_folder(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|found| found.is_dir())
}

/// An agent may take its own right to read away, which is the harness's too where it is not root.
fn make_readable(path: &Path, meta: &Metadata) {
    let needed = match meta.is_dir() {
        true => 0o700,
        false => 0o400,
    };
    if (meta.is_dir() || meta.is_file()) && meta.mode() & needed != needed {
        // If this fails, so does the reading, which says why.
        drop(fs::set_permissions(path, Permissions::from_mode(meta.mode() & 0o7777 | needed)));
    }
}

fn copy(from: &Path, to: &Path, wanted: &dyn Fn(&Path) -> bool) -> Result<(), WorkspaceError> {
    fs::create_dir(to).map_err(WorkspaceError::file(to, "created"))?;
    for_each_entry(from, |path| {
        let Some(name) = path.file_name().filter(|_| wanted(path)) else { return Ok(()) };
        let place = to.join(name);
        let found = fs::symlink_metadata(path).map_err(WorkspaceError::file(path, "read"))?;
        make_readable(path, &found);
        let copied = match found.file_type() {
            kind if kind.is_dir() => return copy(path, &place, wanted),
            kind if kind.is_file() => copy_file(path, &place),
            kind if kind.is_symlink() => fs::read_link(path).and_then(|target| symlink(target, &place)),
            // Pipes, sockets and devices are no part of the work.
            _ => Ok(()),
        };
        copied.map_err(WorkspaceError::file(path, "copied"))
    })
}

fn copy_file(from: &Path, to: &Path) -> io::Result<()> {
    fs::copy(from, to)?;
    let mut permissions = fs::metadata(to)?.permissions();
    permissions.set_mode(permissions.mode() & 0o777 | 0o400);
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(BASE_TIME.unsigned_abs());
    File::open(to)?.set_times(FileTimes::new().set_modified(time).set_accessed(time))?;
    fs::set_permissions(to, permissions)
}

fn for_each_entry(
    dir: &Path,
    mut visit: impl FnMut(&Path) -> Result<(), WorkspaceError>,
) -> Result<(), WorkspaceError> {
    for entry in fs::read_dir(dir).map_err(WorkspaceError::file(dir, "read"))? {
        visit(&entry.map_err(WorkspaceError::file(dir, "read"))?.path())?;
    }
    Ok(())
}

fn gone(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}
