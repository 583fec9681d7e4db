//! The examples of a policy that chooses: a task and where it goes, or blocks and what is chosen after them.
//!
//! A block is `"ARM SOLVED/TRIALS COST"`, with the mean cost of its trials.

use turnwise_core::Task;
use turnwise_toml::{Node, Table, Value};

use super::{Block, Choice, Outcome, read::labels_of};
use crate::{
    PolicyError,
    read::{text, whole_u32},
};

/// One example.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ChoiceExample {
    task: Task,
    blocks: Vec<Block>,
    /// The arm, and where it matters what decided.
    expect: (String, Option<String>),
}

impl ChoiceExample {
    /// Reads an `[[example]]`, which is closed by who opened it.
    pub(crate) fn read(table: &mut Table, choice: &Choice) -> Result<Self, PolicyError> {
        let mut task = Task::default();
        let mut blocks = Vec::new();
        if choice.block().is_none() {
            task.suite = table.read("suite", "the name of a suite", text)?.unwrap_or_default();
            task.id = table.read("task", "the id of a task", text)?.unwrap_or_default();
            let chars = table.read("statement_chars", "a number of characters", whole_u32)?.unwrap_or(0);
            task.statement = "x".repeat(chars as usize);
            let labels = "a table of labels and their values such as { bugs = \"1\" }";
            task.labels = table.read("labels", labels, labels_of)?.unwrap_or_default();
        } else {
            let expected = "a list of blocks such as \"fixed 7/10 1200\": arm, solved of trials, mean cost";
            blocks = table.need("blocks", expected, |node| read_blocks(node, &choice.arms))?;
        }
        let expected = "\"arm: NAME\" or \"arm: NAME by otherwise\"";
        let expect = table.need("expect", expected, |node| expectation(node, &choice.arms))?;
        Ok(Self { task, blocks, expect })
    }

    /// What was chosen instead, if something else was.
    pub(crate) fn check(&self, choice: &Choice) -> Result<(), (String, String)> {
        let Some(chosen) = choice.route(&self.task).or_else(|| choice.next(&self.blocks)) else {
            return Ok(());
        };
        let arm = &choice.arms[chosen.arm];
        let (expected, by) = &self.expect;
        if arm == expected && by.as_ref().is_none_or(|by| *by == chosen.by) {
            return Ok(());
        }
        let by = by.as_ref().map(|by| format!(" by {by}")).unwrap_or_default();
        Err((format!("arm: {expected}{by}"), format!("there was `arm: {arm} by {}`", chosen.by)))
    }
}

fn expectation(node: &Node, arms: &[String]) -> Option<(String, Option<String>)> {
    let said = node.text()?.strip_prefix("arm: ")?;
    let (arm, by) = said.split_once(" by ").map_or((said, None), |(arm, by)| (arm, Some(by.to_owned())));
    arms.iter().any(|known| known == arm).then(|| (arm.to_owned(), by))
}

fn read_blocks(node: &Node, arms: &[String]) -> Option<Vec<Block>> {
    let Value::List(items) = &node.value else { return None };
    items.iter().map(|item| read_block(item.text()?, arms)).collect()
}

fn read_block(text: &str, arms: &[String]) -> Option<Block> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let [arm, share, cost] = words.as_slice() else { return None };
    let (solved, trials) = share.split_once('/')?;
    let (solved, trials): (usize, usize) = (solved.parse().ok()?, trials.parse().ok()?);
    let cost: f64 = cost.parse().ok().filter(|cost| *cost >= 0.0)?;
    let outcome = |trial| Outcome { solved: Some(trial < solved), cost };
    (solved <= trials).then_some(())?;
    Some(Block {
        arm: arms.iter().position(|known| known == arm)?,
        outcomes: (0..trials).map(outcome).collect(),
    })
}
