//! What a policy came to over all replayed trials, under the names of contract.md.

use serde::Serialize;
use turnwise_core::{Ending, TurnRecord};
use turnwise_policy::{AtLimit, Fate, Policy, PolicySpec, Replay, Replayed, Spoken};
use turnwise_store::TrialRow;

/// What a policy came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Tally {
    pub(super) policy: String,
    pub(super) trials: usize,
    pub(super) known_outcome: usize,
    pub(super) solved_recorded: usize,
    /// A recorded success counts only if the attempt ended within the cut.
    pub(super) solved_replayed: usize,
    pub(super) turns_recorded: u64,
    pub(super) turns_replayed: u64,
    pub(super) tokens_recorded: u64,
    pub(super) tokens_replayed: u64,
    /// Attempts that were ended before the record's end.
    pub(super) stopped: usize,
    /// Of those, recorded as solved.
    pub(super) stopped_solved: usize,
    /// Attempts that would have gone on past the record.
    pub(super) censored: usize,
    /// Whether the policy's budget was not told to the recorded model.
    pub(super) lower_bound: bool,
}

impl Tally {
    /// Nothing yet.
    pub(super) fn of(spec: &PolicySpec, trials: &[TrialRow]) -> Self {
        Self {
            policy: spec.name.clone(),
            trials: trials.len(),
            known_outcome: trials.iter().filter(|trial| trial.solved.is_some()).count(),
            solved_recorded: trials.iter().filter(|trial| trial.solved == Some(true)).count(),
            solved_replayed: 0,
            turns_recorded: 0,
            turns_replayed: 0,
            tokens_recorded: 0,
            tokens_replayed: 0,
            stopped: 0,
            stopped_solved: 0,
            censored: 0,
            lower_bound: false,
        }
    }

    /// Replays a trial. Its last attempt is the one whose work was graded; the ones before it count by their turns.
    pub(super) fn add(
        &mut self,
        trial: &TrialRow,
        turns: &[TurnRecord],
        policy: &Policy,
        ending: Option<Ending>,
    ) {
        self.lower_bound |= policy.opening().is_some() && policy.name != trial.policy;
        let attempts: Vec<&[TurnRecord]> = turns.chunk_by(|one, next| one.attempt == next.attempt).collect();
        let mut is_cut = false;
        for (index, attempt) in attempts.iter().enumerate() {
            let is_last = index + 1 == attempts.len();
            // An attempt that another one followed was ended by something else than the model.
            let ended = if is_last { ending } else { Some(Ending::Restarted) };
            let Replayed { turns, tokens, fate } = replayed(attempt, policy, &trial.task, ended);
            self.turns_recorded += attempt.len() as u64;
            self.tokens_recorded += attempt.iter().map(tokens_of).sum::<u64>();
            self.turns_replayed += u64::from(turns);
            self.tokens_replayed += tokens;
            let is_short = (turns as usize) < attempt.len();
            let is_discarded = policy.at_limit == AtLimit::Discard
                && matches!(&fate, Fate::Ended(end) if end.ending == Ending::TurnLimit);
            self.stopped += usize::from(is_short);
            self.stopped_solved += usize::from(is_short && trial.solved == Some(true));
            self.censored += usize::from(fate == Fate::Censored);
            is_cut |= is_short || is_discarded;
        }
        self.solved_replayed += usize::from(trial.solved == Some(true) && !is_cut);
    }
}

fn replayed(turns: &[TurnRecord], policy: &Policy, task: &str, ending: Option<Ending>) -> Replayed {
    let mut replay = Replay::new(policy, task);
    for turn in turns {
        replay.turn(&mut turn.facts.clone(), Spoken::of(turn));
        if replay.has_ended() {
            break;
        }
    }
    replay.close(ending)
}

fn tokens_of(turn: &TurnRecord) -> u64 {
    turn.facts.usage.prompt_tokens + turn.facts.usage.decode_tokens
}
