//! Where a repository is looked for: by its path, in the folders of clones that the user names, in the cache of this machine, and
//! last where tasks' repositories are published.

use std::{
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use git2::{Commit, Oid, Repository};

use super::{RepositoryError, fetch};
use crate::workspace::{ignore_configuration, plain_name};

/// Where repositories come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepositoryConfig {
    /// Folders of clones, bare or not: `DIR/owner/name.git`, `DIR/owner/name` or `DIR/owner__name`.
    pub mirrors: Vec<PathBuf>,
    /// The folder in which what was fetched is kept.
    pub cache: PathBuf,
    /// The address that is fetched from, with `{repo}` for owner and name; `None` fetches nothing.
    pub remote: Option<String>,
}

impl RepositoryConfig {
    /// Where tasks of SWE-bench have their repositories.
    pub const GITHUB: &str = "https://github.com/{repo}.git";
}

/// The repositories of a process.
#[derive(Debug)]
pub(crate) struct Repositories {
    config: RepositoryConfig,
    /// Held while something is fetched: a repository is fetched once, whoever asks.
    fetching: Mutex<()>,
}

/// A commit in a repository of this machine.
pub(crate) struct Found {
    /// The repository; nothing is written to it.
    pub(crate) repository: Repository,
    /// The commit.
    pub(crate) commit: Oid,
}

impl Repositories {
    pub(crate) fn new(config: RepositoryConfig) -> Self {
        Self { config, fetching: Mutex::default() }
    }

    /// The commit `commit` (any revision; empty for `HEAD`) of the repository that tasks call `repo`.
    pub(crate) fn find(&self, repo: &str, commit: &str) -> Result<Found, RepositoryError> {
        let revision = if commit.is_empty() { "HEAD" } else { commit };
        let mut first_miss = None;
        for place in self.places(repo) {
            match look(&place, repo, revision) {
                Err(miss @ RepositoryError::NoCommit { .. }) => drop(first_miss.get_or_insert(miss)),
                found => return found,
            }
        }
        match (self.address(repo), first_miss) {
            (Some(url), _) => self.fetch(repo, revision, &url),
            (None, Some(miss)) => Err(miss),
            (None, None) => Err(RepositoryError::Unknown { repo: repo.to_owned(), looked: self.looked() }),
        }
    }

    fn fetch(&self, repo: &str, revision: &str, url: &str) -> Result<Found, RepositoryError> {
        let held = self.fetching.lock().unwrap_or_else(PoisonError::into_inner);
        let place = self.cached(repo);
        // Somebody else may have fetched it while we waited.
        if let Ok(found) = look(&place, repo, revision) {
            return Ok(found);
        }
        fetch::commit(&place, repo, revision, url)?;
        drop(held);
        look(&place, repo, revision)
    }

    /// The folders that exist, of those where it may be.
    fn places(&self, repo: &str) -> Vec<PathBuf> {
        let named = repo.strip_prefix("file://").unwrap_or(repo);
        let path = (named.starts_with(['/', '.']) || named != repo).then(|| PathBuf::from(named));
        let flat = repo.replace('/', "__");
        let below = |dir: &PathBuf| {
            [format!("{repo}.git"), repo.to_owned(), format!("{flat}.git"), flat.clone()]
                .map(|name| dir.join(name))
        };
        let mirrors = self.config.mirrors.iter().flat_map(below);
        let all = path.into_iter().chain(mirrors).chain([self.cached(repo)]);
        all.filter(|place| place.join("HEAD").is_file() || place.join(".git").exists()).collect()
    }

    fn cached(&self, repo: &str) -> PathBuf {
        self.config.cache.join(format!("{}.git", plain_name(repo)))
    }

    fn address(&self, repo: &str) -> Option<String> {
        if ["https://", "http://", "ssh://", "git@"].iter().any(|scheme| repo.starts_with(scheme)) {
            return Some(repo.to_owned());
        }
        let is_plain = |name: &str| {
            !name.is_empty()
                && !name.starts_with(['.', '-'])
                && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
        };
        let (owner, name) = repo.split_once('/')?;
        let template = self.config.remote.as_ref().filter(|_| is_plain(owner) && is_plain(name))?;
        Some(template.replace("{repo}", repo))
    }

    fn looked(&self) -> String {
        let mut places: Vec<String> =
            self.config.mirrors.iter().map(|dir| dir.display().to_string()).collect();
        places.push(self.config.cache.display().to_string());
        format!("it is no folder, and in none of {}", places.join(", "))
    }
}

/// Looks for a commit in the repository at `place`.
fn look(place: &Path, repo: &str, revision: &str) -> Result<Found, RepositoryError> {
    ignore_configuration();
    let unreadable = |source| RepositoryError::Unreadable { place: place.to_owned(), source };
    let repository = Repository::open(place).map_err(unreadable)?;
    let named = repository.revparse_single(revision).and_then(|object| object.peel_to_commit());
    // A commit without its tree is one that a shallow clone only knows by name.
    let whole = |commit: Commit<'_>| commit.tree().is_ok().then(|| commit.id());
    match named.ok().and_then(whole) {
        Some(commit) => Ok(Found { repository, commit }),
        None => Err(RepositoryError::NoCommit {
            repo: repo.to_owned(),
            commit: revision.to_owned(),
            place: place.to_owned(),
        }),
    }
}

impl std::fmt::Debug for Found {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Found").field("commit", &self.commit).finish_non_exhaustive()
    }
}
