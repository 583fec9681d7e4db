//! Who watches the replies of an attempt while they are written: what a policy or the run wants measured or kept of them.
//!
//! A model that cannot be watched leaves it all absent: rules that look at it abstain.

mod cue_watch;
mod cues;
mod low_probs;
mod several;
mod state_keeper;
mod think_exit;

use std::sync::{Arc, Mutex};

use turnwise_core::{Conversation, Watcher, quarters};
use turnwise_policy::{Policy, signals::names};

pub(crate) use cue_watch::{AtCue, CueWatch};
pub use cues::{CueFinder, Found};
pub(crate) use state_keeper::StateKeeper;

use crate::Parts;

/// Whether the hidden states at the end of every reply are stored with it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KeepStates {
    /// Only where the policy could not be decided again without them.
    #[default]
    AsNeeded,
    /// Those of a quarter, a half and three quarters of the layers, and of the last.
    Always,
}

impl KeepStates {
    /// Whether the states of an attempt under this policy are stored.
    pub(crate) fn stores(self, policy: &Policy) -> bool {
        self == Self::Always || policy.learned.estimators().remember()
    }
}

/// Has the replies of a conversation watched as the policy and the run want it.
pub(crate) fn watch(parts: &Parts, policy: &Policy, conversation: &mut dyn Conversation) {
    let mut watchers: Vec<Box<dyn Watcher>> = Vec::new();
    if policy.signals.contains_key(names::LOW_PROBS) {
        watchers.push(Box::new(low_probs::LowProbs::default()));
    }
    let mut layers = policy.learned.estimators().layers();
    if parts.keep_states == KeepStates::Always {
        layers.extend(parts.model.layers().map(quarters).unwrap_or_default());
        layers.sort_unstable();
        layers.dedup();
    }
    if !layers.is_empty() {
        let stored = parts.keep_states.stores(policy);
        watchers.push(Box::new(StateKeeper::new(layers, stored)));
    }
    if let Some(exit) =
        policy.think.as_ref().and_then(|think| think_exit::ThinkExit::of(think, &parts.profile))
    {
        watchers.push(Box::new(exit));
    }
    if !watchers.is_empty() {
        conversation.watch(Some(Arc::new(Mutex::new(several::Several::of(watchers)))));
    }
}
