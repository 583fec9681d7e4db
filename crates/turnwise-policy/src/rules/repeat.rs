//! Stops an attempt that does the same thing and sees the same thing again and again.
//!
//! Looks at actions and observations as text, not at progress; a command whose output differs each time is
//! no repetition. OpenHands and goose stop so (papers2026.md §7.7).

use serde::{Deserialize, Serialize};
use turnwise_core::{ActionKind, TurnFacts};
use turnwise_toml::Table;

use super::{Finding, Keys, Missing, Settings, Watcher};
use crate::{
    PolicyError, Reads,
    read::whole_u32,
    signals::{Recent, fingerprint},
};

/// The rule's settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Repeat {
    /// How often the same action and observation must come, from 2.
    times: u32,
    /// Among how many of the last turns; `None`: in a row.
    window: Option<u32>,
}

impl Repeat {
    pub(crate) fn read(table: &mut Table) -> Result<Self, PolicyError> {
        let times = table.count("times", (2, u32::MAX), None)?;
        let expected = format!("a number of turns from {times}, or leave it out to mean in a row");
        let window =
            table.read("window", &expected, |node| whole_u32(node).filter(|turns| *turns >= times))?;
        Ok(Self { times, window })
    }
}

impl Settings for Repeat {
    fn name(&self) -> &'static str {
        "repeat"
    }

    fn needs(&self) -> Vec<String> {
        Vec::new()
    }

    fn reads(&self) -> Reads {
        Reads::STEP
    }

    fn watcher(&self) -> Box<dyn Watcher> {
        let reach = self.window.unwrap_or(self.times);
        Box::new(RepeatWatcher { settings: self.clone(), seen: Recent::new(reach as usize) })
    }

    fn explain(&self) -> String {
        let among = match self.window {
            Some(window) => format!("{} times among the last {window} turns", self.times),
            None => format!("{} times in a row", self.times),
        };
        format!("stops an attempt after the same action gave the same observation {among}")
    }
}

/// Remembers the last turns.
#[derive(Debug)]
struct RepeatWatcher {
    settings: Repeat,
    seen: Recent<(ActionKind, u64, u64)>,
}

impl Watcher for RepeatWatcher {
    fn look(&mut self, facts: &TurnFacts) -> Result<Finding, Missing> {
        let (action, seen) = (fingerprint(facts.action.text()), fingerprint(&facts.observation));
        let now = (facts.action.kind(), action, seen);
        self.seen.push(now);
        let same = self.seen.iter().rev().map(|turn| *turn == now);
        let count = match self.settings.window {
            Some(_) => same.filter(|same| *same).count(),
            None => same.take_while(|same| *same).count(),
        };
        Ok(Finding::stop_at(count as f64, f64::from(self.settings.times)))
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::tests::{whole, whole_scores};

    #[test]
    fn repetitions_in_a_row_are_counted_up_to_the_threshold() {
        let rule = "[repeat]\ntimes = 3";
        assert_eq!(whole_scores(rule, "aabaaaa"), [1.0, 2.0, 1.0, 1.0, 2.0, 3.0, 3.0]);
        assert_eq!(whole(rule, "aabaaaa"), "-----SS");
    }

    #[test]
    fn repetitions_within_a_window_need_not_follow_one_another() {
        let rule = "[repeat]\ntimes = 3\nwindow = 5";
        let scores = whole_scores(rule, "abababbbaa");
        assert_eq!(scores, [1.0, 1.0, 2.0, 2.0, 3.0, 3.0, 3.0, 4.0, 2.0, 2.0]);
        assert_eq!(whole(rule, "abababbbaa").find('S'), Some(4));
    }

    #[test]
    fn the_same_action_with_another_observation_is_no_repetition() {
        // A digit is what the letter before it shows.
        assert_eq!(whole_scores("[repeat]\ntimes = 3", "a1a2a1a2"), [1.0; 4]);
    }
}
