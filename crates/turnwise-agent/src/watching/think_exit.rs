//! Leaves the thinking of a reply at a cue where the policy's probe says so: it writes what ends the thinking, and the model goes on with
//! its answer (LYNX, arXiv 2512.05325). In shadow it only measures where it would have.

use std::sync::Arc;

use turnwise_core::{CueProbe, Outlook, Seen, Watcher};
use turnwise_policy::{Think, signals::names};

use super::CueWatch;
use crate::Profile;

/// See the module.
#[derive(Debug)]
pub(super) struct ThinkExit {
    watch: CueWatch,
    probe: Arc<dyn CueProbe>,
    think: Think,
    close: String,
    cues: u32,
    best: Option<f64>,
    /// After how many tokens the thinking was left, or would have been.
    left: Option<u32>,
}

impl ThinkExit {
    /// Of what the policy says; `None` where there is no thinking or nobody has brought the probe.
    pub(super) fn of(think: &Think, profile: &Profile) -> Option<Self> {
        let probe = Arc::clone(think.probe()?);
        let watch = CueWatch::new(profile.cues(&think.cues)?, probe.layers().to_vec());
        let close = profile.closes_thinking()?.to_owned();
        Some(Self { watch, probe, think: think.clone(), close, cues: 0, best: None, left: None })
    }
}

impl Watcher for ThinkExit {
    fn layers(&self) -> Vec<usize> {
        self.probe.layers().to_vec()
    }

    fn reads(&self) -> bool {
        true
    }

    fn token(&mut self, seen: &Seen<'_>) -> Outlook {
        if seen.index == 0 {
            (self.cues, self.best, self.left) = (0, None, None);
        }
        let at = self.watch.token(seen).filter(|_| self.left.is_none());
        let Some((at, score)) = at.and_then(|at| Some((at.spent, self.probe.score(&at.cue())?))) else {
            return Outlook::Continue;
        };
        self.cues += 1;
        self.best = Some(self.best.map_or(score, |best| best.max(score)));
        if !self.think.leaves(score) {
            return Outlook::Continue;
        }
        self.left = Some(at);
        if self.think.shadow { Outlook::Continue } else { Outlook::Write(self.close.clone()) }
    }

    fn measures(&self) -> Vec<String> {
        vec![self.think.identity()]
    }

    fn measured(&mut self) -> Vec<(String, f64)> {
        let named = |name: &str, value| (name.to_owned(), value);
        let mut numbers = vec![named(names::THINK_CUES, f64::from(self.cues))];
        numbers.extend(self.best.map(|best| named(names::THINK_SCORE, best)));
        numbers.extend(self.left.map(|left| named(names::THINK_EXIT, f64::from(left))));
        numbers
    }
}

#[cfg(test)]
mod tests;
