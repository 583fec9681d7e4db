//! Files of tasks in the containers that SWE-bench's tools and SWE-agent use: a task on each line, a list, or an object by id.

use std::{collections::BTreeSet, path::Path};

use serde::Deserialize;
use serde_json::value::RawValue;
use turnwise_core::Task;

use super::{SuiteError, line, specs::Specs};

/// The tasks of a file, each once, completed by what is known of their repositories.
pub(super) fn read(suite: &str, path: &Path) -> Result<Vec<Task>, SuiteError> {
    let text = text(path)?;
    let specs = Specs::beside(path)?;
    let (mut tasks, mut ids) = (Vec::new(), BTreeSet::new());
    for (number, line) in lines(&text, path)? {
        let fail = |fault| SuiteError::Task { path: path.to_owned(), line: number, fault };
        let mut task = line::read(line, suite).map_err(fail)?;
        if !ids.insert(task.id.clone()) {
            return Err(fail(line::Fault::Again { task: task.id }));
        }
        specs.complete(&mut task);
        tasks.push(task);
    }
    Ok(tasks)
}

/// The file's text; what is YAML as JSON.
fn text(path: &Path) -> Result<String, SuiteError> {
    let text = super::read(path)?;
    if !has_extension(path, &["yaml", "yml"]) {
        return Ok(text);
    }
    let tasks: serde_json::Value = serde_saphyr::from_str(&text)
        .map_err(|source| SuiteError::Yaml { path: path.to_owned(), said: source.to_string() })?;
    Ok(tasks.to_string())
}

fn has_extension(path: &Path, known: &[&str]) -> bool {
    path.extension().is_some_and(|extension| known.iter().any(|known| extension == *known))
}

/// Whether a path is that of a file of tasks, by its name.
pub(super) fn is_one(path: &Path) -> bool {
    has_extension(path, &["jsonl", "json", "yaml", "yml"])
}

/// Every task's text, and the number of the line (of a list: of the task) from 1.
fn lines<'a>(text: &'a str, path: &Path) -> Result<Vec<(usize, &'a str)>, SuiteError> {
    if !has_extension(path, &["json", "yaml", "yml"]) {
        let lines = (1..).zip(text.lines());
        return Ok(lines.filter(|(_, line)| !line.trim().is_empty()).collect());
    }
    let container: Container<'a> = serde_json::from_str(text)
        .map_err(|source| SuiteError::Instances { path: path.to_owned(), source })?;
    let tasks = match container {
        Container::List(tasks) => tasks,
        Container::ById(tasks) => tasks.into_values().collect(),
    };
    Ok((1..).zip(tasks.into_iter().map(RawValue::get)).collect())
}

/// What a `.json` file is.
enum Container<'a> {
    List(Vec<&'a RawValue>),
    ById(std::collections::BTreeMap<String, &'a RawValue>),
}

impl<'de: 'a, 'a> Deserialize<'de> for Container<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Not by `untagged`, which cannot borrow.
        let text: &'a RawValue = Deserialize::deserialize(deserializer)?;
        let parsed = match text.get().starts_with('[') {
            true => serde_json::from_str(text.get()).map(Self::List),
            false => serde_json::from_str(text.get()).map(Self::ById),
        };
        parsed.map_err(serde::de::Error::custom)
    }
}
