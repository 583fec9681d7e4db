//! The cache of the hub's files, in the layout of Hugging Face's own libraries: `blobs` by their hash,
//! `snapshots` of commits as links to them, and `refs` from revisions to commits.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File},
    io,
    os::unix::fs::symlink,
    path::{Component, Path, PathBuf},
};

use serde::Deserialize;

use super::{HubError, HubSpec, INDEX, REQUIRED, WEIGHTS};

/// A repository's part of the cache.
pub(super) struct Repository<'a> {
    spec: &'a HubSpec,
    root: PathBuf,
    locks: PathBuf,
}

impl<'a> Repository<'a> {
    pub(super) fn new(cache: &Path, spec: &'a HubSpec) -> Self {
        let folder = format!("models--{}", spec.repo.replace('/', "--"));
        Self { spec, root: cache.join(&folder), locks: cache.join(".locks").join(folder) }
    }

    pub(super) fn spec(&self) -> &HubSpec {
        self.spec
    }

    /// The folder of a commit.
    pub(super) fn snapshot(&self, commit: &str) -> PathBuf {
        self.root.join("snapshots").join(commit)
    }

    /// Where a file of this hash is kept.
    pub(super) fn blob(&self, etag: &str) -> PathBuf {
        self.root.join("blobs").join(etag)
    }

    /// The folder of the revision, or the GGUF file in it, when everything that the model is loaded from is there.
    pub(super) fn complete(&self) -> Result<PathBuf, HubError> {
        let missing = |file: &str| HubError::NotCached {
            repo: self.spec.repo.clone(),
            revision: self.spec.revision.clone(),
            file: file.to_owned(),
            cache: self.root.clone(),
        };
        let commit = match is_commit(&self.spec.revision) {
            true => self.spec.revision.clone(),
            false => {
                let wanted = self.spec.file.as_deref().unwrap_or(REQUIRED[0]);
                fs::read_to_string(self.reference()).map_err(|_| missing(wanted))?.trim().to_owned()
            }
        };
        let folder = self.snapshot(&commit);
        if let Some(file) = &self.spec.file {
            let path = folder.join(file);
            return if path.exists() { Ok(path) } else { Err(missing(file)) };
        }
        let index = folder.join(INDEX);
        let weights = match index.exists() {
            true => shards(&index)?,
            false => BTreeSet::from([WEIGHTS.to_owned()]),
        };
        let needed = REQUIRED.into_iter().chain(weights.iter().map(String::as_str));
        match needed.into_iter().find(|file| !folder.join(file).exists()) {
            Some(file) => Err(missing(file)),
            None => Ok(folder),
        }
    }

    /// Keeps other processes from downloading the same file until the answer is dropped.
    pub(super) fn lock(&self, etag: &str) -> Result<File, HubError> {
        let path = self.locks.join(format!("{etag}.lock"));
        let lock = || {
            fs::create_dir_all(&self.locks)?;
            let file = File::options().create(true).append(true).open(&path)?;
            file.lock()?;
            Ok(file)
        };
        lock().map_err(|source| HubError::Disk { path: path.clone(), source })
    }

    /// Puts a file into the snapshot of a commit.
    pub(super) fn link(&self, commit: &str, file: &str, etag: &str) -> Result<PathBuf, HubError> {
        let path = self.snapshot(commit).join(file);
        // Up from the file's folder to the repository's.
        let up = "../".repeat(2 + file.matches('/').count());
        let blob = Path::new(&up).join("blobs").join(etag);
        let link = || {
            path.parent().map_or(Ok(()), fs::create_dir_all)?;
            match symlink(&blob, &path) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.exists() => Ok(()),
                // A link to something that is no more.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    fs::remove_file(&path)?;
                    symlink(&blob, &path)
                }
                other => other,
            }
        };
        match link() {
            Ok(()) => Ok(path),
            Err(source) => Err(HubError::Disk { path, source }),
        }
    }

    /// Notes which commit the revision is now.
    pub(super) fn remember(&self, commit: &str) -> Result<(), HubError> {
        if is_commit(&self.spec.revision) {
            return Ok(());
        }
        let path = self.reference();
        let write = || {
            path.parent().map_or(Ok(()), fs::create_dir_all)?;
            fs::write(&path, commit)
        };
        write().map_err(|source| HubError::Disk { path: path.clone(), source })
    }

    fn reference(&self) -> PathBuf {
        self.root.join("refs").join(&self.spec.revision)
    }
}

/// Whether a revision is a commit's hash.
pub(super) fn is_commit(revision: &str) -> bool {
    revision.len() == 40 && revision.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[derive(Deserialize)]
struct ShardIndex {
    weight_map: BTreeMap<String, String>,
}

/// The files that a list of shards names. None of them may lead out of the folder.
pub(super) fn shards(index: &Path) -> Result<BTreeSet<String>, HubError> {
    let bad = || HubError::Index { path: index.to_owned() };
    let text = fs::read(index).map_err(|_| bad())?;
    let list: ShardIndex = serde_json::from_slice(&text).map_err(|_| bad())?;
    let files: BTreeSet<String> = list.weight_map.into_values().collect();
    match files.iter().all(|file| is_plain(file)) {
        true => Ok(files),
        false => Err(bad()),
    }
}

/// Whether a name is that of a file in the folder itself.
fn is_plain(file: &str) -> bool {
    let mut parts = Path::new(file).components();
    matches!((parts.next(), parts.next()), (Some(Component::Normal(_)), None))
}
