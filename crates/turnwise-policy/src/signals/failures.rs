//! What goes wrong. A failure is a reply without an action, or a command with an exit status other than 0.

use turnwise_core::{Action, TurnFacts};

use super::{Family, Gauge, Moment, Recent, Signal, fingerprint::fingerprint, mean, names};

/// How many turns, this one included, are looked at.
const WINDOW: usize = 8;

pub(super) const SIGNALS: &[Signal] = &[
    Signal::facts(names::ERRORS, "how many turns have failed so far", "Averta, papers2026.md §6.1"),
    Signal::facts(
        names::ERROR_SHARE,
        "the share of the last 8 turns that failed, in [0, 1]",
        "Same Signal, arXiv 2605.18332",
    ),
    Signal::facts(
        names::ERROR_STREAK,
        "how many turns in a row, up to this one, have failed",
        "OpenHands' stuck detector",
    ),
    Signal::facts(
        names::ERROR_TREND,
        "the share of failures among the last 8 turns less that among the 8 before; absent before turn 16",
        "Thakur, papers2026.md §6.2",
    ),
    Signal::facts(
        names::SAME_ERROR,
        "how often in a row, up to this turn, the same action failed; 0 if this turn did not",
        "OpenHands' stuck detector",
    ),
    Signal::facts(
        names::EXIT_STREAK,
        "how many turns in a row, up to this one, ended with the same exit status; absent without one",
        "papers2026.md §9.2",
    ),
];

#[derive(Debug)]
pub(super) struct Failures {
    failed: Recent<f64>,
    errors: f64,
    streak: f64,
    same: (u64, f64),
    exits: Option<(i32, f64)>,
}

impl Default for Failures {
    fn default() -> Self {
        Self { failed: Recent::new(2 * WINDOW), errors: 0.0, streak: 0.0, same: (0, 0.0), exits: None }
    }
}

/// Whether a turn failed.
fn failed(facts: &TurnFacts) -> bool {
    match facts.action {
        Action::Invalid { .. } => true,
        Action::Shell(_) | Action::Submit => facts.exit_code.is_some_and(|code| code != 0),
    }
}

impl Family for Failures {
    fn measure(&mut self, moment: &Moment<'_>, gauge: &mut Gauge<'_>) {
        let facts = moment.facts;
        let action = fingerprint(facts.action.text());
        if failed(facts) {
            self.errors += 1.0;
            self.streak += 1.0;
            self.same = (action, if self.same.0 == action { self.same.1 + 1.0 } else { 1.0 });
            self.failed.push(1.0);
        } else {
            self.streak = 0.0;
            self.same = (action, 0.0);
            self.failed.push(0.0);
        }
        self.exits = facts.exit_code.map(|code| match self.exits {
            Some((last, streak)) if last == code => (code, streak + 1.0),
            Some(_) | None => (code, 1.0),
        });
        let all = self.failed.to_vec();
        let (before, last) = all.split_at(all.len().saturating_sub(WINDOW));
        gauge.set(names::ERRORS, self.errors);
        gauge.set(names::ERROR_STREAK, self.streak);
        gauge.set(names::SAME_ERROR, self.same.1);
        gauge.set_some(names::EXIT_STREAK, self.exits.map(|(_, streak)| streak));
        gauge.set_some(names::ERROR_SHARE, mean(last));
        if self.failed.is_full() {
            let trend = mean(last).zip(mean(before)).map(|(last, before)| last - before);
            gauge.set_some(names::ERROR_TREND, trend);
        }
    }
}
