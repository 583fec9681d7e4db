//! A trajectory of somebody else's as a trial of ours.

use std::collections::BTreeMap;

use turnwise_core::{
    AttemptEnd, AttemptStart, Ending, Reply, RunId, TokenStats, TrialEnd, TrialId, TrialKey, TrialStart,
    TurnFacts, TurnNo, TurnRecord, Usage, VerdictKind, WorkspaceState,
};
use turnwise_exchange::{Extra, Format, Trajectory, Turn};
use turnwise_policy::{Baseline, Caps, PolicySpec};
use turnwise_store::{Extra as ExtraRow, ImportedTrial, ImportedWhole, TrialRow, Unknown};

use crate::{error::Failure, policies};

/// The policy that trajectories were recorded under when they name none.
const POLICY: &str = "recorded";

/// What the command line says of trajectories that do not say it.
pub(super) struct Given {
    pub(super) suite: Option<String>,
    pub(super) model: Option<String>,
    pub(super) turn_limit: Option<u32>,
}

/// Makes trials of one run.
pub(super) struct Recorded {
    /// The run.
    pub(super) run: RunId,
    /// Where the trajectories come from.
    pub(super) format: Format,
    given: Given,
    /// A policy that only limits turns.
    plain: PolicySpec,
    /// Resolved policies by name and limit.
    policies: BTreeMap<(String, Option<u32>), String>,
    /// How often each suite, task and policy came without a seed of its own.
    repeats: BTreeMap<(String, String, String), u64>,
}

impl Recorded {
    /// For a run that has these trials already.
    pub(super) fn new(run: RunId, format: Format, given: Given, there: &[TrialRow]) -> Result<Self, Failure> {
        let plain = policies::load(&policies::find("unlimited")?, &[])?;
        let mut repeats = BTreeMap::new();
        for row in there {
            let key = (row.suite.clone(), row.task.clone(), row.policy.clone());
            *repeats.entry(key).or_default() += 1;
        }
        Ok(Self { run, format, given, plain, policies: BTreeMap::new(), repeats })
    }

    /// The id of the trial that was this record.
    pub(super) fn trial_id(&self, digest: &str) -> TrialId {
        let (hash, part) = digest.split_once('.').unwrap_or((digest, ""));
        let short = hash.get(..12).unwrap_or(hash);
        TrialId::new(format!("{}-{short}{part}", self.run))
    }

    /// The trial.
    pub(super) fn trial(&mut self, id: TrialId, t: Trajectory) -> ImportedTrial {
        let turn_limit = t.turn_limit.or(self.given.turn_limit).filter(|limit| *limit > 0);
        let key = self.key(&t);
        let started_at =
            t.started_at.or_else(|| t.turns.iter().find_map(|turn| turn.started_at)).unwrap_or_default();
        let ended_at =
            t.ended_at.or_else(|| t.turns.iter().rev().find_map(|turn| turn.started_at)).unwrap_or_default();
        let error = t.error.clone().or_else(|| lost(&t));
        let policy = self.policy(&key.policy, turn_limit);
        let mut extras: Vec<ExtraRow> = extra_row(None, &t.extra).into_iter().collect();
        let labels = [("run", Some(&t.name)), ("agent", t.agent.as_ref()), ("exit", t.exit.as_ref())];
        let labels = labels.into_iter().filter_map(|(label, value)| Some((label.to_owned(), value?.clone())));
        ImportedTrial {
            attempt: AttemptStart {
                trial: id.clone(),
                attempt: 1,
                place: 1,
                behind: None,
                seed: key.seed,
                prompt_hash: String::new(),
                at: started_at,
            },
            attempt_end: AttemptEnd {
                trial: id.clone(),
                attempt: 1,
                ending: t.ending,
                stop_rule: None,
                error: error.filter(|_| t.ending == Ending::InfraError),
                turn_limit,
                extensions: 0,
                reminders: 0,
                at: ended_at,
            },
            end: TrialEnd {
                trial: id.clone(),
                attempt: 1,
                ending: t.ending,
                stop_rule: None,
                grade: None,
                patch: t.patch,
                wall_ms: 0,
                at: ended_at,
            },
            start: TrialStart {
                run: self.run.clone(),
                trial: id.clone(),
                key,
                policy,
                turn_limit,
                labels: labels.collect(),
                at: started_at,
            },
            whole: ImportedWhole {
                model: t.model.or_else(|| self.given.model.clone()),
                solved: t.solved,
                score: t.score,
                wall_ms: t.wall_ms,
                prompt_tokens: t.prompt_tokens,
                decode_tokens: t.decode_tokens,
                cost: t.cost,
            },
            turns: (1..)
                .zip(t.turns)
                .map(|(number, turn)| {
                    extras.extend(extra_row(Some(number), &turn.extra));
                    record(&id, number, turn)
                })
                .collect(),
            extras,
        }
    }

    /// What makes it that trial: where a file says no seed, its repeats are told apart by one.
    fn key(&mut self, t: &Trajectory) -> TrialKey {
        let suite =
            t.suite.clone().or_else(|| self.given.suite.clone()).unwrap_or_else(|| self.format.to_string());
        let policy = t.policy.clone().unwrap_or_else(|| POLICY.to_owned());
        let repeats = self.repeats.entry((suite.clone(), t.task.clone(), policy.clone())).or_default();
        let seed = t.seed.unwrap_or(*repeats);
        *repeats += 1;
        TrialKey { suite, task: t.task.clone(), policy, seed }
    }

    /// The policy as it is recorded: nothing but the limit is known of it.
    fn policy(&mut self, name: &str, turn_limit: Option<u32>) -> String {
        let plain = &self.plain;
        let resolved = self.policies.entry((name.to_owned(), turn_limit)).or_insert_with(|| {
            let caps = Caps { turns: turn_limit, ..Caps::default() };
            let mut named = plain.clone();
            name.clone_into(&mut named.name);
            // Without percentiles nothing can be missing.
            named
                .resolve(&Baseline::new("", "", Vec::new()), caps)
                .map(|policy| policy.to_json())
                .unwrap_or_default()
        });
        resolved.clone()
    }
}

/// Why the harness lost it, in the words there are.
fn lost(t: &Trajectory) -> Option<String> {
    let nothing = t.turns.is_empty().then(|| "the file records no turn".to_owned());
    t.exit.clone().or(nothing)
}

fn extra_row(turn: Option<TurnNo>, extra: &Extra) -> Option<ExtraRow> {
    let body = || serde_json::to_string(extra).ok();
    Some(ExtraRow { turn: turn.map(|turn| (1, turn)), body: (!extra.is_empty()).then(body)?? })
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a time in milliseconds, rounded"
)]
fn record(trial: &TrialId, number: TurnNo, turn: Turn) -> (TurnRecord, Unknown) {
    let unknown = Unknown::PROMPT_TOKENS.when(turn.prompt_tokens)
        | Unknown::PREFILL_TOKENS.when(turn.prefill_tokens)
        | Unknown::DECODE_TOKENS.when(turn.decode_tokens)
        | Unknown::MODEL_MS.when(turn.model_ms)
        | Unknown::TOOL_MS.when(turn.tool_ms)
        | Unknown::WORKSPACE.when(turn.work.as_ref())
        | Unknown::STARTED_AT.when(turn.started_at);
    let usage = Usage {
        prompt_tokens: turn.prompt_tokens.unwrap_or_default(),
        prefill_tokens: turn.prefill_tokens.unwrap_or_default(),
        decode_tokens: turn.decode_tokens.unwrap_or_default(),
    };
    let workspace = turn.work.map(|work| WorkspaceState {
        patch_lines: work.lines,
        digest: work.digest,
        ..WorkspaceState::default()
    });
    let (model_ms, tool_ms) = (turn.model_ms.unwrap_or_default(), turn.tool_ms.unwrap_or_default());
    let record = TurnRecord {
        trial: trial.clone(),
        attempt: 1,
        prompt: turn.told,
        reply: Reply {
            tool_calls: turn.calls,
            finish: turn.finish,
            usage,
            stats: TokenStats { entropy_mean: turn.entropy_mean, logprob_mean: turn.logprob_mean },
            ..Reply::saying(turn.reply)
        },
        thought: turn.thought,
        facts: TurnFacts {
            turn: number,
            action: turn.action,
            observation: turn.observation,
            exit_code: turn.exit_code,
            workspace: workspace.unwrap_or_default(),
            asks_more: turn.asks_more,
            usage,
            elapsed_ms: (model_ms + tool_ms).max(0.0).round() as u64,
            cost: turn.cost,
            signals: turn.signals,
        },
        votes: Vec::new(),
        vote_us: Vec::new(),
        verdict: VerdictKind::Continue,
        model_ms,
        tool_ms,
        started_at: turn.started_at.unwrap_or_default(),
    };
    (record, unknown)
}
