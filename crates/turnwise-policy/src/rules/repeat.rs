//! Stops an attempt that does the same thing and sees the same thing again and again.
//!
//! Looks at actions and observations as text, not at progress; a command whose output differs each time is
//! no repetition.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use turnwise_core::{ActionKind, TurnFacts};

use super::{Finding, Watcher};

/// The repeat rule's settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repeat {
    /// How often the same action and observation must come, from 2.
    pub times: u32,
    /// Among how many of the last turns; `None`: in a row.
    pub window: Option<u32>,
}

impl Repeat {
    pub(crate) fn watcher(&self) -> RepeatWatcher {
        RepeatWatcher { settings: self.clone(), seen: VecDeque::new() }
    }
}

/// Remembers the last turns.
#[derive(Debug)]
pub(crate) struct RepeatWatcher {
    settings: Repeat,
    /// The newest last.
    seen: VecDeque<(ActionKind, String, String)>,
}

impl Watcher for RepeatWatcher {
    fn look(&mut self, facts: &TurnFacts) -> Finding {
        let now = (facts.action.kind(), facts.action.text().to_owned(), facts.observation.clone());
        self.seen.push_back(now);
        let reach = self.settings.window.unwrap_or(self.settings.times);
        while self.seen.len() > reach as usize {
            let _oldest = self.seen.pop_front();
        }
        let last = self.seen.back();
        let same = self.seen.iter().rev().map(|turn| Some(turn) == last);
        let count = match self.settings.window {
            Some(_) => same.filter(|same| *same).count(),
            None => same.take_while(|same| *same).count(),
        };
        Finding {
            stop: count >= self.settings.times as usize,
            score: count as f64,
            threshold: f64::from(self.settings.times),
        }
    }
}

#[cfg(test)]
mod tests {
    use turnwise_core::{Action, Usage, WorkspaceState};

    use super::*;

    /// The scores over turns whose action and observation are both this letter.
    fn scores(times: u32, window: Option<u32>, turns: &str) -> (Vec<f64>, Vec<bool>) {
        let mut watcher = Repeat { times, window }.watcher();
        turns
            .chars()
            .map(|letter| {
                let finding = watcher.look(&TurnFacts {
                    turn: 1,
                    action: Action::Shell(letter.to_lowercase().to_string()),
                    observation: letter.to_string(),
                    exit_code: None,
                    workspace: WorkspaceState::default(),
                    asks_more: false,
                    usage: Usage::default(),
                    elapsed_ms: 0,
                    cost: None,
                    signals: Vec::new(),
                });
                (finding.score, finding.stop)
            })
            .unzip()
    }

    #[test]
    fn repetitions_in_a_row_are_counted_up_to_the_threshold() {
        let (score, stop) = scores(3, None, "aabaaaa");
        assert_eq!(score, [1.0, 2.0, 1.0, 1.0, 2.0, 3.0, 3.0]);
        assert_eq!(stop, [false, false, false, false, false, true, true]);
    }

    #[test]
    fn repetitions_within_a_window_need_not_follow_one_another() {
        let (score, stop) = scores(3, Some(5), "abababbbaa");
        assert_eq!(score, [1.0, 1.0, 2.0, 2.0, 3.0, 3.0, 3.0, 4.0, 2.0, 2.0]);
        assert_eq!(stop.iter().position(|stop| *stop), Some(4));
    }

    #[test]
    fn the_same_action_with_another_observation_is_no_repetition() {
        let (score, _) = scores(3, None, "aAaA");
        assert_eq!(score, [1.0; 4]);
    }
}
