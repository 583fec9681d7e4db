//! Lowers the turn limit to what the model says it needs, and never raises it: BAGEN (arXiv 2606.00198;
//! papers2026.md §7.4), where every model was too hopeful about itself. The model says `TURNS_NEEDED:
//! LOW-HIGH`, or `TURNS_NEEDED: impossible`; a profile or a reminder has to ask for it.

use serde::{Deserialize, Serialize};
use turnwise_core::TurnFacts;
use turnwise_toml::Table;

use super::{Finding, Keys, Missing, Say, Settings, Watcher, need};
use crate::{PolicyError, signals::names};

/// The rule's settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Interval {
    /// What the upper end of the interval is multiplied with.
    slack: f64,
    /// How often the model must call the task impossible.
    times: u32,
    /// How many turns are left then.
    grace: u32,
    text: String,
}

impl Interval {
    pub(crate) fn read(table: &mut Table) -> Result<Self, PolicyError> {
        let text = "By your own estimate you have {turns} left to complete the task.";
        Ok(Self {
            slack: table.real("slack", (1.0, 100.0), Some(1.5))?,
            times: table.count("times", (1, u32::MAX), Some(2))?,
            grace: table.count("grace", (1, u32::MAX), Some(2))?,
            text: table.words("text", text)?,
        })
    }
}

impl Settings for Interval {
    fn name(&self) -> &'static str {
        "interval"
    }

    fn needs(&self) -> Vec<String> {
        [names::STATED_TURNS, names::STATED_IMPOSSIBLE, names::TURNS_LEFT].map(str::to_owned).to_vec()
    }

    fn watcher(&self) -> Box<dyn Watcher> {
        Box::new(IntervalWatcher { settings: self.clone(), impossible: 0, limit: u32::MAX })
    }

    fn explain(&self) -> String {
        let Self { slack, times, grace, .. } = self;
        format!(
            "lowers the turn limit to {slack} times what the model says it still needs, or to {grace} more turns once it has \
             called the task impossible {times} times"
        )
    }
}

#[derive(Debug)]
struct IntervalWatcher {
    settings: Interval,
    impossible: u32,
    /// The lowest limit that it has asked for.
    limit: u32,
}

impl Watcher for IntervalWatcher {
    fn look(&mut self, facts: &TurnFacts) -> Result<Finding, Missing> {
        let Interval { slack, times, grace, text } = &self.settings;
        let impossible = need(facts, names::STATED_IMPOSSIBLE)? > 0.0;
        self.impossible += u32::from(impossible);
        let stated = match facts.signal(names::STATED_TURNS) {
            _ if impossible && self.impossible >= *times => f64::from(*grace),
            Some(turns) if !impossible => (turns * slack).max(1.0),
            Some(_) | None => return Ok(Finding::nothing()),
        };
        let left = facts.signal(names::TURNS_LEFT).unwrap_or(f64::INFINITY);
        let to = facts.turn.saturating_add(whole(stated));
        let lower = f64::from(whole(stated)) < left && to < self.limit;
        if lower {
            self.limit = to;
        }
        Ok(Finding::of(stated, left).and(|| lower.then(|| Say::Shorten { to, text: text.clone() })))
    }
}

/// The next whole number of turns.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a number of turns: from 1, and cut off at the largest u32 by the cast"
)]
fn whole(turns: f64) -> u32 {
    turns.ceil() as u32
}

#[cfg(test)]
mod tests {
    use crate::rules::tests::{Turn, said, texts};

    #[test]
    fn the_limit_is_lowered_and_never_raised() {
        let at = |left, stated: Option<f64>, impossible| -> Turn<'_> {
            let stated = stated.map(|turns| ("stated_turns", turns));
            [("turns_left", left), ("stated_impossible", impossible)].into_iter().chain(stated).collect()
        };
        let turns = [
            at(20.0, None, 0.0),
            at(19.0, Some(4.0), 0.0),
            at(5.0, Some(9.0), 0.0),
            at(4.0, None, 1.0),
            at(3.0, None, 1.0),
        ];
        let rule = "[interval]\nslack = 1.5\ntimes = 2\ngrace = 1";
        assert_eq!(said(rule, &turns), "-<--<");
        // Turn 2 and 1.5 * 4 more; turn 5 and 1 more.
        assert_eq!([&texts(rule, &turns)[1], &texts(rule, &turns)[4]], ["to 8", "to 6"]);
    }
}
