//! MiniWoB++: small pages that each set a task, keep the score themselves, and draw the task by a seed.
//!
//! The pages are not ours and not in the repository: `pip download --no-deps miniwob==1.1.0` has them under `miniwob/html`.

mod episode;
mod gold;

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use turnwise_core::{BrowserKind, Task, WebSetup};

pub(crate) use episode::{Episode, Stage};
pub(crate) use gold::next_act;

pub use gold::{has_gold, pages_with_gold};

/// The name of the site in tasks.
pub const SITE: &str = "miniwob";
/// The one test of such a task.
pub const TEST: &str = "reward";
/// What the model is told; the rest is on the page.
pub const STATEMENT: &str = "A web page sets you a task. The page's first lines say what to do, and the browser shows them with \
     its first answer; begin with: scroll up. Do exactly what they say.";

/// The MiniWoB++ pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Miniwob {
    /// The folder that holds `miniwob`, `core` and `common`.
    folder: PathBuf,
    names: Vec<String>,
}

/// Why they cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum MiniwobError {
    /// The folder is not theirs.
    #[error(
        "{} holds no MiniWoB++ pages (miniwob/*.html beside core/core.js); unpack the Python package miniwob 1.1.0 and name its folder html", folder.display()
    )]
    NoPages {
        /// The folder.
        folder: PathBuf,
    },
    /// It cannot be read.
    #[error("{} cannot be read; check its permissions", folder.display())]
    Unreadable {
        /// The folder.
        folder: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// There is no such page.
    #[error("MiniWoB++ has no page `{page}`; its pages are the files in {}/miniwob", folder.display())]
    NoSuchPage {
        /// The page.
        page: String,
        /// The folder.
        folder: PathBuf,
    },
    /// A task's settings say nothing usable.
    #[error("the task's settings are not {{\"page\": …, \"seed\": …}}: {why}")]
    BadSettings {
        /// What is wrong.
        why: String,
    },
}

/// What a task has to know, in [`WebSetup::settings`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    page: String,
    seed: u64,
}

impl Miniwob {
    /// The pages under `folder`: the package's folder `html`, or one above it.
    ///
    /// # Errors
    /// When they are not there.
    pub fn in_folder(folder: &Path) -> Result<Self, MiniwobError> {
        let places = [folder.to_owned(), folder.join("html"), folder.join("miniwob/html")];
        let has_pages =
            |place: &&PathBuf| place.join("core/core.js").is_file() && place.join("miniwob").is_dir();
        let Some(place) = places.iter().find(has_pages) else {
            return Err(MiniwobError::NoPages { folder: folder.to_owned() });
        };
        let unreadable = |source| MiniwobError::Unreadable { folder: place.clone(), source };
        let mut names = Vec::new();
        for entry in fs::read_dir(place.join("miniwob")).map_err(unreadable)? {
            let name = entry.map_err(unreadable)?.file_name();
            names.extend(name.to_str().and_then(|name| name.strip_suffix(".html")).map(str::to_owned));
        }
        names.sort();
        match names.is_empty() {
            true => Err(MiniwobError::NoPages { folder: folder.to_owned() }),
            false => Ok(Self { folder: place.clone(), names }),
        }
    }

    /// The names of the pages, in order.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The task that a page draws by a seed.
    ///
    /// # Errors
    /// When there is no such page.
    pub fn task(&self, page: &str, seed: u64) -> Result<Task, MiniwobError> {
        self.check(page)?;
        let settings = serde_json::to_string(&Settings { page: page.to_owned(), seed })
            .map_err(|error| MiniwobError::BadSettings { why: error.to_string() })?;
        let label = |name: &str, value: String| (name.to_owned(), value);
        Ok(Task {
            id: format!("{page}-{seed}"),
            suite: SITE.to_owned(),
            statement: STATEMENT.to_owned(),
            repo: "miniwob/pages".to_owned(),
            fail_to_pass: vec![TEST.to_owned()],
            web: Some(WebSetup {
                site: SITE.to_owned(),
                browser: BrowserKind::Chromium,
                settings,
                gold: Vec::new(),
            }),
            labels: vec![label("page", page.to_owned()), label("seed", seed.to_string())],
            ..Task::default()
        })
    }

    /// A task of each page for each seed, by page and then by seed.
    pub fn tasks(&self, seeds: impl IntoIterator<Item = u64> + Clone) -> Vec<Task> {
        let names = self.names.iter();
        names
            .flat_map(|page| seeds.clone().into_iter().filter_map(|seed| self.task(page, seed).ok()))
            .collect()
    }

    pub(crate) fn episode(&self, settings: &str) -> Result<Episode, MiniwobError> {
        let Settings { page, seed } = serde_json::from_str(settings)
            .map_err(|error| MiniwobError::BadSettings { why: error.to_string() })?;
        self.check(&page)?;
        Ok(Episode::new(page, seed, self.folder.clone()))
    }

    fn check(&self, page: &str) -> Result<(), MiniwobError> {
        match self.names.iter().any(|name| name == page) {
            true => Ok(()),
            false => Err(MiniwobError::NoSuchPage { page: page.to_owned(), folder: self.folder.clone() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{Miniwob, MiniwobError};

    #[test]
    fn pages_are_found_and_tasks_name_them() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(Miniwob::in_folder(folder.path()), Err(MiniwobError::NoPages { .. })));
        for place in ["html/miniwob", "html/core"] {
            fs::create_dir_all(folder.path().join(place)).unwrap();
        }
        for file in ["core/core.js", "miniwob/b.html", "miniwob/a.html", "miniwob/notes.txt"] {
            fs::write(folder.path().join("html").join(file), "").unwrap();
        }
        let pages = Miniwob::in_folder(folder.path()).unwrap();
        assert_eq!(pages.names(), ["a", "b"]);
        let tasks = pages.tasks(0..2);
        assert_eq!(
            tasks.iter().map(|task| task.id.as_str()).collect::<Vec<_>>(),
            ["a-0", "a-1", "b-0", "b-1"]
        );
        let setup = tasks[3].web.clone().unwrap();
        assert_eq!(setup.settings, r#"{"page":"b","seed":1}"#);
        assert!(pages.episode(&setup.settings).is_ok());
        assert!(matches!(pages.task("../a", 0), Err(MiniwobError::NoSuchPage { .. })));
        assert!(pages.episode(r#"{"page":"c","seed":1}"#).is_err());
        assert!(matches!(pages.episode("{}"), Err(MiniwobError::BadSettings { .. })));
    }
}
