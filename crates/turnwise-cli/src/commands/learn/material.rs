//! Recorded runs as what can be learned from: each trial's turns with all signals, hidden states, grades and forced exits.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use turnwise_core::{Ending, RunId, States, TrialId, TurnFacts, TurnRecord};
use turnwise_learn::MadeFor;
use turnwise_policy::{
    Policy, Spoken,
    signals::{self, Meter},
};
use turnwise_store::{Exit, Reader, RunRow, Spot, TrialExits, TrialRow, TrialStates, TrialValues, Value};

use crate::{error::Failure, suites};

/// What is known of some runs.
#[derive(Debug, Default)]
pub(super) struct Material {
    /// What is learned from it holds for this.
    pub(super) made_for: MadeFor,
    /// The trials, in the order of the runs, and in those by task and seed.
    pub(super) trials: Vec<Trial>,
}

/// A trial that came to an end and was graded.
#[derive(Debug)]
pub(super) struct Trial {
    pub(super) id: TrialId,
    pub(super) attempt: u32,
    /// Suite and task.
    pub(super) task: String,
    /// Whether its family was seen when the model was trained, where the task says that.
    pub(super) seen: Option<bool>,
    pub(super) solved: bool,
    /// The share of hidden tests passed.
    pub(super) score: f64,
    /// Whether it ended by itself: what a limit cut says nothing of what would have come (law 8).
    pub(super) by_itself: bool,
    pub(super) turns: Vec<Turn>,
    /// The mean score of runs drawn from its beginning and from behind each of its turns but the last, `[turns]`; empty where some are
    /// not known.
    pub(super) values: Vec<f64>,
}

/// A turn of it.
#[derive(Debug)]
pub(super) struct Turn {
    /// With every signal.
    pub(super) facts: TurnFacts,
    /// At the end of its reply.
    pub(super) states: Option<States>,
    /// Whether the work after it passes, where that was graded.
    pub(super) passes: Option<bool>,
    /// The share of hidden tests that it passes, likewise.
    pub(super) score: Option<f64>,
    /// Tokens that were computed for it.
    pub(super) computed: f64,
    /// Tokens that were shown and written.
    pub(super) tokens: f64,
    /// Tokens of its thinking: its share of the reply's text in the reply's tokens.
    pub(super) thinking: f64,
    /// The cues in its thinking, with the states there.
    pub(super) cues: Vec<(Exit, Option<States>)>,
}

/// What a run's configuration says of its profile.
#[derive(Default, Deserialize)]
struct Config {
    #[serde(default)]
    model: ModelConfig,
}

#[derive(Default, Deserialize)]
struct ModelConfig {
    #[serde(default)]
    profile: ProfileConfig,
}

#[derive(Default, Deserialize)]
struct ProfileConfig {
    #[serde(default)]
    hash: String,
}

impl Material {
    /// Reads runs; trials of these policies, or of all where none is named.
    pub(super) async fn read(reader: &Reader, runs: &[String], of: &[String]) -> Result<Self, Failure> {
        let mut material = Self::default();
        let mut populations = BTreeSet::new();
        for (at, name) in runs.iter().enumerate() {
            let run = reader.find_run(name).await?;
            let made_for = made_for(&run);
            if at == 0 {
                material.made_for = made_for;
            } else if made_for.differences(&material.made_for).iter().any(|what| !what.starts_with("suite")) {
                let first = &material.made_for;
                return Err(Failure::usage(format!(
                    "run {} is of another model or profile than {}: {}; learn from them apart",
                    run.run_id,
                    runs[0],
                    made_for.differences(first).join(", ")
                )));
            }
            material.add(reader, &run, of, &mut populations).await?;
        }
        material.made_for.suite = populations.into_iter().collect::<Vec<_>>().join(", ");
        if material.trials.is_empty() {
            let message = format!("run {} has no finished and graded trial to learn from", runs.join(", "));
            return Err(Failure::Nothing { message });
        }
        Ok(material)
    }

    async fn add(
        &mut self,
        reader: &Reader,
        run: &RunRow,
        of: &[String],
        populations: &mut BTreeSet<String>,
    ) -> Result<(), Failure> {
        let grades = grades(reader, &run.run_id).await?;
        let seen = labels(reader, &run.run_id).await?;
        let mut known: BTreeMap<String, String> = BTreeMap::new();
        for row in reader.trials(&run.run_id).await? {
            let (Some(solved), true) = (row.solved, of.is_empty() || of.contains(&row.policy)) else {
                continue;
            };
            let population = known.entry(row.suite.clone()).or_insert_with(|| population(&row.suite));
            populations.insert(population.clone());
            let id = TrialId::new(row.trial_id.clone());
            let found = Found {
                turns: reader.turns(&id).await?,
                states: reader.states(&id).await?,
                exits: reader.exits(&id).await?,
                values: reader.fork_values(&id).await?,
            };
            let graded =
                |digest: &str| grades.get(&(row.suite.clone(), row.task.clone(), digest.to_owned())).copied();
            self.trials.extend(trial(&row, solved, found, seen.get(&row.trial_id).copied(), graded));
        }
        Ok(())
    }
}

/// What is stored of a trial.
struct Found {
    turns: Vec<TurnRecord>,
    states: TrialStates,
    exits: TrialExits,
    values: TrialValues,
}

fn trial(
    row: &TrialRow,
    solved: bool,
    found: Found,
    seen: Option<bool>,
    graded: impl Fn(&str) -> Option<(bool, f64)>,
) -> Option<Trial> {
    let Found { turns, mut states, mut exits, values } = found;
    let attempt = row.counted.or(turns.last().map(|turn| turn.attempt))?;
    let ending: Option<Ending> = row.ending.as_deref().and_then(|ending| ending.parse().ok());
    let wanted = signals::signals().map(|signal| (signal.name.to_owned(), signal.version)).collect();
    let mut meter = Meter::new(&wanted);
    let limit = row.turn_limit.and_then(|limit| u32::try_from(limit).ok());
    let mut work = Work { is_known: turns.iter().any(|turn| !turn.facts.workspace.digest.is_empty()) };
    let turns = turns.into_iter().filter(|turn| turn.attempt == attempt).map(|turn| {
        let mut facts = turn.facts.clone();
        meter.measure(&mut facts, Spoken::of(&turn), limit);
        work.strip(&mut facts);
        let at = (attempt, facts.turn);
        let cues = exits.remove(&at).unwrap_or_default().into_iter().map(|exit| {
            let states = states.remove(&(attempt, facts.turn, Spot::Token(exit.place)));
            (exit, states)
        });
        let cues: Vec<_> = cues.collect();
        let grade = graded(&facts.workspace.digest);
        let thought = turn.thought.len() as f64 / turn.reply.text.len().max(1) as f64;
        Turn {
            states: states.remove(&(attempt, facts.turn, Spot::End)),
            passes: grade.map(|(solved, _)| solved),
            score: grade.map(|(_, score)| score),
            computed: (facts.usage.prefill_tokens + facts.usage.decode_tokens) as f64,
            tokens: (facts.usage.prompt_tokens + facts.usage.decode_tokens) as f64,
            thinking: facts.usage.decode_tokens as f64 * thought,
            cues,
            facts,
        }
    });
    let turns: Vec<Turn> = turns.collect();
    let last = turns.last().map_or(0, |turn| turn.facts.turn);
    let values: Vec<f64> =
        values.range((attempt, 0)..(attempt, last)).map(|(_, value)| value.score).collect();
    Some(Trial {
        id: TrialId::new(row.trial_id.clone()),
        attempt,
        task: format!("{} {}", row.suite, row.task),
        seen,
        solved,
        score: row.score.unwrap_or(f64::from(u8::from(solved))),
        by_itself: ending.is_some_and(|ending| {
            matches!(ending, Ending::Submitted | Ending::ContextFull | Ending::FormatErrors)
        }),
        values: if values.len() == turns.len() { values } else { Vec::new() },
        turns,
    })
}

/// Whether the state of the work was recorded: where it was not, the signals of it would all say that it never changed.
struct Work {
    is_known: bool,
}

impl Work {
    fn strip(&mut self, facts: &mut TurnFacts) {
        if !self.is_known {
            facts.signals.retain(|(name, _)| !signals::OF_THE_WORK.contains(&name.as_str()));
        }
    }
}

/// What was learned from a run holds for this; the suite comes with its trials.
fn made_for(run: &RunRow) -> MadeFor {
    let config: Config = serde_json::from_str(&run.config).unwrap_or_default();
    MadeFor {
        model_name: run.model.name.clone(),
        model_hash: run.model.hash.clone(),
        profile: run.model.profile.clone(),
        profile_hash: config.model.profile.hash,
        suite: String::new(),
    }
}

/// What the tasks of a suite are drawn from; a suite that is not here is its own.
pub(super) fn population(suite: &str) -> String {
    suites::find(suite).map_or_else(|_| suite.to_owned(), |catalogue| catalogue.population)
}

/// Whether each piece of work passes, and the share of hidden tests, by suite, task and digest.
async fn grades(
    reader: &Reader,
    run: &RunId,
) -> Result<BTreeMap<(String, String, String), (bool, f64)>, Failure> {
    let rows = reader.grades(run).await?;
    Ok(rows.into_iter().map(|row| ((row.suite, row.task, row.patch), (row.solved, row.score))).collect())
}

/// The label `seen` of trials.
async fn labels(reader: &Reader, run: &RunId) -> Result<BTreeMap<String, bool>, Failure> {
    let run = run.as_str().replace('\'', "''");
    let sql = format!("SELECT trial_id, value FROM v_labels WHERE run_id = '{run}' AND label = 'seen'");
    let rows = reader.query(&sql).await?.rows;
    let seen = rows.into_iter().filter_map(|row| match row.as_slice() {
        [Value::Text(trial), Value::Text(seen)] => {
            Some((trial.clone(), matches!(seen.as_str(), "true" | "yes" | "1")))
        }
        _ => None,
    });
    Ok(seen.collect())
}

/// Whether a policy's replies can be gone through again: its model was shown everything.
pub(super) fn is_whole(policy: &str) -> bool {
    Policy::from_json(policy).is_ok_and(|policy| policy.context.is_full())
}
