//! Makes work trees. Each base commit is written once into a folder that only the harness uses; a trial's
//! work tree is a copy of it, and is later compared with it.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, Once, PoisonError},
};

use git2::{ConfigLevel, Oid, Repository, RepositoryInitOptions, opts};
use turnwise_core::Task;

use super::{
    WorkspaceError,
    base::{BaseObjects, base_objects},
    tree::{copy_tree, lay_over, remove_tree},
};

/// A base commit with its files and objects on disk.
#[derive(Debug)]
pub(crate) struct Base {
    /// A work tree and its `.git`, never touched by a command.
    pub(crate) dir: PathBuf,
    /// The commit's tree.
    pub(crate) tree: Oid,
}

impl Base {
    /// Makes a new work tree at this commit.
    pub(crate) fn copy_to(&self, dir: &Path) -> Result<(), WorkspaceError> {
        copy_tree(&self.dir, dir)
    }
}

/// The base commits of this process.
#[derive(Debug)]
pub(crate) struct TaskCache {
    dir: PathBuf,
    // Many trials of a task start at the same time, and the commit must be written once.
    made: Mutex<BTreeMap<String, Arc<Base>>>,
}

impl TaskCache {
    /// A cache in the existing folder `dir`.
    pub(crate) fn new(dir: PathBuf) -> Self {
        Self { dir, made: Mutex::default() }
    }

    /// The base commit of a task.
    pub(crate) fn base(&self, task: &Task) -> Result<Arc<Base>, WorkspaceError> {
        if task.files.is_empty() {
            return Err(WorkspaceError::NoFiles { repo: task.repo.clone() });
        }
        let objects = base_objects(&task.files)?;
        let found = objects.commit.to_string();
        if !task.base_commit.is_empty() && task.base_commit != found {
            return Err(WorkspaceError::OtherCommit { named: task.base_commit.clone(), found });
        }
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(base) = made.get(&found) {
            return Ok(Arc::clone(base));
        }
        let dir = self.dir.join(&found);
        write(&dir, &objects).and_then(|()| lay_over(&dir, &task.files))?;
        let base = Arc::new(Base { dir, tree: objects.tree });
        made.insert(found, Arc::clone(&base));
        Ok(base)
    }
}

/// Opens a repository that is the harness's own, whatever git is configured to do on this machine.
pub(crate) fn open(dir: &Path) -> Result<Repository, WorkspaceError> {
    ignore_configuration();
    Repository::open(dir).map_err(WorkspaceError::git("open the base commit"))
}

/// Makes an empty repository in `dir`.
pub(crate) fn init(dir: &Path) -> Result<Repository, WorkspaceError> {
    ignore_configuration();
    let mut options = RepositoryInitOptions::new();
    options.external_template(false).initial_head("main");
    Repository::init_opts(dir, &options).map_err(WorkspaceError::git("make a repository"))
}

fn write(dir: &Path, base: &BaseObjects) -> Result<(), WorkspaceError> {
    let repo = init(dir)?;
    let write = || {
        let odb = repo.odb()?;
        for (kind, data) in &base.objects {
            odb.write(*kind, data)?;
        }
        repo.reference("refs/heads/main", base.commit, true, "base")?;
        let mut index = repo.index()?;
        index.read_tree(&repo.find_tree(base.tree)?)?;
        index.write()?;
        let mut pack = repo.packbuilder()?;
        pack.insert_commit(base.commit)?;
        pack.write(&repo.path().join("objects/pack"), 0o444)
    };
    write().map_err(WorkspaceError::git("write the base commit"))?;
    // What is of no use to anybody need not be copied for each trial, least of all each object by itself
    // now that they are packed.
    let git = dir.join(".git");
    for name in ["hooks", "description", "logs", "info"] {
        remove_tree(&git.join(name))?;
    }
    let objects = git.join("objects");
    for entry in fs::read_dir(&objects).map_err(WorkspaceError::file(&objects, "read"))?.flatten() {
        if entry.file_name() != "pack" {
            remove_tree(&entry.path())?;
        }
    }
    fs::create_dir_all(git.join("objects/info")).map_err(WorkspaceError::file(git, "completed"))
}

/// Makes libgit2 ignore the configuration and ignore files of the user and the machine: they would make
/// the same work give different patches.
fn ignore_configuration() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        for level in [ConfigLevel::ProgramData, ConfigLevel::System, ConfigLevel::XDG, ConfigLevel::Global] {
            #[expect(unsafe_code, reason = "libgit2 has only process-wide settings")]
            // SAFETY: no other thread uses libgit2 before the first call here has returned.
            let set = unsafe { opts::set_search_path(level, "") };
            if let Err(error) = set {
                tracing::warn!(%error, "git's configuration on this machine could not be ignored");
            }
        }
    });
}
