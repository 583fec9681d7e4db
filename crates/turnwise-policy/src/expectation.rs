//! What an example may expect, and what a policy made of its turns.

use std::fmt;

use turnwise_core::{TurnFacts, Verdict, VerdictKind};
use turnwise_toml::{Node, Value};

use crate::Policy;

/// Something a policy did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Happening {
    Opening { left: Option<u32> },
    Stop { by: String, turn: u32 },
    ShadowStop { by: String, turn: u32 },
    Extend { to: u32, turn: u32 },
    Remind { left: u32, turn: u32 },
}

/// What an example says about what happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Expectation {
    /// This happens.
    Happens(Happening),
    /// The attempt goes on after the last turn.
    Continues,
}

/// What `policy` makes of these turns, up to its end.
pub(crate) fn happenings(policy: &Policy, turns: &[TurnFacts]) -> Vec<Happening> {
    let told = policy.opening().and(policy.turn_limit());
    let mut happened = vec![Happening::Opening { left: told }];
    let mut controller = policy.controller();
    for facts in turns {
        let turn = facts.turn;
        let decision = controller.decide(facts);
        for vote in decision.votes.iter().filter(|vote| vote.shadow && vote.verdict == VerdictKind::Stop) {
            happened.push(Happening::ShadowStop { by: vote.rule.clone(), turn });
        }
        match decision.verdict {
            Verdict::Extend { to, .. } => happened.push(Happening::Extend { to, turn }),
            Verdict::Remind { .. } => {
                let left = controller.turn_limit().map_or(0, |limit| limit.saturating_sub(turn));
                happened.push(Happening::Remind { left, turn });
            }
            Verdict::Continue | Verdict::Stop | Verdict::Restart => {}
        }
        if let Some(end) = decision.end {
            let by = end.rule.unwrap_or_else(|| end.ending.to_string());
            happened.push(Happening::Stop { by, turn });
            break;
        }
    }
    happened
}

impl Expectation {
    /// Reads one statement or a list of them.
    pub(crate) fn read_all(node: &Node) -> Option<Vec<Self>> {
        match &node.value {
            Value::Text(text) => Some(vec![Self::parse(text)?]),
            Value::List(items) if !items.is_empty() => {
                items.iter().map(Self::read_all).collect::<Option<Vec<_>>>().map(|lists| lists.concat())
            }
            Value::List(_)
            | Value::Whole(_)
            | Value::Real(_)
            | Value::Flag(_)
            | Value::Table(_)
            | Value::Other(_) => None,
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let happening = match words.as_slice() {
            ["continue"] => return Some(Self::Continues),
            ["opening:", "silent"] => Happening::Opening { left: None },
            ["opening:", left, "left"] => Happening::Opening { left: Some(left.parse().ok()?) },
            ["stop:", by, "at", "turn", turn] => {
                Happening::Stop { by: (*by).to_owned(), turn: turn.parse().ok()? }
            }
            ["shadow", "stop:", by, "at", "turn", turn] => {
                Happening::ShadowStop { by: (*by).to_owned(), turn: turn.parse().ok()? }
            }
            ["extend:", "to", to, "at", "turn", turn] => {
                Happening::Extend { to: to.parse().ok()?, turn: turn.parse().ok()? }
            }
            ["remind:", left, "left", "at", "turn", turn] => {
                Happening::Remind { left: left.parse().ok()?, turn: turn.parse().ok()? }
            }
            _ => return None,
        };
        Some(Self::Happens(happening))
    }

    pub(crate) fn holds(&self, happened: &[Happening]) -> bool {
        match self {
            Self::Happens(event) => happened.contains(event),
            Self::Continues => !happened.iter().any(|event| matches!(event, Happening::Stop { .. })),
        }
    }

    /// Whether this speaks of just that event.
    pub(crate) fn is_of(&self, happened: &Happening) -> bool {
        matches!(self, Self::Happens(event) if event == happened)
    }
}

impl Happening {
    /// Whether an example must mention it: ends and extensions, but not every reminder.
    pub(crate) fn is_decisive(&self) -> bool {
        match self {
            Self::Stop { .. } | Self::Extend { .. } => true,
            Self::Opening { .. } | Self::ShadowStop { .. } | Self::Remind { .. } => false,
        }
    }
}

impl fmt::Display for Happening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Opening { left: None } => f.write_str("opening: silent"),
            Self::Opening { left: Some(left) } => write!(f, "opening: {left} left"),
            Self::Stop { by, turn } => write!(f, "stop: {by} at turn {turn}"),
            Self::ShadowStop { by, turn } => write!(f, "shadow stop: {by} at turn {turn}"),
            Self::Extend { to, turn } => write!(f, "extend: to {to} at turn {turn}"),
            Self::Remind { left, turn } => write!(f, "remind: {left} left at turn {turn}"),
        }
    }
}

impl fmt::Display for Expectation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Happens(event) => event.fmt(f),
            Self::Continues => f.write_str("continue"),
        }
    }
}
