//! What probes are learned from, and what learned files say of recorded turns.

use turnwise_core::{AttemptNo, States, TrialId, TurnNo};

/// A recorded turn.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TurnKey {
    /// The trial.
    pub trial: TrialId,
    /// The attempt.
    pub attempt: AttemptNo,
    /// The turn, from 1.
    pub turn: TurnNo,
}

/// A place in a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Spot {
    /// The end, where the token that ended it was drawn.
    End,
    /// This token of it, from 0.
    Token(u32),
}

/// Something that was found out about a recorded turn.
#[derive(Clone, Debug, PartialEq)]
pub enum Finding {
    /// Hidden states at a place of its reply.
    States(Spot, States),
    /// What the model answered where its thinking was cut off.
    Exit(Exit),
    /// A signal that a learned file gives for it.
    Estimate(Estimate),
    /// What it is worth to stand behind it; behind turn 0, at the beginning.
    Value(ForkValue),
}

/// What the model answered where its thinking was cut off behind a cue.
#[derive(Clone, Debug, PartialEq)]
pub struct Exit {
    /// The cue's last token, from 0.
    pub place: u32,
    /// The cue.
    pub cue: String,
    /// Which cue of the reply it is, from 1.
    pub nth: u32,
    /// Tokens of the reply up to where it was cut.
    pub spent: u32,
    /// Tokens of the recorded thinking behind that.
    pub spared: u32,
    /// Mean entropy of the tokens up to there, in nats.
    pub entropy: Option<f64>,
    /// Mean log-probability of them, in nats.
    pub logprob: Option<f64>,
    /// The command that came instead.
    pub answer: String,
    /// Whether it is as good as the recorded one; `None` where nobody could say.
    pub as_good: Option<bool>,
    /// How that is known.
    pub because: Because,
}

/// How it is known whether an answer is as good as the recorded one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Because {
    /// It is the same command.
    Same,
    /// Both were run, and what they did and showed was compared.
    Effect,
    /// The hidden tests say so.
    Grade,
    /// There is no command in it.
    None,
}

impl Because {
    /// Every one there is.
    pub const ALL: [Self; 4] = [Self::Same, Self::Effect, Self::Grade, Self::None];

    /// The word in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Effect => "effect",
            Self::Grade => "grade",
            Self::None => "none",
        }
    }
}

/// A signal that a learned file gives for a turn.
#[derive(Clone, Debug, PartialEq)]
pub struct Estimate {
    /// The signal.
    pub signal: String,
    /// Its value, a finite number.
    pub value: f64,
    /// The hash of the file, in hex.
    pub source: String,
}

/// What runs came to that were drawn from behind a turn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ForkValue {
    /// How many were drawn.
    pub forks: u32,
    /// How many of them solved the task.
    pub solved: u32,
    /// Their mean score, in [0, 1].
    pub score: f64,
    /// The temperature they were drawn at.
    pub temperature: f64,
    /// The seed that theirs follow from.
    pub seed: u64,
}
