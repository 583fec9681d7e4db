//! The examples of a policy file: a few turns in shorthand and what the policy should make of them.
//!
//! A turn is the text of an action, optionally with `-> OBSERVATION` and facts in braces behind it:
//! `"cat a -> x = 1 {patch 2, tokens 900, seconds 12, cost 0.02, asks}"`. `patch` is the size of the work in lines and
//! stays until changed; `asks` says that the model asked for more turns. `""` is a reply without an action,
//! `"submit"` hands in, and a number N stands for N turns that all differ.

use turnwise_core::{Action, TurnFacts, Usage, WorkspaceState};
use turnwise_toml::{Node, Place, Table, Value};

use crate::{
    Baseline, Caps, PolicyError, PolicySpec,
    expectation::{Expectation, Happening, happenings},
    read::whole_u32,
};

/// One example.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    place: Place,
    turns: Vec<TurnFacts>,
    baseline: Vec<u32>,
    expect: Vec<Expectation>,
}

impl PolicySpec {
    /// Runs the policy's examples.
    ///
    /// # Errors
    /// [`PolicyError::Example`] for the first that does not come out as it says, and
    /// [`PolicyError::NoBaseline`] when one needs a baseline and gives none.
    pub fn check(&self) -> Result<(), PolicyError> {
        self.examples.iter().try_for_each(|example| example.check(self))
    }
}

impl Example {
    /// Reads an `[[example]]`.
    pub(crate) fn read(mut table: Table) -> Result<Self, PolicyError> {
        let place = table.place().clone();
        let turns = "a list of turns such as \"ls -> a.py {patch 2}\", \"submit\" or a number";
        let expect = "\"stop: repeat at turn 3\", \"extend: to 8 at turn 4\", \"remind: 2 left at turn 1\", \
                      \"shadow stop: repeat at turn 3\", \"opening: 4 left\", \"opening: silent\" or \
                      \"continue\", or a list of these";
        let example = Self {
            place,
            turns: table.need("turns", turns, read_turns)?,
            baseline: table.read("baseline", "a list of numbers of turns", numbers)?.unwrap_or_default(),
            expect: table.need("expect", expect, Expectation::read_all)?,
        };
        table.close()?;
        Ok(example)
    }

    fn check(&self, spec: &PolicySpec) -> Result<(), PolicyError> {
        let baseline = Baseline::new("the example", "the example", self.baseline.clone());
        let policy = spec.resolve(&baseline, Caps::default())?;
        let happened = happenings(&policy, &self.turns);
        let failed = self.expect.iter().find(|expectation| !expectation.holds(&happened));
        if let Some(expectation) = failed {
            return Err(self.failure(expectation.to_string(), &happened));
        }
        let surprise =
            happened.iter().find(|event| event.is_decisive() && !self.expect.iter().any(|e| e.is_of(event)));
        match surprise {
            Some(event) => Err(PolicyError::Example {
                place: self.place.clone(),
                expected: self.expect.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
                happened: format!("there was also `{event}`"),
            }),
            None => Ok(()),
        }
    }

    fn failure(&self, expected: String, happened: &[Happening]) -> PolicyError {
        let list: Vec<String> = happened.iter().map(|event| format!("`{event}`")).collect();
        PolicyError::Example {
            place: self.place.clone(),
            expected,
            happened: if list.is_empty() {
                "nothing happened".to_owned()
            } else {
                format!("there was {}", list.join(", "))
            },
        }
    }
}

fn numbers(node: &Node) -> Option<Vec<u32>> {
    let Value::List(items) = &node.value else { return None };
    items.iter().map(whole_u32).collect()
}

fn read_turns(node: &Node) -> Option<Vec<TurnFacts>> {
    let Value::List(items) = &node.value else { return None };
    let mut turns: Vec<TurnFacts> = Vec::new();
    for item in items {
        match &item.value {
            Value::Text(shorthand) => {
                let before = turns.last().map(|turn| turn.workspace.clone()).unwrap_or_default();
                turns.push(read_turn(shorthand, number(&turns), before)?);
            }
            Value::Whole(_) => {
                for _ in 0..whole_u32(item)? {
                    let before = turns.last().map(|turn| turn.workspace.clone()).unwrap_or_default();
                    let turn = number(&turns);
                    turns.push(read_turn(&format!("turn {turn}"), turn, before)?);
                }
            }
            Value::Real(_) | Value::Flag(_) | Value::List(_) | Value::Table(_) | Value::Other(_) => {
                return None;
            }
        }
    }
    Some(turns)
}

fn number(before: &[TurnFacts]) -> u32 {
    before.last().map_or(1, |turn| turn.turn + 1)
}

fn read_turn(shorthand: &str, turn: u32, workspace: WorkspaceState) -> Option<TurnFacts> {
    let (said, braces) = match shorthand.split_once('{') {
        Some((said, braces)) => (said, braces.trim_end().strip_suffix('}')?),
        None => (shorthand, ""),
    };
    let (action, observation) = said.split_once("->").unwrap_or((said, ""));
    let mut facts = TurnFacts {
        turn,
        action: match action.trim() {
            "" => Action::Invalid { complaint: String::new() },
            "submit" => Action::Submit,
            command => Action::Shell(command.to_owned()),
        },
        observation: observation.trim().to_owned(),
        exit_code: None,
        workspace,
        asks_more: false,
        usage: Usage::default(),
        elapsed_ms: 0,
        cost: None,
        signals: Vec::new(),
    };
    for fact in braces.split(',').map(str::trim).filter(|fact| !fact.is_empty()) {
        let (name, value) = fact.split_once(' ').unwrap_or((fact, ""));
        match name {
            "asks" => facts.asks_more = true,
            "patch" => {
                facts.workspace =
                    WorkspaceState { patch_lines: value.parse().ok()?, digest: value.to_owned() };
            }
            "tokens" => facts.usage.prompt_tokens = value.parse().ok()?,
            "cost" => facts.cost = Some(value.parse().ok()?),
            "seconds" => facts.elapsed_ms = value.parse::<u64>().ok()?.checked_mul(1000)?,
            _ => return None,
        }
    }
    Some(facts)
}
