//! What a policy would have made of a recorded attempt: its verdicts on the recorded turns, and where it would have
//! ended the attempt.
//!
//! A replay says nothing about what the model would have done otherwise. A reminder that it never got, or turns beyond
//! the record, are out of reach: the latter are censored.

use turnwise_core::{Ending, TurnFacts};

use crate::{Controller, Decision, End, Policy, Spoken, Untimed};

/// A policy deciding on recorded turns, shown to it in order.
#[derive(Debug)]
pub struct Replay {
    controller: Controller,
    turns: u32,
    tokens: u64,
    end: Option<End>,
}

/// What a policy made of a recorded attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replayed {
    /// Turns up to where it ended.
    pub turns: u32,
    /// Prompt and reply tokens of these turns.
    pub tokens: u64,
    /// How it ended.
    pub fate: Fate,
}

/// How a replayed attempt ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// As recorded: by itself.
    AsRecorded,
    /// By the policy.
    Ended(End),
    /// Something else cut the recorded attempt; this policy would have let it go on.
    Censored,
}

impl Replay {
    /// Begins with an attempt at this task.
    pub fn new(policy: &Policy, task: &str) -> Self {
        Self::of_attempt(policy, task, 1)
    }

    /// Begins with the attempt at this place of a trial, from 1.
    pub fn of_attempt(policy: &Policy, task: &str, place: u32) -> Self {
        Self { controller: policy.for_task(task).controller_of(place), turns: 0, tokens: 0, end: None }
    }

    /// Whether the policy has ended the attempt: what was recorded after that does not count.
    pub fn has_ended(&self) -> bool {
        self.end.is_some()
    }

    /// Shows a turn and says what the policy decides.
    pub fn turn(&mut self, facts: &mut TurnFacts, spoken: Spoken<'_>) -> Decision {
        self.turns += 1;
        self.tokens += facts.usage.prompt_tokens + facts.usage.decode_tokens;
        let decision = self.controller.decide(facts, spoken, &mut Untimed);
        self.end.clone_from(&decision.end);
        decision
    }

    /// What came of it, where the record ends so; `None` is an ending that nobody knows.
    pub fn close(self, recorded: Option<Ending>) -> Replayed {
        let fate = match self.end {
            Some(End { ending: Ending::Submitted, .. }) => Fate::AsRecorded,
            Some(end) => Fate::Ended(end),
            None if recorded.is_some_and(was_cut) => Fate::Censored,
            None => Fate::AsRecorded,
        };
        Replayed { turns: self.turns, tokens: self.tokens, fate }
    }
}

/// Whether something other than the model ended an attempt.
fn was_cut(ending: Ending) -> bool {
    match ending {
        Ending::Submitted | Ending::ContextFull | Ending::FormatErrors => false,
        Ending::TurnLimit
        | Ending::TokenLimit
        | Ending::TimeLimit
        | Ending::CostLimit
        | Ending::Stopped
        | Ending::Restarted
        | Ending::Cancelled
        | Ending::InfraError
        | Ending::Interrupted => true,
    }
}

#[cfg(test)]
mod tests {
    use turnwise_core::{Action, Ending, TurnFacts, Usage, WorkspaceState};

    use super::{Fate, Replay, Replayed};
    use crate::{Baseline, Caps, PolicySpec, Spoken, shipped};

    /// What `fixed` with a limit of three makes of so many turns, of which the last may hand in.
    fn replayed(turns: u32, last: &Action, recorded: Option<Ending>) -> Replayed {
        let source = shipped().into_iter().find(|source| source.name == "fixed").unwrap();
        let spec = PolicySpec::parse(&source, &["budget.limit=3".to_owned()]).unwrap();
        let policy = spec.resolve(&Baseline::new("s", "m", Vec::new()), Caps::default()).unwrap();
        let mut replay = Replay::new(&policy, "task");
        for turn in 1..=turns {
            if replay.has_ended() {
                break;
            }
            let action = if turn == turns { last.clone() } else { Action::Shell(format!("ls {turn}")) };
            let mut facts = TurnFacts {
                turn,
                action,
                observation: String::new(),
                exit_code: None,
                workspace: WorkspaceState::default(),
                asks_more: false,
                usage: Usage { prompt_tokens: 100, prefill_tokens: 0, decode_tokens: 10 },
                elapsed_ms: 0,
                cost: None,
                signals: Vec::new(),
            };
            replay.turn(&mut facts, Spoken::default());
        }
        replay.close(recorded)
    }

    #[test]
    fn an_attempt_ends_by_itself_by_the_policy_or_beyond_the_record() {
        let go_on = Action::Shell("ls".to_owned());
        let short = replayed(2, &Action::Submit, Some(Ending::Submitted));
        assert_eq!((short.turns, short.tokens, short.fate), (2, 220, Fate::AsRecorded));
        let long = replayed(5, &Action::Submit, Some(Ending::Submitted));
        assert_eq!((long.turns, long.tokens), (3, 330));
        assert!(matches!(long.fate, Fate::Ended(end) if end.ending == Ending::TurnLimit));
        // Handing in on the last turn is no limit reached.
        assert_eq!(replayed(3, &Action::Submit, Some(Ending::Submitted)).fate, Fate::AsRecorded);
        assert_eq!(replayed(2, &go_on, Some(Ending::TurnLimit)).fate, Fate::Censored);
        assert_eq!(replayed(2, &go_on, Some(Ending::ContextFull)).fate, Fate::AsRecorded);
        assert_eq!(replayed(2, &go_on, None).fate, Fate::AsRecorded);
    }
}
