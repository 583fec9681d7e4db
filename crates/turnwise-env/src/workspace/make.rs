//! Makes work trees. Each base commit is written once into a folder that only the harness uses; a trial's
//! work tree is a copy of it, and is later compared with it.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, Once, PoisonError},
};

use git2::{ConfigLevel, Oid, Repository, RepositoryInitOptions, build::CheckoutBuilder, opts};
use turnwise_core::Task;

use crate::repository::{Found, Repositories};

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
    repositories: Option<Repositories>,
    // Many trials of a task start at the same time, and a commit must be written once; those of other tasks need not wait.
    made: Mutex<BTreeMap<String, Slot>>,
}

type Slot = Arc<Mutex<Option<Arc<Base>>>>;

impl TaskCache {
    /// A cache in the existing folder `dir`, for tasks that bring their files and, where there are `repositories`, for others.
    pub(crate) fn new(dir: PathBuf, repositories: Option<Repositories>) -> Self {
        Self { dir, repositories, made: Mutex::default() }
    }

    /// The base commit of a task.
    pub(crate) fn base(&self, task: &Task) -> Result<Arc<Base>, WorkspaceError> {
        if task.files.is_empty() { self.of_repository(task, &task.base_commit) } else { self.of_files(task) }
    }

    /// The commit that a task's environment is made from.
    pub(crate) fn setup(&self, task: &Task) -> Result<Arc<Base>, WorkspaceError> {
        if !task.files.is_empty() || task.setup_commit.is_empty() {
            return self.base(task);
        }
        self.of_repository(task, &task.setup_commit)
    }

    fn of_files(&self, task: &Task) -> Result<Arc<Base>, WorkspaceError> {
        let objects = base_objects(&task.files)?;
        let found = objects.commit.to_string();
        if !task.base_commit.is_empty() && task.base_commit != found {
            return Err(WorkspaceError::OtherCommit { named: task.base_commit.clone(), found });
        }
        self.once(&found, |dir| {
            write_files(dir, &objects).and_then(|()| lay_over(dir, &task.files))?;
            Ok(objects.tree)
        })
    }

    fn of_repository(&self, task: &Task, commit: &str) -> Result<Arc<Base>, WorkspaceError> {
        let none = || WorkspaceError::NoFiles { repo: task.repo.clone() };
        let found = self.repositories.as_ref().ok_or_else(none)?.find(&task.repo, commit)?;
        self.once(&found.commit.to_string(), |dir| write_commit(dir, &found))
    }

    fn once(
        &self,
        commit: &str,
        write: impl FnOnce(&Path) -> Result<Oid, WorkspaceError>,
    ) -> Result<Arc<Base>, WorkspaceError> {
        let slot = {
            let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(made.entry(commit.to_owned()).or_default())
        };
        let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(base) = &*slot {
            return Ok(Arc::clone(base));
        }
        let dir = self.dir.join(commit);
        // What a failed try left, if there was one.
        remove_tree(&dir)?;
        let tree = write(&dir)?;
        Ok(Arc::clone(slot.insert(Arc::new(Base { dir, tree }))))
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

/// Writes a commit of a repository, its tree and its files, and nothing else of it: neither what came later nor what came before
/// can be found in what an agent gets.
fn write_commit(dir: &Path, found: &Found) -> Result<Oid, WorkspaceError> {
    let repo = init(dir)?;
    let write = || {
        let commit = found.repository.find_commit(found.commit)?;
        let mut pack = found.repository.packbuilder()?;
        // As many threads as there are processors.
        pack.set_threads(0);
        pack.insert_commit(commit.id())?;
        pack.write(&repo.path().join("objects/pack"), 0o444)?;
        repo.reference("refs/heads/main", commit.id(), true, "base")?;
        if commit.parent_count() > 0 {
            // Git then takes the commit for the first one, under the name that it has in its repository.
            let shallow = std::fs::write(repo.path().join("shallow"), format!("{}\n", commit.id()));
            shallow.map_err(|error| git2::Error::from_str(&error.to_string()))?;
        }
        let mut checkout = CheckoutBuilder::new();
        let tree = repo.find_tree(commit.tree_id())?;
        repo.checkout_tree(tree.as_object(), Some(checkout.force()))?;
        Ok(commit.tree_id())
    };
    let tree = write().map_err(WorkspaceError::git("check the commit out"))?;
    clean(dir)?;
    Ok(tree)
}

fn write_files(dir: &Path, base: &BaseObjects) -> Result<(), WorkspaceError> {
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
    clean(dir)
}

/// What is of no use to anybody need not be copied for each trial, least of all each object by itself once they are packed.
fn clean(dir: &Path) -> Result<(), WorkspaceError> {
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
pub(crate) fn ignore_configuration() {
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
