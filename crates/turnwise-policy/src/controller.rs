//! What is to be done after a turn: the limits and the rules of a policy, combined.
//!
//! First the signals of the turn are measured, and what was learned adds its own. Then the order is fixed:
//!
//! 1. A submission ends the attempt.
//! 2. Safety: replies without an action, tokens, time, cost.
//! 3. The budget: the turn limit.
//! 4. The rules in the order of the file, of which the first live stop or restart wins.
//! 5. The gate, where the policy has one: what a rule wants ended is ended only where recorded trials show that this pays
//!    ([`crate::Gate`]). A restart behind the last attempt that a trial may have is not obeyed either.
//! 6. What does not end the attempt: a live rule may lower the limit; else a due extension is granted; a rule's reminder is
//!    told behind that of the budget.
//!
//! Every rule sees every turn, so its word is logged whatever else is decided, and no rule knows what was
//! decided.

use turnwise_core::{Action, Ending, TurnFacts, Verdict, VerdictKind, Vote};

use crate::{
    Gate, Laps, Policy, Spoken,
    budgets::{Standing, TurnCounter},
    gate::MAKESPAN,
    learned::Look,
    reminder,
    rules::{Missing, Say, Watcher},
    signals::Meter,
};

/// The name under which the turn limit votes.
const TURN_LIMIT: &str = "turn_limit";

/// What is to be done after a turn.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// What is done.
    pub verdict: Verdict,
    /// Why the attempt ends; there exactly when `verdict` is [`Verdict::Stop`] or [`Verdict::Restart`].
    pub end: Option<End>,
    /// What the rules said, shadow rules included. The turn limit votes when it stops or is extended.
    pub votes: Vec<Vote>,
}

/// Why an attempt ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    /// The ending.
    pub ending: Ending,
    /// The rule, for [`Ending::Stopped`] and [`Ending::Restarted`].
    pub rule: Option<String>,
    /// The last turn that is kept, for [`Ending::Restarted`].
    pub keep: Option<u32>,
}

impl End {
    /// An end that no rule brought about.
    pub fn of(ending: Ending) -> Self {
        Self { ending, rule: None, keep: None }
    }
}

/// Watches one attempt: shown the facts of each turn in order, it says what is to be done.
#[derive(Debug)]
pub struct Controller {
    policy: Policy,
    /// Which of the trial's attempts it watches, from 1.
    place: u32,
    meter: Meter,
    look: Look,
    turns: TurnCounter,
    watchers: Vec<Box<dyn Watcher>>,
    invalid_in_a_row: u32,
    tokens: u64,
    ms: u64,
    cost: f64,
    reminders: u32,
}

/// What the live rules want, the first of each kind.
#[derive(Debug, Default)]
struct Wishes {
    end: Option<(End, Verdict)>,
    shorten: Option<(u32, String)>,
    remind: Option<String>,
}

impl Controller {
    pub(crate) fn new(policy: Policy, place: u32) -> Self {
        Self {
            place,
            meter: Meter::new(&policy.signals),
            look: Look::of(&policy.learned),
            turns: TurnCounter::new(policy.turns.as_ref()),
            watchers: policy.rules.iter().map(|rule| rule.kind.settings().watcher()).collect(),
            policy,
            invalid_in_a_row: 0,
            tokens: 0,
            ms: 0,
            cost: 0.0,
            reminders: 0,
        }
    }

    /// The turn limit now, extensions included.
    pub fn turn_limit(&self) -> Option<u32> {
        self.turns.limit()
    }

    /// How often the limit was extended.
    pub fn extensions(&self) -> u32 {
        self.turns.extensions()
    }

    /// How often the model was told something after a turn, extensions included.
    pub fn reminders(&self) -> u32 {
        self.reminders
    }

    /// The signals that what was learned gives.
    pub fn learned_signals(&self) -> Vec<String> {
        self.policy.learned.estimators().0.iter().flat_map(|one| one.gives()).collect()
    }

    /// Completes the facts of a turn with the signals that the policy has measured, and says what is to be done
    /// after it. Facts that are complete already come out as they are.
    pub fn decide(&mut self, facts: &mut TurnFacts, spoken: Spoken<'_>, laps: &mut dyn Laps) -> Decision {
        self.meter.measure(facts, spoken, self.turns.limit());
        self.look.at(facts, spoken.states);
        let standing = match facts.action {
            Action::Submit => Standing::Free,
            Action::Shell(_) | Action::Invalid { .. } => self.turns.look(facts),
        };
        let limit_end = self.limit_end(facts, standing);
        laps.begin();
        let mut votes = turn_limit_votes(facts, standing);
        votes.iter().for_each(|_| laps.lap());
        let mut wishes = self.ask_rules(facts, &mut votes, laps);
        if let Some(vote) = wishes.end.as_ref().and_then(|(end, _)| self.gate_vote(end)) {
            votes.push(vote);
            laps.lap();
        }
        wishes.end = wishes.end.filter(|(end, _)| self.lets_pass(end));
        let (end, verdict) = match (limit_end, wishes.end) {
            (Some(end), _) => (Some(end), Verdict::Stop),
            (None, Some((end, verdict))) => (Some(end), verdict),
            (None, None) => (None, self.go_on(facts, standing, wishes.shorten, wishes.remind)),
        };
        Decision { verdict, end, votes }
    }

    /// The submission, the hard limits and the turn limit.
    fn limit_end(&mut self, facts: &TurnFacts, standing: Standing) -> Option<End> {
        self.tokens += facts.usage.prompt_tokens + facts.usage.decode_tokens;
        self.ms += facts.elapsed_ms;
        self.cost += facts.cost.unwrap_or(0.0);
        self.invalid_in_a_row = match facts.action {
            Action::Invalid { .. } => self.invalid_in_a_row + 1,
            Action::Shell(_) | Action::Submit => 0,
        };
        let limits = &self.policy.limits;
        let ending = if facts.action == Action::Submit {
            Ending::Submitted
        } else if limits.max_invalid.is_some_and(|most| self.invalid_in_a_row >= most) {
            Ending::FormatErrors
        } else if limits.tokens.is_some_and(|most| self.tokens >= most) {
            Ending::TokenLimit
        } else if limits.ms.is_some_and(|most| self.ms >= most) {
            Ending::TimeLimit
        } else if limits.cost.is_some_and(|most| self.cost >= most) {
            Ending::CostLimit
        } else if matches!(standing, Standing::Spent { .. }) {
            Ending::TurnLimit
        } else {
            return None;
        };
        Some(End::of(ending))
    }

    /// Shows the turn to every rule, logs what they say, and gives what the live ones want.
    fn ask_rules(&mut self, facts: &TurnFacts, votes: &mut Vec<Vote>, laps: &mut dyn Laps) -> Wishes {
        let mut wishes = Wishes::default();
        for (rule, watcher) in self.policy.rules.iter().zip(&mut self.watchers) {
            let mut vote = Vote {
                rule: rule.name().to_owned(),
                verdict: VerdictKind::Abstain,
                shadow: rule.is_shadow(),
                score: None,
                threshold: None,
                missing: None,
            };
            match watcher.look(facts) {
                Ok(finding) => {
                    vote.verdict = finding.say.kind();
                    (vote.score, vote.threshold) = (finding.score, finding.threshold);
                    if !rule.is_shadow() {
                        wishes.hear(rule.name(), finding.say);
                    }
                }
                Err(Missing(signal)) => vote.missing = Some(signal),
            }
            votes.push(vote);
            laps.lap();
        }
        wishes
    }

    /// What the gate says to an end that a rule wants.
    fn gate_vote(&self, end: &End) -> Option<Vote> {
        let gate = self.policy.gate.as_ref()?;
        let verdict = match (gate.is_open(), end.ending) {
            (false, _) => VerdictKind::Continue,
            (true, Ending::Restarted) => VerdictKind::Restart,
            (true, _) => VerdictKind::Stop,
        };
        let (score, threshold) = (Some(gate.gain()), Some(0.0));
        Some(Vote { rule: MAKESPAN.to_owned(), verdict, shadow: false, score, threshold, missing: None })
    }

    fn lets_pass(&self, end: &End) -> bool {
        let pays = self.policy.gate.as_ref().is_none_or(Gate::is_open);
        pays && (end.ending != Ending::Restarted || self.policy.attempts.follows_restart(self.place))
    }

    fn go_on(
        &mut self,
        facts: &TurnFacts,
        standing: Standing,
        shorten: Option<(u32, String)>,
        remind: Option<String>,
    ) -> Verdict {
        let shortened = shorten.and_then(|(to, text)| Some((self.turns.shorten(to, facts.turn)?, text)));
        if let Some(((to, left), text)) = shortened {
            self.reminders += 1;
            return Verdict::Shorten { to, text: told(reminder::fill(&text, left), remind) };
        }
        let verdict = match standing {
            Standing::Extend { left, to } => {
                self.turns.extend();
                Verdict::Extend { to, text: told(self.policy.texts.extension(left), remind) }
            }
            Standing::Left { left, limit } if self.policy.reminders.due(facts.turn, limit) => {
                Verdict::Remind { text: told(self.policy.texts.reminder(left), remind) }
            }
            Standing::Left { .. } | Standing::Free | Standing::Spent { .. } => match remind {
                Some(text) => Verdict::Remind { text },
                None => return Verdict::Continue,
            },
        };
        self.reminders += 1;
        verdict
    }
}

impl Wishes {
    /// Takes in what a live rule says.
    fn hear(&mut self, rule: &str, say: Say) {
        let end = |ending, keep| End { ending, rule: Some(rule.to_owned()), keep };
        match say {
            Say::Continue => {}
            Say::Remind(text) => keep_first(&mut self.remind, text),
            Say::Shorten { to, text } => keep_first(&mut self.shorten, (to, text)),
            Say::Restart { keep } => {
                keep_first(&mut self.end, (end(Ending::Restarted, Some(keep)), Verdict::Restart { keep }));
            }
            Say::Stop => keep_first(&mut self.end, (end(Ending::Stopped, None), Verdict::Stop)),
        }
    }
}

fn keep_first<T>(place: &mut Option<T>, value: T) {
    place.get_or_insert(value);
}

/// What the model is told: the budget's word, and behind it a rule's.
fn told(budget: String, rule: Option<String>) -> String {
    match rule {
        Some(rule) => format!("{budget}\n{rule}"),
        None => budget,
    }
}

fn turn_limit_votes(facts: &TurnFacts, standing: Standing) -> Vec<Vote> {
    let (verdict, threshold) = match standing {
        Standing::Free | Standing::Left { .. } => return Vec::new(),
        Standing::Extend { to, .. } => (VerdictKind::Extend, to),
        Standing::Spent { limit } => (VerdictKind::Stop, limit),
    };
    vec![Vote {
        rule: TURN_LIMIT.to_owned(),
        verdict,
        shadow: false,
        score: Some(f64::from(facts.turn)),
        threshold: Some(f64::from(threshold)),
        missing: None,
    }]
}

#[cfg(test)]
mod tests;
