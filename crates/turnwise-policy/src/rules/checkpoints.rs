//! A cascade of at most four checkpoints, each with its own budget of solved runs it may lose: the shape of
//! Doomed from the Start and MiCP, with thresholds that are valid together by the union bound (papers2026.md
//! §2, §7.3).
//!
//! The budgets `lost` must not add up to more than `false_abort`; then at most that share of solved runs is
//! stopped, on average, if runs are exchangeable. At a checkpoint the score is held against `threshold`, or
//! against the quantile of `scores`: one number for each solved calibration run at that turn, whether or not an
//! earlier stop would have fired.

use serde::{Deserialize, Serialize};
use turnwise_core::TurnFacts;
use turnwise_toml::Table;

use super::{Finding, Keys, Missing, Settings, Watcher, bound::Bound, need, response::Side};
use crate::PolicyError;

/// More checkpoints than these each have too little of the budget to ever fire.
const MOST: usize = 4;

/// The rule's settings. It remembers nothing: the signal counts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Checkpoints {
    signal: String,
    false_abort: f64,
    at: Vec<(u32, Bound)>,
}

impl Checkpoints {
    pub(crate) fn read(table: &mut Table) -> Result<Self, PolicyError> {
        let signal = table.signal("signal", None)?;
        let fires = Side::read(table)?;
        let false_abort = table.share("false_abort", Some(0.1))?;
        let mut at: Vec<(u32, Bound)> = Vec::new();
        let mut spent = 0.0;
        let place = table.place().clone();
        for mut checkpoint in table.tables("at")? {
            let least = at.last().map_or(1, |(turn, _)| turn.saturating_add(1));
            let turn = checkpoint.count("turn", (least, u32::MAX), None)?;
            let lost = checkpoint.share("lost", None)?;
            spent += lost;
            at.push((turn, Bound::read(&mut checkpoint, fires, lost)?));
            checkpoint.close()?;
        }
        let refuse = |what: String, advice: &str| {
            Err(PolicyError::Contradiction { place, what, advice: advice.to_owned() })
        };
        if at.len() > MOST {
            return refuse(format!("`checkpoints.at` has {} checkpoints", at.len()), "give it at most 4");
        }
        if spent > false_abort + 1e-9 {
            let what = format!(
                "the checkpoints lose {spent} together, and `checkpoints.false_abort` is {false_abort}"
            );
            return refuse(what, "lower `lost`, or raise `false_abort`");
        }
        Ok(Self { signal, false_abort, at })
    }
}

impl Settings for Checkpoints {
    fn name(&self) -> &'static str {
        "checkpoints"
    }

    fn needs(&self) -> Vec<String> {
        vec![self.signal.clone()]
    }

    fn watcher(&self) -> Box<dyn Watcher> {
        Box::new(self.clone())
    }

    fn explain(&self) -> String {
        let at: Vec<String> =
            self.at.iter().map(|(turn, bound)| format!("turn {turn} if {}", bound.explain())).collect();
        let at = if at.is_empty() { "no turn yet".to_owned() } else { at.join(", ") };
        format!("stops an attempt by signal `{}` at {at}", self.signal)
    }
}

impl Watcher for Checkpoints {
    fn look(&mut self, facts: &TurnFacts) -> Result<Finding, Missing> {
        match self.at.iter().find(|(turn, _)| *turn == facts.turn) {
            Some((_, bound)) => Ok(bound.find(need(facts, &self.signal)?)),
            None => Ok(Finding::nothing()),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::tests::{complaint, of, said};

    const RULE: &str = "[checkpoints]\nsignal = 'error_share'\nfires = 'above'\nfalse_abort = 0.5\n";

    #[test]
    fn each_checkpoint_has_its_own_threshold() {
        let rule = format!(
            "{RULE}[[checkpoints.at]]\nturn = 2\nlost = 0.25\nscores = [0.1, 0.4, 0.2]\n\
             [[checkpoints.at]]\nturn = 4\nlost = 0.25\nthreshold = 0.2"
        );
        // Turn 2: ceil(4 * 0.75) = 3, so 0.4; only more than that stops.
        assert_eq!(said(&rule, &of("error_share", &[0.9, 0.4, 0.9, 0.3])), "---S");
        assert_eq!(said(&rule, &of("error_share", &[0.0, 0.5, 0.9, 0.1])), "-S--");
    }

    #[test]
    fn budgets_that_add_up_to_too_much_are_refused() {
        let at = |turn: u32, lost: f64| {
            format!("[[checkpoints.at]]\nturn = {turn}\nlost = {lost}\nthreshold = 1\n")
        };
        let message = complaint(&format!("{RULE}{}{}", at(2, 0.3), at(3, 0.3)));
        assert!(
            message.contains("the checkpoints lose 0.6 together, and `checkpoints.false_abort` is 0.5"),
            "{message}"
        );
        let five: String = (1..=5).map(|turn| at(turn, 0.1)).collect();
        assert!(complaint(&format!("{RULE}{five}")).contains("has 5 checkpoints; give it at most 4"));
        assert!(
            complaint(&format!("{RULE}{}{}", at(3, 0.1), at(2, 0.1)))
                .contains("`checkpoints.at.turn` cannot be 2")
        );
    }
}
