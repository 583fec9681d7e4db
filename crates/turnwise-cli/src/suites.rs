//! Where suites come from: a folder with a `suite.toml`, by its path or by its name below `tasks/`.

mod line;

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use serde::Deserialize;
use turnwise_core::Task;

/// The folder in which suites are looked for.
const FOLDER: &str = "tasks";

/// A suite with its tasks.
#[derive(Clone, Debug)]
pub(crate) struct Suite {
    /// Its name.
    pub(crate) name: String,
    /// What it is, in one sentence.
    pub(crate) summary: String,
    /// Its tasks, in its order.
    pub(crate) tasks: Vec<Arc<Task>>,
}

/// A suite that cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SuiteError {
    /// No suite has this name.
    #[error("there is no suite `{name}`: neither {FOLDER}/{name}/suite.toml nor {name}/suite.toml; {advice}")]
    NoSuite { name: String, advice: String },
    /// A file of a suite cannot be read.
    #[error("{} cannot be read; check the suite's folder", path.display())]
    File {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    /// `suite.toml` is not what it should be.
    #[error("{} is no suite", path.display())]
    Description {
        path: PathBuf,
        #[source]
        source: toml::de::Error,
    },
    /// A task is not what it should be.
    #[error("{}:{line}: {fault}", path.display())]
    Task { path: PathBuf, line: usize, fault: line::Fault },
}

/// `suite.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Description {
    summary: String,
    /// The file with a task on each line, beside `suite.toml`.
    tasks: String,
}

/// Finds a suite by its name, its folder, or a file with a task on each line.
pub(crate) fn find(name: &str) -> Result<Suite, SuiteError> {
    let given = Path::new(name);
    if given.extension().is_some_and(|extension| extension == "jsonl") {
        return from_file(&stem(given), &format!("the tasks of {name}"), given);
    }
    let folders = [Path::new(FOLDER).join(name), given.to_owned()];
    match folders.into_iter().find(|folder| folder.join("suite.toml").is_file()) {
        Some(folder) => from_folder(&folder),
        None => Err(SuiteError::NoSuite { name: name.to_owned(), advice: advice() }),
    }
}

/// The suites that can be named.
pub(crate) fn names() -> Vec<String> {
    let Ok(entries) = fs::read_dir(FOLDER) else { return Vec::new() };
    let folders = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut names: Vec<String> =
        folders.filter(|folder| folder.join("suite.toml").is_file()).map(|folder| stem(&folder)).collect();
    names.sort();
    names
}

fn from_folder(folder: &Path) -> Result<Suite, SuiteError> {
    let path = folder.join("suite.toml");
    let text = read(&path)?;
    let Description { summary, tasks } =
        toml::from_str(&text).map_err(|source| SuiteError::Description { path, source })?;
    from_file(&stem(folder), &summary, &folder.join(tasks))
}

fn from_file(name: &str, summary: &str, path: &Path) -> Result<Suite, SuiteError> {
    let text = read(path)?;
    let mut tasks: Vec<Arc<Task>> = Vec::new();
    for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
        let fail = |fault| SuiteError::Task { path: path.to_owned(), line: number, fault };
        let task = line::read(line, name).map_err(fail)?;
        if tasks.iter().any(|known| known.id == task.id) {
            return Err(fail(line::Fault::Again { task: task.id }));
        }
        tasks.push(Arc::new(task));
    }
    Ok(Suite { name: name.to_owned(), summary: summary.to_owned(), tasks })
}

fn read(path: &Path) -> Result<String, SuiteError> {
    fs::read_to_string(path).map_err(|source| SuiteError::File { path: path.to_owned(), source })
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

fn advice() -> String {
    match names().as_slice() {
        [] => format!("there is no folder `{FOLDER}` with suites here; change into the repository"),
        names => format!("here are {}", names.join(", ")),
    }
}
