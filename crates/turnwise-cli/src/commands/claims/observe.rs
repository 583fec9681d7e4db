//! Measures the signals of recorded trials, turn by turn, and keeps the numbers.

use std::collections::{BTreeMap, BTreeSet};

use turnwise_core::{RunId, TrialId, TurnRecord};
use turnwise_policy::{
    Spoken,
    signals::{self, Meter},
};
use turnwise_report::claims::{Observed, Recorded};
use turnwise_store::{Reader, TrialRow, Value};

use crate::error::Failure;

/// The policy of imported trials that name none: it tells no two apart.
const RECORDED: &str = "recorded";

/// What is known of a run beside its trials and turns.
pub(super) struct Observer {
    /// The agents of imported trials.
    agents: BTreeMap<String, String>,
    /// The trials of which the state of the work was recorded after every turn.
    with_work: BTreeSet<String>,
    /// The trials of which the tokens of every turn are known.
    with_tokens: BTreeSet<String>,
    wanted: BTreeMap<String, u32>,
}

impl Observer {
    /// The names of what is measured.
    pub(super) fn signals() -> Vec<String> {
        signals::signals().map(|signal| signal.name.to_owned()).collect()
    }

    /// Looks up what is known of a run.
    pub(super) async fn new(reader: &Reader, run: &RunId) -> Result<Self, Failure> {
        let run = run.as_str().replace('\'', "''");
        let known = format!(
            "SELECT trial_id, count(*) = count(patch_lines), count(*) = count(prompt_tokens) AND count(*) = count(decode_tokens)
             FROM v_turns WHERE run_id = '{run}' GROUP BY trial_id"
        );
        let (mut with_work, mut with_tokens) = (BTreeSet::new(), BTreeSet::new());
        for row in reader.query(&known).await?.rows {
            let [Value::Text(trial), work, tokens] = row.as_slice() else { continue };
            if *work == Value::Integer(1) {
                with_work.insert(trial.clone());
            }
            if *tokens == Value::Integer(1) {
                with_tokens.insert(trial.clone());
            }
        }
        let agents =
            format!("SELECT trial_id, value FROM v_labels WHERE run_id = '{run}' AND label = 'agent'");
        let agents = reader.query(&agents).await?.rows.into_iter().filter_map(|row| match row.as_slice() {
            [Value::Text(trial), Value::Text(agent)] => Some((trial.clone(), agent.clone())),
            _ => None,
        });
        let wanted = signals::signals().map(|signal| (signal.name.to_owned(), signal.version)).collect();
        Ok(Self { agents: agents.collect(), with_work, with_tokens, wanted })
    }

    /// Measures a trial. Of several attempts the one whose work was graded counts, which in older databases is the last.
    pub(super) async fn add(
        &self,
        reader: &Reader,
        trial: &TrialRow,
        recorded: &mut Recorded,
    ) -> Result<(), Failure> {
        let turns = match trial.solved {
            Some(_) => reader.turns(&TrialId::new(trial.trial_id.clone())).await?,
            None => Vec::new(),
        };
        let counted = trial.counted.or(turns.last().map(|turn| turn.attempt));
        let attempts = turns.chunk_by(|one, next| one.attempt == next.attempt);
        let is_counted = |attempt: &&[TurnRecord]| attempt.first().map(|turn| turn.attempt) == counted;
        let graded = attempts.into_iter().find(is_counted).unwrap_or_default();
        let limit = trial.turn_limit.and_then(|limit| u32::try_from(limit).ok());
        let agent = self.agents.get(&trial.trial_id).map(String::as_str);
        let policy = Some(trial.policy.as_str()).filter(|policy| *policy != RECORDED);
        let parts = [agent, Some(trial.model.as_str()), policy];
        recorded.add(Observed {
            task: format!("{} {}", trial.suite, trial.task),
            configuration: parts.into_iter().flatten().collect::<Vec<_>>().join(", "),
            limit,
            solved: trial.solved,
            ending: trial.ending.as_deref().and_then(|ending| ending.parse().ok()),
            tokens: self.with_tokens.contains(&trial.trial_id).then(|| tokens(graded)),
            values: &self.values(graded, &trial.trial_id, limit),
        });
        Ok(())
    }

    fn values(&self, turns: &[TurnRecord], trial: &str, limit: Option<u32>) -> Vec<Vec<f32>> {
        let has_work = self.with_work.contains(trial);
        let mut meter = Meter::new(&self.wanted);
        let measured = turns.iter().map(|turn| {
            let mut facts = turn.facts.clone();
            meter.measure(&mut facts, Spoken::of(turn), limit);
            let value = |name: &str| match has_work || !signals::OF_THE_WORK.contains(&name) {
                true => facts.signal(name).map_or(f32::NAN, single),
                false => f32::NAN,
            };
            signals::signals().map(|signal| value(signal.name)).collect()
        });
        measured.collect()
    }
}

/// Prompt and reply tokens after each turn.
fn tokens(turns: &[TurnRecord]) -> Vec<u64> {
    let spent = turns.iter().scan(0, |sum, turn| {
        *sum += turn.facts.usage.prompt_tokens + turn.facts.usage.decode_tokens;
        Some(*sum)
    });
    spent.collect()
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "signals are compared, and no one hangs on its eighth digit"
)]
fn single(value: f64) -> f32 {
    value as f32
}
