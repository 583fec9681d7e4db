//! What a policy looks at attempts with: files of what was learned from earlier runs, named in `[learned]`. Who loads the policy
//! brings what they hold, as [`Estimators`]; each gives signals of a turn before the rules look at it.

use serde::{Deserialize, Serialize};
use turnwise_core::{Estimating, Estimators, States, TurnFacts};
use turnwise_toml::{Node, Place, Table, Value};

use crate::{PolicyError, PolicySource, PolicySpec};

/// The table.
const TABLE: &str = "learned";
/// Its one key.
const FILES: &str = "files";
/// What the key takes.
const EXPECTED: &str = "a list of files that `turnwise learn` wrote; paths count from the policy's folder";

/// The files and what they hold.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Learned {
    /// As the policy names them.
    files: Vec<String>,
    /// The hashes of what they hold, in the same order; empty while nobody has brought it.
    #[serde(default)]
    hashes: Vec<String>,
    #[serde(skip)]
    estimators: Estimators,
}

impl Learned {
    /// Whether no file is named.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// The files as the policy names them.
    pub fn files(&self) -> &[String] {
        &self.files
    }

    /// The hashes of what they hold, in the same order.
    pub fn hashes(&self) -> &[String] {
        &self.hashes
    }

    /// What they hold.
    pub fn estimators(&self) -> &Estimators {
        &self.estimators
    }

    /// The signals that are looked at for them.
    pub(crate) fn needs(&self) -> impl Iterator<Item = String> {
        self.estimators.0.iter().flat_map(|one| one.needs())
    }

    /// Reads the table.
    pub(crate) fn read(document: &mut Table) -> Result<Self, PolicyError> {
        let Some(node) = document.take(TABLE) else { return Ok(Self::default()) };
        let mut table = Table::open(TABLE, node)?;
        let files = table.need(FILES, EXPECTED, |node| names(node).filter(|files| !files.is_empty()))?;
        table.close()?;
        Ok(Self { files, ..Self::default() })
    }

    fn attach(&mut self, estimators: Estimators) {
        self.hashes = estimators.0.iter().map(|one| one.hash().to_owned()).collect();
        self.estimators = estimators;
    }
}

impl PolicySource {
    /// The learned files that it names, as it names them, with `settings` laid over the text.
    pub fn learned(&self, settings: &[String]) -> Vec<String> {
        // A text or a setting that is no TOML names none; reading it says what is wrong.
        let Ok(mut document) = Node::parse(&self.file, &self.text) else { return Vec::new() };
        let readable = settings.iter().all(|setting| document.set(setting).is_ok());
        let Some(Value::Table(tables)) = readable.then_some(document.value) else { return Vec::new() };
        let entry = |node: &Node, key: &str| {
            let Value::Table(entries) = &node.value else { return None };
            entries.iter().find(|(name, _)| name == key).and_then(|(_, node)| names(node))
        };
        let table = tables.iter().find(|(name, _)| name == TABLE);
        table.and_then(|(_, node)| entry(node, FILES)).unwrap_or_default()
    }
}

impl PolicySpec {
    /// Brings what the files hold, in the order of [`Learned::files`].
    ///
    /// # Errors
    /// When two of them give the same signal.
    pub fn attach(&mut self, estimators: Estimators, place: &Place) -> Result<(), PolicyError> {
        let mut given: Vec<String> = estimators.0.iter().flat_map(|one| one.gives()).collect();
        given.sort_unstable();
        if let Some(twice) = given.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(PolicyError::Contradiction {
                place: place.clone(),
                what: format!("two files of `{TABLE}.{FILES}` give the signal `{}`", twice[0]),
                advice: "leave one of them out".to_owned(),
            });
        }
        self.learned.attach(estimators);
        Ok(())
    }
}

/// The estimators of a policy at work in one attempt.
#[derive(Debug, Default)]
pub(crate) struct Look(Vec<Box<dyn Estimating>>);

impl Look {
    pub(crate) fn of(learned: &Learned) -> Self {
        Self(learned.estimators.0.iter().map(|one| one.begin()).collect())
    }

    /// Sets what they give for a turn. What they cannot say, as states are missing, stays as it was recorded.
    pub(crate) fn at(&mut self, facts: &mut TurnFacts, states: Option<&States>) {
        for one in &mut self.0 {
            for (name, value) in one.look(facts, states) {
                facts.signals.retain(|(known, _)| *known != name);
                if value.is_finite() {
                    let at = facts.signals.partition_point(|(known, _)| *known < name);
                    facts.signals.insert(at, (name, value));
                }
            }
        }
    }
}

fn names(node: &Node) -> Option<Vec<String>> {
    let Value::List(items) = &node.value else { return None };
    items.iter().map(|item| item.text().map(str::to_owned)).collect()
}

#[cfg(test)]
mod tests;
