//! The tasks of a recorded run, if they still are what they were when it was run.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use serde::Deserialize;
use turnwise_core::Task;
use turnwise_store::RunRow;

use crate::{
    error::Failure,
    run::config::digest,
    suites::{self, Catalogue, SuiteError},
};

/// What a run's configuration says of its suites.
#[derive(Deserialize)]
struct Config {
    #[serde(default)]
    suites: Vec<SuiteConfig>,
}

#[derive(Deserialize)]
struct SuiteConfig {
    name: String,
    tasks: Vec<String>,
    digest: String,
}

/// Tasks by suite and id, each with the hash over all that it consists of.
#[derive(Debug, Default)]
pub(crate) struct Tasks {
    found: BTreeMap<(String, String), (Arc<Task>, String)>,
}

impl Tasks {
    /// The tasks of a run; `given` are files or folders of suites that are not where their names are looked for.
    pub(crate) fn of_run(run: &RunRow, given: &[String]) -> Result<Self, Failure> {
        let id = run.run_id.as_str();
        let config: Config = serde_json::from_str(&run.config).unwrap_or(Config { suites: Vec::new() });
        if config.suites.is_empty() {
            return Err(Failure::Nothing {
                message: format!(
                    "run {id} does not say what its tasks consist of, as it was imported; patches are graded by `turnwise \
                     grade --predictions FILE SUITE`"
                ),
            });
        }
        let mut tasks = Self::default();
        for suite in config.suites {
            let changed = || Failure::SuiteChanged { suite: suite.name.clone(), run: id.to_owned() };
            let mut catalogue = find(&suite.name, given)?;
            let mut entries: BTreeMap<_, _> =
                catalogue.entries.into_iter().map(|entry| (entry.id.clone(), entry)).collect();
            let there = suite.tasks.iter().map(|task| entries.remove(task));
            catalogue.entries = there.collect::<Option<_>>().ok_or_else(changed)?;
            let loaded = catalogue.load()?;
            if digest(loaded.tasks.iter().map(AsRef::as_ref)) != suite.digest {
                return Err(changed());
            }
            for task in loaded.tasks {
                let of_task = digest(std::iter::once(&*task));
                tasks.found.insert((suite.name.clone(), task.id.clone()), (task, of_task));
            }
        }
        Ok(tasks)
    }

    /// A task and its hash.
    pub(crate) fn find(&self, suite: &str, task: &str) -> Option<(&Arc<Task>, &str)> {
        let (task, digest) = self.found.get(&(suite.to_owned(), task.to_owned()))?;
        Some((task, digest))
    }
}

/// A suite of this name: one that is given, or else one that is found by its name, as a folder or as a file here.
fn find(name: &str, given: &[String]) -> Result<Catalogue, SuiteError> {
    let is_named = |path: &&String| Path::new(path.as_str()).file_stem().is_some_and(|stem| stem == name);
    if let Some(path) = given.iter().find(is_named) {
        return suites::find(path);
    }
    let file = format!("{name}.jsonl");
    match suites::find(name) {
        Err(SuiteError::NoSuite { .. }) if Path::new(&file).is_file() => suites::find(&file),
        found => found,
    }
}
