//! What was learned on earlier tasks: a bank of experiences, of which the one most like the task at hand is found again,
//! and told to the model where the policy wants it. After EET (arXiv 2601.05777; papers2026.md §1).
//!
//! It makes no experiences, and opens no file: who loads the policy brings the text of its bank.

mod bank;
mod likeness;

use serde::{Deserialize, Serialize};
use turnwise_core::Task;
use turnwise_toml::{Node, Table};

use self::bank::{Bank, EXPECTED};
use crate::{Policy, PolicyError, rules::Keys};

/// The name of the table.
pub(crate) const TABLE: &str = "experience";
/// The key that holds the bank's text.
pub(crate) const RECORDS: &str = "records";
/// How many of the most alike are looked at for one of the same repository (EET's 2k, with k = 1).
const LOOKED_AT: usize = 2;

/// Where experiences come from and what is done with them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Experience {
    /// The least similarity.
    similarity: f64,
    /// Whether the model is told what is found.
    inject: bool,
    bank: Bank,
}

/// An experience that was found for a task.
#[derive(Clone, Debug, PartialEq)]
pub struct Recalled {
    /// How much its task is like this one, in [0, 1].
    pub similarity: f64,
    /// What the model is told of it; `None` where it is told nothing.
    pub told: Option<String>,
}

impl Experience {
    /// Reads `[experience]`, if there is one.
    pub(crate) fn read(document: &mut Table) -> Result<Option<Self>, PolicyError> {
        let Some(node) = document.take(TABLE) else { return Ok(None) };
        let mut table = Table::open(TABLE, node)?;
        let place =
            table.peek(RECORDS).map_or_else(|| table.place().clone(), |records| records.place.clone());
        let text = table.need(RECORDS, EXPECTED, |node| node.text().map(str::to_owned))?;
        let experience = Self {
            similarity: table.real("similarity", (0.0, 1.0), Some(0.1))?,
            inject: table.read("inject", "true or false", Node::flag)?.unwrap_or(false),
            bank: Bank::parse(&text, &place)?,
        };
        table.close()?;
        Ok(Some(experience))
    }

    /// The experience for a task: the most alike of those that are alike enough and of the same repository. The task's own
    /// is none.
    fn recall(&self, task: &Task) -> Option<Recalled> {
        let records: Vec<_> = self.bank.records().iter().filter(|record| record.task != task.id).collect();
        let descriptions: Vec<&str> = records.iter().map(|record| record.description.as_str()).collect();
        let likeness = likeness::to(&task.statement, &descriptions);
        let mut found: Vec<_> =
            likeness.into_iter().zip(records).filter(|(likeness, _)| *likeness >= self.similarity).collect();
        found.sort_by(|(one, _), (other, _)| other.total_cmp(one));
        let is_near = |of: &str| task.repo.is_empty() || repository(of) == repository(&task.id);
        let (similarity, record) =
            found.into_iter().take(LOOKED_AT).find(|(_, record)| is_near(&record.task))?;
        Some(Recalled { similarity, told: self.inject.then(|| record.told(similarity)) })
    }

    /// Whether the model is told what is found.
    pub(crate) fn injects(&self) -> bool {
        self.inject
    }

    /// What it does, in a sentence.
    pub(crate) fn explain(&self) -> String {
        let of = format!(
            "the one of {} recorded experiences that is most like the task, if its similarity is {} or more",
            self.bank.records().len(),
            self.similarity
        );
        match self.inject {
            true => format!("At the start the model is told {of}."),
            false => format!("At the start {of}, is found; the model is not told."),
        }
    }
}

/// The repository of a task, from its id: what stands before the last hyphen.
fn repository(id: &str) -> &str {
    id.rsplit_once('-').map_or(id, |(repository, _)| repository)
}

impl Policy {
    /// The policy as it is for one task: its own limits, and the experience that is found for it.
    #[must_use]
    pub fn for_the(&self, task: &Task) -> Self {
        let recalled = self.experience.as_ref().and_then(|experience| experience.recall(task));
        Self { recalled, ..self.for_task(&task.id) }
    }
}

#[cfg(test)]
mod tests;
