//! Another attempt behind one that ended badly: from the task's beginning, from the rollback point of a restart, or from
//! the most informative turn of the attempt before (ExIt, arXiv 2509.04575; papers.md A24).
//!
//! How informative a turn is, is V(1 - V), where V is the chance of success as a signal has it on that turn: a turn from
//! which everything or nothing succeeds teaches nothing.

use serde::{Deserialize, Serialize};
use turnwise_core::Ending;
use turnwise_toml::{Node, Table, Value, nearest};

use super::{Behind, Ended, Start, tell, temperature};
use crate::{PolicyError, rules::Keys};

/// The settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Retry {
    pub(super) most: u32,
    after: Vec<After>,
    /// The signal that says how likely success is, where an attempt begins behind the most informative turn.
    pub(super) informative: Option<String>,
    pub(super) temperature: f64,
    tell: Option<String>,
}

/// What another attempt follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum After {
    Restarted,
    Stopped,
    Limit,
    ContextFull,
    FormatErrors,
}

const AFTER: [(&str, After); 5] = [
    ("restarted", After::Restarted),
    ("stopped", After::Stopped),
    ("limit", After::Limit),
    ("context_full", After::ContextFull),
    ("format_errors", After::FormatErrors),
];

impl Retry {
    pub(super) fn read(table: &mut Table) -> Result<Self, PolicyError> {
        let near = table.peek("after").map(unknown).unwrap_or_default();
        let expected = format!(
            "a list of \"restarted\", \"stopped\", \"limit\", \"context_full\", \"format_errors\"{near}"
        );
        let place = table.place().clone();
        let retry = Self {
            most: table.count("most", (2, 100), Some(2))?,
            after: table.read("after", &expected, after)?.unwrap_or_else(|| vec![After::Restarted]),
            informative: match table.word("from", &[("start", false), ("informative", true)])? {
                Some(true) => Some(table.signal("signal", None)?),
                Some(false) | None => None,
            },
            temperature: temperature(table)?,
            tell: tell(table)?,
        };
        if retry.after.is_empty() {
            return Err(PolicyError::Contradiction {
                place,
                what: "`attempts.after` is empty, so no attempt follows another".to_owned(),
                advice: "name an ending, or leave `[attempts]` out".to_owned(),
            });
        }
        Ok(retry)
    }

    pub(super) fn next(&self, ended: &[Ended]) -> Option<Start> {
        let last = ended.last()?;
        let goes_on = u32::try_from(ended.len()).is_ok_and(|so_far| so_far < self.most);
        let ended_so = self.after.iter().any(|after| after.holds(last.ending));
        (goes_on && ended_so).then(|| Start { behind: self.behind(last), tell: self.tell.clone() })
    }

    fn behind(&self, last: &Ended) -> Option<Behind> {
        let turn = match (last.ending, &self.informative) {
            (Ending::Restarted, _) => last.keep,
            // Behind its last turn nothing is left to be done otherwise.
            (_, Some(_)) => last.worth.split_last().and_then(|(_, before)| most_informative(before)),
            (_, None) => None,
        };
        turn.filter(|turn| *turn > 0).map(|turn| Behind { place: last.place, turn })
    }

    pub(super) fn explain(&self) -> String {
        let after: Vec<&str> = self.after.iter().map(|after| after.as_str()).collect();
        let from = match &self.informative {
            None => "at the task's beginning, or behind the rollback point of a restart".to_owned(),
            Some(signal) => format!("behind the turn on which `{signal}` is least decided"),
        };
        format!(
            "A trial has up to {} attempts, one after another: the next one follows an attempt that ended as {} and begins {from}.",
            self.most,
            after.join(", ")
        )
    }
}

impl After {
    fn holds(self, ending: Ending) -> bool {
        match ending {
            Ending::Restarted => self == Self::Restarted,
            Ending::Stopped => self == Self::Stopped,
            Ending::TurnLimit | Ending::TokenLimit | Ending::TimeLimit | Ending::CostLimit => {
                self == Self::Limit
            }
            Ending::ContextFull => self == Self::ContextFull,
            Ending::FormatErrors => self == Self::FormatErrors,
            Ending::Submitted | Ending::Cancelled | Ending::InfraError | Ending::Interrupted => false,
        }
    }

    fn as_str(self) -> &'static str {
        AFTER.iter().find(|(_, after)| *after == self).map_or("", |(word, _)| word)
    }
}

/// The turn, from 1, whose V(1 - V) is largest, the latest of equals; `None` where no turn has a V that is undecided.
fn most_informative(worth: &[Option<f64>]) -> Option<u32> {
    let undecided = |value: f64| (value * (1.0 - value)).max(0.0);
    let known = (1..).zip(worth).filter_map(|(turn, value)| Some((undecided((*value)?), turn)));
    let best = known.filter(|(worth, _)| *worth > 0.0).max_by(|one, other| one.0.total_cmp(&other.0));
    best.map(|(_, turn)| turn)
}

/// The last attempt that left any work, or else the last.
pub(super) fn counts(ended: &[Ended]) -> usize {
    ended.iter().rposition(|attempt| !attempt.digest.is_empty()).unwrap_or(ended.len().saturating_sub(1))
}

fn after(node: &Node) -> Option<Vec<After>> {
    let Value::List(items) = &node.value else { return None };
    let known =
        |item: &Node| AFTER.iter().find(|(word, _)| item.text() == Some(word)).map(|(_, after)| *after);
    items.iter().map(known).collect()
}

/// What is said of the first word that is no ending.
fn unknown(node: &Node) -> String {
    let words: Vec<&'static str> = AFTER.iter().map(|(word, _)| *word).collect();
    let Value::List(items) = &node.value else { return String::new() };
    let stray = items.iter().filter_map(Node::text).find(|word| !words.contains(word));
    stray
        .and_then(|word| nearest(word, &words))
        .map_or(String::new(), |near| format!("; did you mean \"{near}\"?"))
}
