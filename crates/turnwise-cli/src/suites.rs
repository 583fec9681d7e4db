//! Where suites come from: a folder with a `suite.toml`, by its path or by its name below `tasks/`, or a file of tasks, as SWE-bench
//! has them (`swebench:FILE`, or a path that ends in `.jsonl`, `.json` or `.yaml`).
//!
//! A suite is found first, which says its tasks' ids, and loaded when it is known which of them are wanted: a suite
//! that is drawn from a seed makes only those.

mod folders;
mod instances;
mod line;
mod specs;
mod task_repo;

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use serde::Deserialize;
use turnwise_chromium::miniwob::{Miniwob, MiniwobError};
use turnwise_core::Task;
use turnwise_pocket::{
    suite::{Recipe, SuiteError as DrawError},
    task::{Oracle, OracleError},
};
use turnwise_shop::{
    catalogue::Catalogues,
    task::{Recipe as ShopRecipe, TaskError},
};

/// The label of tasks of MiniWoB++ that says where its pages are.
pub(crate) const PAGES: &str = "pages";

/// The folder in which suites are looked for.
const FOLDER: &str = "tasks";

/// A suite that was found: its tasks' ids, and what they are loaded from.
#[derive(Debug)]
pub(crate) struct Catalogue {
    /// Its name.
    pub(crate) name: String,
    /// What it is, in one sentence.
    pub(crate) summary: String,
    /// What its tasks are drawn from: what was learned on some of them holds for others of the same population.
    pub(crate) population: String,
    /// The tasks that are wanted, in their order.
    pub(crate) entries: Vec<Entry>,
    source: Source,
}

/// A task of a catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The task's id.
    pub(crate) id: String,
    /// Its number in the suite, from 0.
    number: usize,
}

#[derive(Debug)]
enum Source {
    /// They are there.
    Read(Vec<Arc<Task>>),
    /// They are drawn.
    Drawn(Recipe),
    /// They are drawn, and are of things to buy.
    Shop(ShopRecipe),
}

/// A suite with its tasks.
#[derive(Clone, Debug)]
pub(crate) struct Suite {
    /// Its name.
    pub(crate) name: String,
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
    /// `suite.toml` names a form of logs that there is not.
    #[error("{} says `test_log = \"{name}\"`, which there is not; `unittest` and `pytest` are two of those there are", path.display())]
    NoLog { path: PathBuf, name: String },
    /// A file of environments is not what it should be.
    #[error("{} is no list of environments", path.display())]
    Specs {
        path: PathBuf,
        #[source]
        source: toml::de::Error,
    },
    /// A file of tasks is not what it should be.
    #[error("{} is no list of tasks, nor an object of tasks by their ids", path.display())]
    Instances {
        path: PathBuf,
        #[source]
        source: serde_json::Error,
    },
    /// The facts of a task are no YAML.
    #[error("{} is no YAML of tasks: {said}", path.display())]
    Yaml { path: PathBuf, said: String },
    /// A file that is not read.
    #[error(
        "{} is a Parquet file; write it as lines first: python3 -c 'import pandas, sys; \
         pandas.read_parquet(sys.argv[1]).to_json(sys.argv[2], orient=\"records\", lines=True)' {} tasks.jsonl",
        path.display(),
        path.display()
    )]
    Parquet { path: PathBuf },
    /// `suite.toml` does not say where the tasks are.
    #[error(
        "{} names no tasks; give it `tasks = \"tasks.jsonl\"`, a table `[pocket]` or `[shop]` with `seed` and `tasks`, or a table \
         `[folders]` and folders with a `task.toml`",
        path.display()
    )]
    NoTasks { path: PathBuf },
    /// Tasks cannot be drawn.
    #[error("suite `{suite}` cannot be drawn; it needs python3")]
    Oracle {
        suite: String,
        #[source]
        source: OracleError,
    },
    /// A task cannot be drawn.
    #[error(transparent)]
    Draw(#[from] Box<DrawError>),
    /// The pages of MiniWoB++ cannot be used.
    #[error(transparent)]
    Miniwob(#[from] MiniwobError),
    /// A task of a shop cannot be drawn.
    #[error(transparent)]
    Shop(#[from] Box<TaskError>),
    /// A task is not what it should be.
    #[error("{}:{line}: {fault}", path.display())]
    Task { path: PathBuf, line: usize, fault: line::Fault },
}

/// `suite.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Description {
    summary: String,
    /// What its tasks are drawn from, where it shares that with other suites; else it is its own.
    population: Option<String>,
    /// The file with a task on each line, beside `suite.toml`.
    tasks: Option<String>,
    /// Tasks that are drawn from a seed instead of stored.
    pocket: Option<Drawn>,
    /// Tasks of a shop that are drawn from a seed.
    shop: Option<Drawn>,
    /// Tasks that are folders beside `suite.toml`.
    folders: Option<folders::Shared>,
}

/// A number of tasks drawn from a seed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Drawn {
    seed: u64,
    tasks: usize,
}

/// Finds a suite by its name, its folder, or a file with a task on each line.
pub(crate) fn find(name: &str) -> Result<Catalogue, SuiteError> {
    if let Some(folder) = name.strip_prefix("miniwob:") {
        return from_miniwob(Path::new(folder));
    }
    let given = Path::new(name.strip_prefix("swebench:").unwrap_or(name));
    if given.extension().is_some_and(|extension| extension == "parquet") {
        return Err(SuiteError::Parquet { path: given.to_owned() });
    }
    if given.to_string_lossy() != name && task_repo::is_one(given) {
        let name = stem(given);
        let tasks = task_repo::tasks(&name, given)?;
        return Ok(of_tasks(&name, &format!("the tasks of {}", given.display()), tasks));
    }
    if instances::is_one(given) || given.to_string_lossy() != name {
        return from_file(&stem(given), &format!("the tasks of {}", given.display()), given);
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

fn from_folder(folder: &Path) -> Result<Catalogue, SuiteError> {
    let path = folder.join("suite.toml");
    let Description { summary, population, tasks, pocket, shop, folders } = toml::from_str(&read(&path)?)
        .map_err(|source| SuiteError::Description { path: path.clone(), source })?;
    let name = stem(folder);
    match (tasks, pocket, shop, folders) {
        (Some(file), None, None, None) => {
            let own = name.clone();
            let catalogue = from_file(&name, &summary, &folder.join(file))?;
            Ok(Catalogue { population: population.unwrap_or(own), ..catalogue })
        }
        (None, Some(Drawn { seed, tasks }), None, None) => {
            let recipe = Recipe { name: name.clone(), seed };
            let entries = entries(tasks, |number| recipe.id(number));
            let population = population.unwrap_or_else(|| name.clone());
            Ok(Catalogue { name, summary, population, entries, source: Source::Drawn(recipe) })
        }
        (None, None, Some(Drawn { seed, tasks }), None) => {
            let recipe = ShopRecipe { name: name.clone(), seed };
            let entries = entries(tasks, |number| recipe.id(number));
            let population = population.unwrap_or_else(|| name.clone());
            Ok(Catalogue { name, summary, population, entries, source: Source::Shop(recipe) })
        }
        (None, None, None, Some(shared)) => {
            let tasks = folders::read(&name, folder, &shared)?;
            let own = name.clone();
            Ok(Catalogue { population: population.unwrap_or(own), ..of_tasks(&name, &summary, tasks) })
        }
        _ => Err(SuiteError::NoTasks { path }),
    }
}

/// A task of each page, drawn by seed 0.
fn from_miniwob(folder: &Path) -> Result<Catalogue, SuiteError> {
    let mut tasks = Miniwob::in_folder(folder)?.tasks(0..1);
    for task in &mut tasks {
        task.labels.push((PAGES.to_owned(), folder.display().to_string()));
    }
    Ok(of_tasks("miniwob", "the MiniWoB++ pages, in Chromium", tasks))
}

/// The entries of tasks that are drawn.
fn entries(tasks: usize, id: impl Fn(u64) -> String) -> Vec<Entry> {
    (0..tasks).map(|number| Entry { id: id(number as u64), number }).collect()
}

fn from_file(name: &str, summary: &str, path: &Path) -> Result<Catalogue, SuiteError> {
    Ok(of_tasks(name, summary, instances::read(name, path)?))
}

fn of_tasks(name: &str, summary: &str, tasks: Vec<Task>) -> Catalogue {
    let tasks: Vec<_> = tasks.into_iter().map(Arc::new).collect();
    let entry = |(number, task): (usize, &Arc<Task>)| Entry { id: task.id.clone(), number };
    let entries = tasks.iter().enumerate().map(entry).collect();
    let (name, summary) = (name.to_owned(), summary.to_owned());
    Catalogue { population: name.clone(), name, summary, entries, source: Source::Read(tasks) }
}

impl Catalogue {
    /// Loads the tasks that are wanted.
    pub(crate) fn load(self) -> Result<Suite, SuiteError> {
        let Self { name, entries, source, .. } = self;
        let numbers = entries.iter().map(|entry| entry.number);
        let tasks = match source {
            Source::Read(all) => numbers.filter_map(|number| all.get(number).cloned()).collect(),
            Source::Drawn(recipe) => {
                let mut oracle =
                    Oracle::start().map_err(|source| SuiteError::Oracle { suite: name.clone(), source })?;
                let mut tasks = Vec::new();
                for number in numbers {
                    let task = recipe.task(number as u64, &mut oracle).map_err(Box::new)?;
                    tasks.push(Arc::new(task));
                }
                tasks
            }
            Source::Shop(recipe) => {
                let catalogues = Catalogues::default();
                let draw = |number| recipe.task(number as u64, &catalogues).map(Arc::new).map_err(Box::new);
                numbers.map(draw).collect::<Result<_, _>>()?
            }
        };
        Ok(Suite { name, tasks })
    }
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
