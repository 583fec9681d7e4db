//! Watches for cues in the thinking of a reply, with what a probe may look at there: known when the token behind the cue has been drawn, as
//! only that one comes with the states at the cue.

use turnwise_core::{Cue, Seen, States};

use super::cues::{CueFinder, Found};

/// Watches one reply after another.
#[derive(Debug)]
pub(crate) struct CueWatch {
    finder: CueFinder,
    layers: Vec<usize>,
    /// A cue whose next token has not been drawn.
    pending: Option<(Found, u32)>,
    tokens: u32,
    entropy: f64,
    logprob: f64,
}

/// A cue, when the token behind it has been drawn.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct AtCue {
    /// Which cue.
    pub(crate) found: Found,
    /// Its last token, from 0.
    pub(crate) place: u32,
    /// Tokens of the reply so far, the one behind the cue included.
    pub(crate) spent: u32,
    /// Mean entropy of the distributions they were drawn from, in nats.
    pub(crate) entropy: f64,
    /// Their mean log-probability, in nats.
    pub(crate) logprob: f64,
    /// At the cue's last token.
    pub(crate) states: States,
}

impl AtCue {
    /// As a probe sees it.
    pub(crate) fn cue(&self) -> Cue<'_> {
        let Self { found, spent, entropy, logprob, states, .. } = self;
        Cue { nth: found.nth, spent: *spent, entropy: *entropy, logprob: *logprob, states }
    }
}

impl CueWatch {
    /// Watches for what `finder` finds, and keeps the states after these layers, ascending.
    pub(crate) fn new(finder: CueFinder, layers: Vec<usize>) -> Self {
        Self { finder, layers, pending: None, tokens: 0, entropy: 0.0, logprob: 0.0 }
    }

    /// Whether the thinking of the reply has ended.
    pub(crate) fn is_over(&self) -> bool {
        self.finder.is_over()
    }

    /// A token has been drawn. The cue before it, if it stands behind one and the thinking goes on.
    pub(crate) fn token(&mut self, seen: &Seen<'_>) -> Option<AtCue> {
        if seen.index == 0 {
            self.finder.begin();
            (self.pending, self.tokens, self.entropy, self.logprob) = (None, 0, 0.0, 0.0);
        }
        self.tokens += 1;
        self.entropy += seen.entropy;
        self.logprob += seen.logprob;
        let next =
            self.finder.read(seen.adds).map(|found| (found, u32::try_from(seen.index).unwrap_or(u32::MAX)));
        let (found, place) = std::mem::replace(&mut self.pending, next)?;
        let count = f64::from(self.tokens);
        let states = States::of(&self.layers, seen.hidden).filter(|_| !self.finder.is_over())?;
        let (entropy, logprob) = (self.entropy / count, self.logprob / count);
        Some(AtCue { found, place, spent: place + 2, entropy, logprob, states })
    }
}
