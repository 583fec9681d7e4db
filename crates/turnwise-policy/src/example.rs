//! The examples of a policy file: a few turns in shorthand and what the policy should make of them.
//!
//! A turn is the text of an action, optionally with `-> OBSERVATION` and facts in braces behind it: `"cat a ->
//! x = 1 {patch 2, tokens 900, seconds 12, cost 0.02, exit 1, asks}"`. `patch` is the size of the work in lines and stays
//! until changed; `exit` is the exit status (0 else); `asks` says that the model asked for more turns; `says
//! TEXT` is in its reply; `entropy` and `logprob` are means over it; and any signal that is recorded by who
//! runs the model may be given: `{probe 0.9}`. `""` is a reply without an action, `"submit"` hands in, and a
//! number N stands for N turns that all differ.

use turnwise_core::{Action, TokenStats, TurnFacts, Usage, WorkspaceState};
use turnwise_toml::{Node, Place, Table, Value};

use crate::{
    Baseline, BaselineTrial, Caps, Choice, PolicyError, PolicySpec, Spoken,
    choice::example::ChoiceExample,
    expectation::{Expectation, Happening, happenings},
    read::{text, whole_u32},
    signals::{self, Origin},
};

/// One example.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    place: Place,
    scene: Scene,
}

/// What an example shows.
#[derive(Clone, Debug, PartialEq)]
enum Scene {
    /// Turns, and what a policy makes of them.
    Turns(TurnsExample),
    /// What a policy chooses.
    Choice(Box<ChoiceExample>),
}

/// Turns, and what a policy makes of them.
#[derive(Clone, Debug, PartialEq)]
struct TurnsExample {
    turns: Vec<ExampleTurn>,
    baseline: Vec<BaselineTrial>,
    /// The task that the turns are of.
    task: String,
    expect: Vec<Expectation>,
}

/// A turn of an example.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ExampleTurn {
    pub(crate) facts: TurnFacts,
    says: String,
    stats: TokenStats,
}

impl ExampleTurn {
    /// What the model said on it.
    pub(crate) fn spoken(&self) -> Spoken<'_> {
        Spoken { reply: &self.says, thought: &self.says, stats: self.stats, states: None }
    }
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
    pub(crate) fn read(mut table: Table, choice: Option<&Choice>) -> Result<Self, PolicyError> {
        let place = table.place().clone();
        let scene = match choice {
            Some(choice) => Scene::Choice(Box::new(ChoiceExample::read(&mut table, choice)?)),
            None => Scene::Turns(TurnsExample::read(&mut table)?),
        };
        table.close()?;
        Ok(Self { place, scene })
    }

    fn check(&self, spec: &PolicySpec) -> Result<(), PolicyError> {
        let wrong = match (&self.scene, &spec.choice) {
            (Scene::Turns(turns), _) => turns.check(spec)?,
            (Scene::Choice(example), Some(choice)) => example.check(choice),
            (Scene::Choice(_), None) => Ok(()),
        };
        let place = self.place.clone();
        wrong.map_err(|(expected, happened)| PolicyError::Example { place, expected, happened })
    }
}

impl TurnsExample {
    fn read(table: &mut Table) -> Result<Self, PolicyError> {
        let turns = "a list of turns such as \"ls -> a.py {patch 2}\", \"submit\" or a number";
        let baseline =
            "a list of numbers of turns, or of texts such as \"12 task-a\" or \"30 task-a unsolved\"";
        let expect = "\"stop: repeat at turn 3\", \"extend: to 8 at turn 4\", \"remind: 2 left at turn 1\", \
                      \"shadow stop: repeat at turn 3\", \"opening: 4 left\", \"opening: silent\", \
                      \"shows: turns 3 to 5\", \"shows: report\", \"shrinks: turns 1 to 2\" \
                      or \"continue\", or a list of these";
        Ok(Self {
            turns: table.need("turns", turns, read_turns)?,
            baseline: table.read("baseline", baseline, trials)?.unwrap_or_default(),
            task: table.read("task", "the name of a task", text)?.unwrap_or_default(),
            expect: table.need("expect", expect, Expectation::read_all)?,
        })
    }

    /// What was expected and what happened, where that is not the same.
    fn check(&self, spec: &PolicySpec) -> Result<Result<(), (String, String)>, PolicyError> {
        let baseline = Baseline::of_trials("the example", "the example", self.baseline.clone());
        let policy = spec.resolve(&baseline, Caps::default())?.for_task(&self.task);
        let happened = happenings(&policy, &self.turns);
        let failed = self.expect.iter().find(|expectation| !expectation.holds(&happened));
        if let Some(expectation) = failed {
            return Ok(Err((expectation.to_string(), listed(&happened))));
        }
        let surprise =
            happened.iter().find(|event| event.is_decisive() && !self.expect.iter().any(|e| e.is_of(event)));
        Ok(surprise.map_or(Ok(()), |event| {
            let expected: Vec<String> = self.expect.iter().map(ToString::to_string).collect();
            Err((expected.join(", "), format!("there was also `{event}`")))
        }))
    }
}

fn listed(happened: &[Happening]) -> String {
    let list: Vec<String> = happened.iter().map(|event| format!("`{event}`")).collect();
    if list.is_empty() { "nothing happened".to_owned() } else { format!("there was {}", list.join(", ")) }
}

/// Trials of a baseline: numbers of turns of solved trials of tasks of their own, or texts that say more.
fn trials(node: &Node) -> Option<Vec<BaselineTrial>> {
    let Value::List(items) = &node.value else { return None };
    let trial = |(number, item): (usize, &Node)| {
        let own = format!("task {number}");
        if let Some(turns) = whole_u32(item) {
            return Some(BaselineTrial { task: own, turns, solved: Some(true) });
        }
        let words: Vec<&str> = item.text()?.split_whitespace().collect();
        let (turns, task, solved) = match words.as_slice() {
            [turns, "unsolved"] => (turns, own, false),
            [turns, task] => (turns, (*task).to_owned(), true),
            [turns, task, "unsolved"] => (turns, (*task).to_owned(), false),
            _ => return None,
        };
        Some(BaselineTrial { task, turns: turns.parse().ok()?, solved: Some(solved) })
    };
    items.iter().enumerate().map(trial).collect()
}

fn read_turns(node: &Node) -> Option<Vec<ExampleTurn>> {
    let Value::List(items) = &node.value else { return None };
    let mut turns: Vec<ExampleTurn> = Vec::new();
    for item in items {
        match &item.value {
            Value::Text(shorthand) => {
                turns.push(read_turn(shorthand, number(&turns), work(&turns))?);
            }
            Value::Whole(_) => {
                for _ in 0..whole_u32(item)? {
                    let turn = number(&turns);
                    turns.push(read_turn(&format!("turn {turn}"), turn, work(&turns))?);
                }
            }
            Value::Real(_) | Value::Flag(_) | Value::List(_) | Value::Table(_) | Value::Other(_) => {
                return None;
            }
        }
    }
    Some(turns)
}

fn number(before: &[ExampleTurn]) -> u32 {
    before.last().map_or(1, |turn| turn.facts.turn + 1)
}

/// The state of the work, which stays until it changes.
fn work(before: &[ExampleTurn]) -> WorkspaceState {
    before.last().map(|turn| turn.facts.workspace.clone()).unwrap_or_default()
}

fn read_turn(shorthand: &str, turn: u32, workspace: WorkspaceState) -> Option<ExampleTurn> {
    let (said, braces) = match shorthand.split_once('{') {
        Some((said, braces)) => (said, braces.trim_end().strip_suffix('}')?),
        None => (shorthand, ""),
    };
    let (action, observation) = said.split_once("->").unwrap_or((said, ""));
    let facts = TurnFacts {
        turn,
        action: match action.trim() {
            "" => Action::Invalid { complaint: String::new() },
            "submit" => Action::Submit,
            command => Action::Shell(command.to_owned()),
        },
        observation: observation.trim().to_owned(),
        exit_code: Some(0),
        workspace,
        asks_more: false,
        usage: Usage::default(),
        elapsed_ms: 0,
        cost: None,
        signals: Vec::new(),
    };
    let mut turn = ExampleTurn { facts, says: String::new(), stats: TokenStats::default() };
    for fact in braces.split(',').map(str::trim).filter(|fact| !fact.is_empty()) {
        turn.add(fact)?;
    }
    Some(turn)
}

impl ExampleTurn {
    /// Adds a fact in shorthand; `None` if it is none.
    fn add(&mut self, fact: &str) -> Option<()> {
        let (name, value) = fact.split_once(' ').unwrap_or((fact, ""));
        let number = || value.parse::<f64>().ok().filter(|number| number.is_finite());
        match name {
            "asks" => self.facts.asks_more = true,
            "says" => value.clone_into(&mut self.says),
            "patch" => {
                self.facts.workspace = WorkspaceState {
                    patch_lines: value.parse().ok()?,
                    digest: value.to_owned(),
                    ..WorkspaceState::default()
                };
            }
            "tokens" => self.facts.usage.prompt_tokens = value.parse().ok()?,
            "cost" => self.facts.cost = Some(number()?),
            "seconds" => self.facts.elapsed_ms = value.parse::<u64>().ok()?.checked_mul(1000)?,
            "exit" => self.facts.exit_code = Some(value.parse().ok()?),
            signals::names::ENTROPY => self.stats.entropy_mean = Some(number()?),
            signals::names::LOGPROB => self.stats.logprob_mean = Some(number()?),
            signal => {
                signals::signal(signal).filter(|signal| signal.origin == Origin::Model)?;
                self.facts.signals.push((signal.to_owned(), number()?));
            }
        }
        Some(())
    }
}
