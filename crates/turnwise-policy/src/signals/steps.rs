//! Whether one turn is like the next: its action and what that showed, together.

use super::{Family, Gauge, Moment, Signal, names, words::WordCounts};

pub(super) const SIGNALS: &[Signal] = &[Signal::facts(
    names::STEP_COSINE,
    "cosine of the word counts of this turn's action and observation with those of the turn before, in [0, 1]; absent on \
     turn 1 and where one of the two has no words",
    "after MuE, arXiv 2211.11152",
)];

#[derive(Debug, Default)]
pub(super) struct Steps {
    before: Option<WordCounts>,
}

impl Family for Steps {
    fn measure(&mut self, moment: &Moment<'_>, gauge: &mut Gauge<'_>) {
        let now = WordCounts::of(&[moment.facts.action.text(), &moment.facts.observation]);
        gauge.set_some(names::STEP_COSINE, self.before.as_ref().and_then(|before| now.cosine(before)));
        self.before = Some(now);
    }
}
