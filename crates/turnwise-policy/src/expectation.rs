//! What an example may expect, and what a policy made of its turns.

use std::fmt;

use turnwise_core::{Verdict, VerdictKind};
use turnwise_toml::{Node, Value};

use crate::{History, Policy, Untimed, View, example::ExampleTurn};

/// Something a policy did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Happening {
    Opening {
        left: Option<u32>,
    },
    Stop {
        by: String,
        turn: u32,
    },
    /// A rule said this: live rules all but stops, which are above, shadow rules all.
    Said {
        by: String,
        what: VerdictKind,
        shadow: bool,
        turn: u32,
    },
    Extend {
        to: u32,
        turn: u32,
    },
    Shorten {
        to: u32,
        turn: u32,
    },
    Remind {
        left: u32,
        turn: u32,
    },
    /// The prompt behind the last turn has a report in it.
    ShowsReport,
    /// The prompt behind the last turn shows these turns.
    Shows {
        first: u32,
        last: u32,
    },
    /// It shows the observations of these turns as lines.
    Shrinks {
        first: u32,
        last: u32,
    },
}

/// What an example says about what happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Expectation {
    /// This happens.
    Happens(Happening),
    /// The attempt goes on after the last turn.
    Continues,
}

/// The verdict in a word with a colon.
fn verdict(word: &str) -> Option<VerdictKind> {
    let word = word.strip_suffix(':')?;
    VerdictKind::ALL.into_iter().find(|known| known.as_str() == word)
}

/// What `policy` makes of these turns, up to its end.
pub(crate) fn happenings(policy: &Policy, turns: &[ExampleTurn]) -> Vec<Happening> {
    let told = policy.opening().and(policy.turn_limit());
    let mut happened = vec![Happening::Opening { left: told }];
    let mut controller = policy.controller();
    for shown in turns {
        let turn = shown.facts.turn;
        let decision = controller.decide(&mut shown.facts.clone(), shown.spoken(), &mut Untimed);
        for vote in &decision.votes {
            let said = match vote.verdict {
                VerdictKind::Continue | VerdictKind::Extend => false,
                VerdictKind::Stop => vote.shadow,
                VerdictKind::Remind | VerdictKind::Shorten | VerdictKind::Restart | VerdictKind::Abstain => {
                    true
                }
            };
            // What a live rule says on the last turn comes to nothing.
            let idle = decision.end.is_some() && !vote.shadow && vote.verdict != VerdictKind::Abstain;
            if said && !idle {
                let (by, what, shadow) = (vote.rule.clone(), vote.verdict, vote.shadow);
                happened.push(Happening::Said { by, what, shadow, turn });
            }
        }
        match decision.verdict {
            Verdict::Extend { to, .. } => happened.push(Happening::Extend { to, turn }),
            Verdict::Shorten { to, .. } => happened.push(Happening::Shorten { to, turn }),
            Verdict::Remind { .. } => {
                let limit = controller.turn_limit();
                happened
                    .extend(limit.map(|limit| Happening::Remind { left: limit.saturating_sub(turn), turn }));
            }
            Verdict::Continue | Verdict::Stop | Verdict::Restart { .. } => {}
        }
        if let Some(end) = decision.end {
            let by = end.rule.unwrap_or_else(|| end.ending.to_string());
            happened.push(Happening::Stop { by, turn });
            return happened;
        }
    }
    if !policy.context.only_grows() {
        happened.extend(shown(policy, turns));
    }
    happened
}

/// What of these turns stands in the next prompt.
fn shown(policy: &Policy, turns: &[ExampleTurn]) -> Vec<Happening> {
    let context = &policy.context;
    let View { first, whole, turns: last } = context.view(turns.last().map_or(0, |turn| turn.facts.turn));
    let mut shown = vec![Happening::Shows { first, last }];
    if whole > first {
        shown.push(Happening::Shrinks { first, last: whole - 1 });
    }
    if let History::Report(report) = &context.history {
        let written = turns.iter().any(|turn| report.split(turn.spoken().reply).0.is_some());
        shown.extend(written.then_some(Happening::ShowsReport));
    }
    shown
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
            ["shadow", what, by, "at", "turn", turn] => Happening::Said {
                by: (*by).to_owned(),
                what: verdict(what)?,
                shadow: true,
                turn: turn.parse().ok()?,
            },
            [what @ ("remind:" | "shorten:" | "restart:" | "abstain:"), by, "at", "turn", turn] => {
                Happening::Said {
                    by: (*by).to_owned(),
                    what: verdict(what)?,
                    shadow: false,
                    turn: turn.parse().ok()?,
                }
            }
            ["shorten:", "to", to, "at", "turn", turn] => {
                Happening::Shorten { to: to.parse().ok()?, turn: turn.parse().ok()? }
            }
            ["extend:", "to", to, "at", "turn", turn] => {
                Happening::Extend { to: to.parse().ok()?, turn: turn.parse().ok()? }
            }
            ["shows:", "report"] => Happening::ShowsReport,
            ["shows:", "turns", first, "to", last] => {
                Happening::Shows { first: first.parse().ok()?, last: last.parse().ok()? }
            }
            ["shrinks:", "turns", first, "to", last] => {
                Happening::Shrinks { first: first.parse().ok()?, last: last.parse().ok()? }
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
            Self::Stop { .. } | Self::Extend { .. } | Self::Shorten { .. } => true,
            Self::Said { what, shadow, .. } => {
                !shadow && *what != VerdictKind::Abstain && *what != VerdictKind::Shorten
            }
            Self::Opening { .. }
            | Self::Remind { .. }
            | Self::ShowsReport
            | Self::Shows { .. }
            | Self::Shrinks { .. } => false,
        }
    }
}

impl fmt::Display for Happening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Opening { left: None } => f.write_str("opening: silent"),
            Self::Opening { left: Some(left) } => write!(f, "opening: {left} left"),
            Self::Stop { by, turn } => write!(f, "stop: {by} at turn {turn}"),
            Self::Said { by, what, shadow, turn } => {
                write!(f, "{}{what}: {by} at turn {turn}", if *shadow { "shadow " } else { "" })
            }
            Self::Shorten { to, turn } => write!(f, "shorten: to {to} at turn {turn}"),
            Self::Extend { to, turn } => write!(f, "extend: to {to} at turn {turn}"),
            Self::ShowsReport => f.write_str("shows: report"),
            Self::Shows { first, last } => write!(f, "shows: turns {first} to {last}"),
            Self::Shrinks { first, last } => write!(f, "shrinks: turns {first} to {last}"),
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
