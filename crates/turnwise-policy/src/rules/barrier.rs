//! The budget as a barrier: while there is room the attempt does as it likes; near the edge it has to wrap up.
//!
//! After online control barrier functions (papers.md row 48): h_t = turns left - turns needed to finish (to
//! test and hand in; fewer once the work is tested). A turn is free only if h_{t+1} >= (1 - alpha) h_t, and as
//! every turn takes one, that is h_t >= 1 / alpha. `alpha` goes from `loose` to `strict` as the limit is used
//! up. At the first turn that is not free the limit is lowered to what finishing needs, and the model is told.

use serde::{Deserialize, Serialize};
use turnwise_core::TurnFacts;
use turnwise_toml::Table;

use super::{Finding, Keys, Missing, Say, Settings, Watcher, need};
use crate::{PolicyError, signals::names};

/// The rule's settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Barrier {
    /// Turns needed to test and hand in.
    needed: u32,
    /// Turns needed once the work is tested.
    needed_tested: u32,
    loose: f64,
    strict: f64,
    text: String,
}

impl Barrier {
    pub(crate) fn read(table: &mut Table) -> Result<Self, PolicyError> {
        let needed = table.count("needed", (1, u32::MAX), Some(3))?;
        let loose = table.real("loose", (0.01, 1.0), Some(1.0))?;
        let text = "You must wrap up: you have {turns} left. Check your work and hand it in.";
        Ok(Self {
            needed,
            needed_tested: table.count("needed_tested", (1, needed), Some(needed.min(2)))?,
            loose,
            strict: table.real("strict", (0.01, loose), Some(f64::min(0.5, loose)))?,
            text: table.words("text", text)?,
        })
    }
}

impl Settings for Barrier {
    fn name(&self) -> &'static str {
        "barrier"
    }

    fn needs(&self) -> Vec<String> {
        [names::TURNS_LEFT, names::TURN_SHARE, names::TESTED].map(str::to_owned).to_vec()
    }

    fn watcher(&self) -> Box<dyn Watcher> {
        Box::new(BarrierWatcher { settings: self.clone(), fired: false })
    }

    fn explain(&self) -> String {
        format!(
            "lowers the turn limit to {} more turns ({} if the work is tested) and has the model wrap up when the limit is near",
            self.needed, self.needed_tested
        )
    }
}

#[derive(Debug)]
struct BarrierWatcher {
    settings: Barrier,
    fired: bool,
}

impl Watcher for BarrierWatcher {
    fn look(&mut self, facts: &TurnFacts) -> Result<Finding, Missing> {
        let Barrier { needed, needed_tested, loose, strict, text } = &self.settings;
        let (left, share) = (need(facts, names::TURNS_LEFT)?, need(facts, names::TURN_SHARE)?);
        let tested = need(facts, names::TESTED)? > 0.0;
        let needed = if tested { *needed_tested } else { *needed };
        let room = left - f64::from(needed);
        let alpha = loose + (strict - loose) * share;
        let fires = room < 1.0 / alpha && left > 0.0 && !self.fired;
        self.fired |= fires;
        let to = facts.turn.saturating_add(needed);
        let say = || match room > 0.0 {
            true => Say::Shorten { to, text: text.clone() },
            false => Say::Remind(crate::reminder::fill(text, whole(left))),
        };
        Ok(Finding::of(room, 1.0 / alpha).and(|| fires.then(say)))
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "turns left: a whole number, not negative, and cut off at the largest u32 by the cast"
)]
fn whole(turns: f64) -> u32 {
    turns as u32
}

#[cfg(test)]
mod tests {
    use crate::rules::tests::{Turn, said, texts};

    fn at(left: f64, share: f64, tested: f64) -> Turn<'static> {
        vec![("turns_left", left), ("turn_share", share), ("tested", tested)]
    }

    #[test]
    fn the_room_shrinks_until_the_attempt_has_to_wrap_up() {
        let rule = "[barrier]\nneeded = 3\nneeded_tested = 1\nloose = 1\nstrict = 0.5";
        // Of 10 turns: h = 9 - 3 = 6 >= 1; at half h = 2 and alpha = 0.75: 2 >= 1.33; then h = 1 < 1.43.
        let turns = [at(9.0, 0.1, 0.0), at(5.0, 0.5, 0.0), at(4.0, 0.6, 0.0), at(3.0, 0.7, 0.0)];
        assert_eq!(said(rule, &turns), "--<-");
        assert_eq!(texts(rule, &turns)[2], "to 6");
        // Tested work needs one turn only: h = 3.
        assert_eq!(said(rule, &[at(4.0, 0.6, 1.0)]), "-");
        // There is no room at all: all that is left is to say so.
        assert_eq!(
            texts(rule, &[at(1.0, 0.5, 0.0)]),
            ["You must wrap up: you have 1 turn left. Check your work and hand it in."]
        );
    }
}
