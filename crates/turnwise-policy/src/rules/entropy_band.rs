//! Fires when the model's entropy leaves the band around what it usually is at that turn, for several turns.
//!
//! After EPO (arXiv 2509.22576; papers.md A14): the band is [low, high] times the mean entropy of earlier runs
//! at the same turn (`history`, whose last value holds for all later turns). Without a history it is the mean
//! of the attempt's own turns before this one.

use serde::{Deserialize, Serialize};
use turnwise_core::TurnFacts;
use turnwise_toml::Table;

use super::{Finding, Keys, Missing, Settings, Watcher, need, response::Response};
use crate::{
    PolicyError,
    signals::{mean, names},
};

/// The rule's settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct EntropyBand {
    low: f64,
    high: f64,
    /// Turns in a row outside the band.
    turns: u32,
    /// The first turn that counts.
    from: u32,
    history: Vec<f64>,
    response: Response,
}

impl EntropyBand {
    pub(crate) fn read(table: &mut Table) -> Result<Self, PolicyError> {
        let low = table.real("low", (0.0, f64::MAX), Some(0.5))?;
        let text = "Stop for a moment and think about what you know before you go on.";
        Ok(Self {
            low,
            high: table.real("high", (low, f64::MAX), Some(f64::max(1.5, low)))?,
            turns: table.count("turns", (1, u32::MAX), Some(2))?,
            from: table.count("from", (1, u32::MAX), Some(3))?,
            history: table.numbers("history")?.unwrap_or_default(),
            response: Response::read_reminding(table, text)?,
        })
    }
}

impl Settings for EntropyBand {
    fn name(&self) -> &'static str {
        "entropy_band"
    }

    fn needs(&self) -> Vec<String> {
        vec![names::ENTROPY.to_owned()]
    }

    fn watcher(&self) -> Box<dyn Watcher> {
        Box::new(EntropyWatcher { settings: self.clone(), own: Vec::new(), outside: 0 })
    }

    fn explain(&self) -> String {
        let Self { low, high, turns, response, .. } = self;
        format!(
            "{} when its entropy was outside {low} to {high} times what is usual for {turns} turns in a row",
            response.verb()
        )
    }
}

#[derive(Debug)]
struct EntropyWatcher {
    settings: EntropyBand,
    own: Vec<f64>,
    outside: u32,
}

impl Watcher for EntropyWatcher {
    fn look(&mut self, facts: &TurnFacts) -> Result<Finding, Missing> {
        let entropy = need(facts, names::ENTROPY)?;
        let EntropyBand { low, high, turns, from, history, response } = &self.settings;
        let at = facts.turn.saturating_sub(1) as usize;
        let usual = history.get(at).or(history.last()).copied().or_else(|| mean(&self.own));
        self.own.push(entropy);
        let Some(usual) = usual.filter(|_| facts.turn >= *from) else { return Ok(Finding::nothing()) };
        let (least, most) = (low * usual, high * usual);
        let outside = entropy < least || entropy > most;
        self.outside = if outside { self.outside + 1 } else { 0 };
        let edge = if entropy < least { least } else { most };
        Ok(Finding::of(entropy, edge).and(|| (self.outside >= *turns).then(|| response.say())))
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::tests::{of, said};

    #[test]
    fn two_turns_outside_the_band_are_needed() {
        let turns = of("entropy", &[1.0, 1.0, 1.0, 1.6, 1.4, 1.6, 1.7, 0.4, 0.4]);
        assert_eq!(said("[entropy_band]\nhistory = [1.0]", &turns), "------RRR");
        assert_eq!(
            said("[entropy_band]\nhistory = [1.0, 1.0, 1.0, 2.0]\nverdict = 'stop'", &turns),
            "--------S"
        );
        // Its own mean before turn 4 is 1, before turn 5 1.15: 1.4 is inside.
        assert_eq!(said("[entropy_band]\nturns = 1", &turns), "---R---RR");
        assert_eq!(said("[entropy_band]", &[vec![]]), "?");
    }
}
