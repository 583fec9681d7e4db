//! What a policy came to over all replayed trials, under the names of contract.md.

use serde::Serialize;
use turnwise_core::Ending;
use turnwise_policy::{AtLimit, Fate, Policy, PolicySpec, Replay, Replayed, Spoken};
use turnwise_store::{LeanTrial, LeanTurn};

use super::outcome::Grades;

/// What a policy came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Tally {
    pub(super) policy: String,
    pub(super) trials: usize,
    pub(super) known_outcome: usize,
    pub(super) solved_recorded: usize,
    /// At a cut the grade of the work there counts; where it has none, a recorded success counts only if the attempt ended
    /// within the cut.
    pub(super) solved_replayed: usize,
    pub(super) turns_recorded: u64,
    pub(super) turns_replayed: u64,
    pub(super) tokens_recorded: u64,
    pub(super) tokens_replayed: u64,
    /// Attempts that were ended before the record's end.
    pub(super) stopped: usize,
    /// Of those, recorded as solved.
    pub(super) stopped_solved: usize,
    /// Trials that did not end as recorded.
    pub(super) cut: usize,
    /// Of those, trials of which a grade says what the work at the cut was worth.
    pub(super) cut_known: usize,
    /// Of those, solved ones.
    pub(super) cut_solved: usize,
    /// Attempts that would have gone on past the record.
    pub(super) censored: usize,
    /// Whether the policy's budget was not told to the recorded model, or it was shown something else.
    pub(super) lower_bound: bool,
}

impl Tally {
    /// Nothing yet.
    pub(super) fn of(spec: &PolicySpec, trials: &[LeanTrial]) -> Self {
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
            cut: 0,
            cut_known: 0,
            cut_solved: 0,
            censored: 0,
            lower_bound: false,
        }
    }

    /// Replays a trial. One attempt is that whose work was graded; the others count by their turns.
    pub(super) fn add(
        &mut self,
        trial: &LeanTrial,
        turns: &mut [LeanTurn],
        policy: &Policy,
        grades: &Grades,
    ) {
        let is_told = policy.opening().is_some() || !policy.context.is_full();
        self.lower_bound |= is_told && policy.name != trial.policy;
        let counted = trial.counted.or(turns.last().map(|turn| turn.attempt));
        let mut attempts = turns.chunk_by_mut(|one, next| one.attempt == next.attempt).peekable();
        // What became of the task, while it is not what the record says.
        let mut cut = None;
        while let Some(attempt) = attempts.next() {
            let is_last = attempts.peek().is_none();
            // An attempt that another one followed was ended by something else than the model.
            let ended = if is_last { trial.ending } else { Some(Ending::Restarted) };
            let counts = attempt.first().map(|turn| turn.attempt) == counted;
            let Replayed { turns, tokens, fate } = replayed(attempt, policy, &trial.task, ended);
            self.turns_recorded += attempt.len() as u64;
            self.tokens_recorded += attempt.iter().map(tokens_of).sum::<u64>();
            self.turns_replayed += u64::from(turns);
            self.tokens_replayed += tokens;
            let is_short = (turns as usize) < attempt.len();
            let is_discarded = policy.at_limit == AtLimit::Discard
                && matches!(&fate, Fate::Ended(end) if is_limit(end.ending));
            self.stopped += usize::from(is_short);
            self.stopped_solved += usize::from(is_short && trial.solved == Some(true));
            self.censored += usize::from(fate == Fate::Censored);
            if is_short || is_discarded {
                let known = match is_discarded {
                    true => grades.without_work(trial),
                    false => grades.after(trial, &attempt[..turns as usize]),
                };
                // Where another attempt is cut, nobody knows what would have followed.
                cut.get_or_insert(known.filter(|_| counts));
            }
        }
        self.close(trial, cut);
    }

    /// Counts the outcome of a trial: that of the record, or what is known of the work at its cut.
    fn close(&mut self, trial: &LeanTrial, cut: Option<Option<bool>>) {
        let solved = match cut {
            None => trial.solved == Some(true),
            Some(known) => {
                self.cut += 1;
                self.cut_known += usize::from(known.is_some());
                self.cut_solved += usize::from(known == Some(true));
                known == Some(true)
            }
        };
        self.solved_replayed += usize::from(solved);
    }

    /// Adds what another thread has counted.
    pub(super) fn join(&mut self, other: &Self) {
        self.solved_replayed += other.solved_replayed;
        self.turns_recorded += other.turns_recorded;
        self.turns_replayed += other.turns_replayed;
        self.tokens_recorded += other.tokens_recorded;
        self.tokens_replayed += other.tokens_replayed;
        self.stopped += other.stopped;
        self.stopped_solved += other.stopped_solved;
        self.cut += other.cut;
        self.cut_known += other.cut_known;
        self.cut_solved += other.cut_solved;
        self.censored += other.censored;
        self.lower_bound |= other.lower_bound;
    }
}

fn replayed(turns: &mut [LeanTurn], policy: &Policy, task: &str, ending: Option<Ending>) -> Replayed {
    let mut replay = Replay::new(policy, task);
    for turn in turns {
        let spoken = Spoken { reply: &turn.reply, thought: &turn.thought, stats: turn.stats, states: None };
        replay.turn(&mut turn.facts, spoken);
        if replay.has_ended() {
            break;
        }
    }
    replay.close(ending)
}

fn is_limit(ending: Ending) -> bool {
    matches!(ending, Ending::TurnLimit | Ending::TokenLimit | Ending::TimeLimit | Ending::CostLimit)
}

fn tokens_of(turn: &LeanTurn) -> u64 {
    turn.facts.usage.prompt_tokens + turn.facts.usage.decode_tokens
}
