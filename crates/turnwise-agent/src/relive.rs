//! Goes through a recorded attempt with the model once more, without acting: which hidden states stood at the ends of its replies and at
//! the cues in its thinking, and what it would have answered, had its thinking been cut off there. The forced exits of LYNX (arXiv
//! 2512.05325; papers.md A2), one after another as S-GRPO makes them (arXiv 2505.07686).
//!
//! Recorded replies are recited, not written again: what is read at once costs a fraction of what is written token by token.

use std::sync::{Arc, Mutex, PoisonError};

use turnwise_core::{
    Action, Conversation, Model, ModelError, Outlook, Recital, Reply, Sampling, Seen, SessionSpec, States,
    Task, TurnNo, TurnRecord, Watcher,
};

use crate::{
    Profile,
    watching::{AtCue, CueWatch, StateKeeper},
};

/// What an attempt is gone through with.
#[derive(Clone)]
pub struct Reliving {
    /// The model that it was run with.
    pub model: Arc<dyn Model>,
    /// The profile.
    pub profile: Arc<Profile>,
    /// How its replies were drawn.
    pub sampling: Sampling,
    /// The seed of its sampling.
    pub seed: u64,
    /// The layers whose states are kept, from 0, ascending.
    pub layers: Vec<usize>,
    /// The words that are cues; with none of them no exits are forced.
    pub cues: Vec<String>,
}

/// What was found out about a turn.
#[derive(Clone, Debug, PartialEq)]
pub struct Relived {
    /// The turn.
    pub turn: TurnNo,
    /// The states at the end of its reply; `None` where it has no tokens.
    pub end: Option<States>,
    /// The cues in its thinking, in order.
    pub cues: Vec<RelivedCue>,
}

/// What was found out about a cue.
#[derive(Clone, Debug, PartialEq)]
pub struct RelivedCue {
    /// The word.
    pub word: String,
    /// Which of the reply's it is, from 1.
    pub nth: u32,
    /// Its last token, from 0.
    pub place: u32,
    /// Tokens of the reply up to where it was cut off: the cue's and one behind it.
    pub spent: u32,
    /// Tokens of the recorded thinking behind that.
    pub spared: u32,
    /// Mean entropy of the tokens spent, in nats.
    pub entropy: f64,
    /// Their mean log-probability, in nats.
    pub logprob: f64,
    /// The states at the cue's last token.
    pub states: States,
    /// What the model wanted done instead.
    pub answer: Action,
}

impl Reliving {
    /// Opens the conversation of an attempt.
    ///
    /// # Errors
    /// When the model cannot serve.
    pub fn open(&self, task: &Task) -> Result<Box<dyn Conversation>, ModelError> {
        let (sampling, style) = (self.sampling.clone(), self.profile.style_for(task));
        self.model.open(SessionSpec { task, sampling, seed: self.seed, style: &style })
    }

    /// Goes through a turn, the turns before it having been gone through in the same conversation; `None` where the model
    /// cannot be watched or cannot recite.
    ///
    /// # Errors
    /// When the model fails.
    pub async fn turn(
        &self,
        conversation: &mut dyn Conversation,
        turn: &TurnRecord,
    ) -> Result<Option<Relived>, ModelError> {
        turn.prompt.iter().for_each(|message| conversation.push(message.clone()));
        let before = conversation.fork(self.seed);
        let Some(scout) = self.recite(conversation, &turn.reply).await? else { return Ok(None) };
        let Some(before) = before else { return Ok(None) };
        let mut cues = Vec::new();
        for at in scout.found {
            let Some(branch) = before.fork(self.seed) else { continue };
            if let Some(answer) = self.answer(branch, &turn.reply, &at).await? {
                cues.push(relived(at, &scout.thinking, answer));
            }
        }
        Ok(Some(Relived { turn: turn.facts.turn, end: scout.end, cues }))
    }

    /// Has the reply recited and sees what there is to see.
    async fn recite(
        &self,
        conversation: &mut dyn Conversation,
        reply: &Reply,
    ) -> Result<Option<Scout>, ModelError> {
        let watch = self.profile.cues(&self.cues).map(|finder| CueWatch::new(finder, self.layers.clone()));
        let scout = Arc::new(Mutex::new(Scout {
            keeper: StateKeeper::new(self.layers.clone(), false),
            watch: watch.filter(|_| !self.cues.is_empty()),
            layers: self.layers.clone(),
            ..Scout::default()
        }));
        // The token that ended a turn is written, and is no part of the reply.
        let is_whole = reply.usage.decode_tokens > reply.tokens.len() as u64;
        let recital = if is_whole { Recital::Turn(&reply.tokens) } else { Recital::Part(&reply.tokens) };
        if !conversation.watch(Some(scout.clone())) || !conversation.recite(recital) {
            return Ok(None);
        }
        conversation.reply().await?;
        conversation.watch(None);
        let mut scout = std::mem::take(&mut *scout.lock().unwrap_or_else(PoisonError::into_inner));
        scout.end = scout.keeper.states();
        Ok(Some(scout))
    }

    /// What the model wants done where its thinking is cut off behind a cue; `None` where that cannot be found out.
    async fn answer(
        &self,
        mut branch: Box<dyn Conversation>,
        reply: &Reply,
        at: &AtCue,
    ) -> Result<Option<Action>, ModelError> {
        let Some(close) = self.profile.closes_thinking() else { return Ok(None) };
        let begun =
            reply.tokens.get(..at.spent as usize).is_some_and(|tokens| branch.begin_with(tokens, close));
        if !begun {
            return Ok(None);
        }
        let forced = branch.reply().await?;
        // A template that fails makes no complaint, and what it would complain of is no command either way.
        Ok(self.profile.parse(&forced).ok().map(|parsed| parsed.action))
    }
}

fn relived(at: AtCue, thinking: &Thinking, answer: Action) -> RelivedCue {
    let AtCue { found, place, spent, entropy, logprob, states } = at;
    let spared = thinking.tokens.saturating_sub(spent);
    RelivedCue { word: found.word, nth: found.nth, place, spent, spared, entropy, logprob, states, answer }
}

/// How long the thinking of a reply was.
#[derive(Debug, Default)]
struct Thinking {
    /// Tokens up to the one that ended it, or all.
    tokens: u32,
}

/// Sees the states at the end of a reply and the cues in its thinking.
#[derive(Debug, Default)]
struct Scout {
    keeper: StateKeeper,
    watch: Option<CueWatch>,
    layers: Vec<usize>,
    found: Vec<AtCue>,
    thinking: Thinking,
    end: Option<States>,
}

impl Watcher for Scout {
    fn layers(&self) -> Vec<usize> {
        self.layers.clone()
    }

    fn reads(&self) -> bool {
        self.watch.is_some()
    }

    fn token(&mut self, seen: &Seen<'_>) -> Outlook {
        self.keeper.token(seen);
        if let Some(watch) = &mut self.watch {
            let was_over = watch.is_over();
            self.found.extend(watch.token(seen));
            self.thinking.tokens += u32::from(!was_over || seen.index == 0);
        }
        Outlook::Continue
    }
}

#[cfg(test)]
mod tests;
