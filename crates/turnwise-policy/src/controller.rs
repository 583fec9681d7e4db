//! What is to be done after a turn: the limits and the rules of a policy, combined.
//!
//! The order is fixed: a submission ends the attempt; then the hard limits (replies without an action,
//! turns, tokens, time, cost); then the rules in the order of the file, of which the first live stop wins; then an
//! extension; then a reminder. Every rule sees every turn, so its word is logged whatever else is decided.

use turnwise_core::{Action, Ending, TurnFacts, Verdict, VerdictKind, Vote};

use crate::{
    Policy,
    budget::{Standing, TurnCounter},
    rules::Watcher,
};

/// The name under which the turn limit votes.
const TURN_LIMIT: &str = "turn_limit";

/// What is to be done after a turn.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// What is done.
    pub verdict: Verdict,
    /// Why the attempt ends; there exactly when `verdict` is [`Verdict::Stop`].
    pub end: Option<End>,
    /// What the rules said, shadow rules included. The turn limit votes when it stops or is extended.
    pub votes: Vec<Vote>,
}

/// Why an attempt ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    /// The ending.
    pub ending: Ending,
    /// The rule, for [`Ending::Stopped`].
    pub rule: Option<String>,
}

impl End {
    /// An end that no rule brought about.
    pub fn of(ending: Ending) -> Self {
        Self { ending, rule: None }
    }
}

/// Watches one attempt: shown the facts of each turn in order, it says what is to be done.
#[derive(Debug)]
pub struct Controller {
    policy: Policy,
    turns: TurnCounter,
    watchers: Vec<Box<dyn Watcher>>,
    invalid_in_a_row: u32,
    tokens: u64,
    ms: u64,
    cost: f64,
    reminders: u32,
}

impl Controller {
    pub(crate) fn new(policy: Policy) -> Self {
        Self {
            turns: TurnCounter::new(policy.turns.clone()),
            watchers: policy.rules.iter().map(|rule| rule.kind.watcher()).collect(),
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

    /// How often the model was told its turns after a turn, extensions included.
    pub fn reminders(&self) -> u32 {
        self.reminders
    }

    /// Says what is to be done after the turn with these facts.
    pub fn decide(&mut self, facts: &TurnFacts) -> Decision {
        let standing = match facts.action {
            Action::Submit => Standing::Free,
            Action::Shell(_) | Action::Invalid { .. } => self.turns.look(facts),
        };
        let limit_end = self.limit_end(facts, standing);
        let mut votes = turn_limit_votes(facts, standing);
        let rule_end = self.ask_rules(facts, &mut votes);
        let verdict = match limit_end.is_some() || rule_end.is_some() {
            true => Verdict::Stop,
            false => self.go_on(facts, standing),
        };
        Decision { verdict, end: limit_end.or(rule_end), votes }
    }

    /// The submission and the hard limits.
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
        } else if matches!(standing, Standing::Spent { .. }) {
            Ending::TurnLimit
        } else if limits.tokens.is_some_and(|most| self.tokens >= most) {
            Ending::TokenLimit
        } else if limits.ms.is_some_and(|most| self.ms >= most) {
            Ending::TimeLimit
        } else if limits.cost.is_some_and(|most| self.cost >= most) {
            Ending::CostLimit
        } else {
            return None;
        };
        Some(End::of(ending))
    }

    /// Shows the turn to every rule, logs what they say, and gives the first live stop.
    fn ask_rules(&mut self, facts: &TurnFacts, votes: &mut Vec<Vote>) -> Option<End> {
        let mut end = None;
        for (rule, watcher) in self.policy.rules.iter().zip(&mut self.watchers) {
            let finding = watcher.look(facts);
            let name = rule.kind.name().to_owned();
            if finding.stop && !rule.shadow && end.is_none() {
                end = Some(End { ending: Ending::Stopped, rule: Some(name.clone()) });
            }
            votes.push(Vote {
                rule: name,
                verdict: if finding.stop { VerdictKind::Stop } else { VerdictKind::Continue },
                shadow: rule.shadow,
                score: Some(finding.score),
                threshold: Some(finding.threshold),
            });
        }
        end
    }

    fn go_on(&mut self, facts: &TurnFacts, standing: Standing) -> Verdict {
        let verdict = match standing {
            Standing::Extend { left, to } => {
                self.turns.extend();
                Verdict::Extend { to, text: self.policy.texts.extension(left) }
            }
            Standing::Left { left, limit } if self.policy.reminders.due(facts.turn, limit) => {
                Verdict::Remind { text: self.policy.texts.reminder(left) }
            }
            Standing::Left { .. } | Standing::Free | Standing::Spent { .. } => return Verdict::Continue,
        };
        self.reminders += 1;
        verdict
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
    }]
}

#[cfg(test)]
mod tests;
