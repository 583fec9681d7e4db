//! Tells the model something again and again, but no oftener than it helps: a reminder that has just been given
//! does little, and each one wears off.
//!
//! After last-switch-dependent bandits (arXiv 2306.00338; papers.md A22), where what an arm pays recovers with
//! the turns since it was last pulled. Here the effect of a reminder is `(1 - exp(-gap / recharge)) * keep^n`,
//! with `gap` the turns since the last one (since the start for the first) and `n` how many there were; it is
//! given when that reaches `least`.

use serde::{Deserialize, Serialize};
use turnwise_core::TurnFacts;
use turnwise_toml::Table;

use super::{Finding, Keys, Missing, Say, Settings, Watcher};
use crate::PolicyError;

/// The rule's settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Reminder {
    text: String,
    /// How many turns lie between two at least.
    gap: u32,
    /// After how many turns the effect is back to 63 %.
    recharge: f64,
    /// What is left of the effect after each.
    keep: f64,
    /// The effect from which it is given.
    least: f64,
}

impl Reminder {
    pub(crate) fn read(table: &mut Table) -> Result<Self, PolicyError> {
        Ok(Self {
            text: table.words("text", "Remember the task that you were given, and keep to it.")?,
            gap: table.count("gap", (1, u32::MAX), Some(4))?,
            recharge: table.real("recharge", (0.01, f64::MAX), Some(6.0))?,
            keep: table.real("keep", (0.0, 1.0), Some(0.8))?,
            least: table.share("least", Some(0.4))?,
        })
    }
}

impl Settings for Reminder {
    fn name(&self) -> &'static str {
        "reminder"
    }

    fn needs(&self) -> Vec<String> {
        Vec::new()
    }

    fn watcher(&self) -> Box<dyn Watcher> {
        Box::new(ReminderWatcher { settings: self.clone(), last: 0, given: 0 })
    }

    fn explain(&self) -> String {
        format!(
            "reminds the model, at most every {} turns, as long as a reminder has at least {} of its first effect",
            self.gap, self.least
        )
    }
}

#[derive(Debug)]
struct ReminderWatcher {
    settings: Reminder,
    /// The turn of the last one; 0 at the start.
    last: u32,
    given: i32,
}

impl Watcher for ReminderWatcher {
    fn look(&mut self, facts: &TurnFacts) -> Result<Finding, Missing> {
        let Reminder { text, gap, recharge, keep, least } = &self.settings;
        let since = facts.turn.saturating_sub(self.last);
        let effect = (1.0 - (-f64::from(since) / recharge).exp()) * keep.powi(self.given);
        let due = since >= *gap && effect >= *least;
        if due {
            self.last = facts.turn;
            self.given = self.given.saturating_add(1);
        }
        Ok(Finding::of(effect, *least).and(|| due.then(|| Say::Remind(text.clone()))))
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::tests::said;

    #[test]
    fn it_comes_less_often_each_time_and_then_no_more() {
        // 1 - exp(-gap / 2) reaches 0.6 at gap 2 (0.632). Then the effect is halved: it never reaches 0.6 again.
        let turns = vec![vec![]; 8];
        let rule = "[reminder]\nrecharge = 2\nleast = 0.6\ngap = 1\nkeep = ";
        assert_eq!(said(&format!("{rule}0.5"), &turns), "-R------");
        // With 0.8: 0.8 (1 - exp(-gap / 2)) reaches 0.6 at gap 3 (0.621), then 0.64 at gap 6 (0.608) again.
        assert_eq!(said(&format!("{rule}0.8"), &vec![vec![]; 11]), "-R--R-----R");
        assert_eq!(said(&format!("{rule}1\ngap = 3").replace("gap = 1\n", ""), &turns), "--R--R--");
    }
}
