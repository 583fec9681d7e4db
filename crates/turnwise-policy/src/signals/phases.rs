//! What kind of work the attempt is at.

use turnwise_core::Action;

use super::{
    Family, Gauge, Moment, Signal,
    command::{is_key_step, is_look, is_test},
    names,
    summary::Summary,
};

pub(super) const SIGNALS: &[Signal] = &[
    Signal::facts(
        names::PHASE,
        "what the turn did: 1 looked, 2 worked (it changed the work, or ran what is neither a look nor a test), 3 tested, 4 \
         handed in; a reply without an action keeps the phase",
        "option-aware values, papers.md row 37",
    ),
    Signal::facts(
        names::PHASE_TURNS,
        "how many turns in a row, up to this one, had this phase",
        "papers.md row 37",
    ),
    Signal::facts(
        names::KEY_STEP,
        "1 if the work may be done after this turn (an edit in place, `git add`, a test, or once all tests seen have passed \
         any command that does not only look), else 0",
        "EET, arXiv 2601.05777",
    ),
];

#[derive(Debug, Default)]
pub(super) struct Phases {
    digest: String,
    phase: f64,
    turns: f64,
    passed: bool,
}

impl Family for Phases {
    fn measure(&mut self, moment: &Moment<'_>, gauge: &mut Gauge<'_>) {
        let facts = moment.facts;
        let command = facts.action.text();
        let changed = facts.workspace.digest != self.digest;
        if changed {
            facts.workspace.digest.clone_into(&mut self.digest);
        }
        let phase = match facts.action {
            Action::Invalid { .. } => self.phase,
            Action::Submit => 4.0,
            Action::Shell(_) if changed => 2.0,
            Action::Shell(_) if is_test(command) => 3.0,
            Action::Shell(_) if is_look(command) => 1.0,
            Action::Shell(_) => 2.0,
        };
        self.turns = if phase == self.phase { self.turns + 1.0 } else { 1.0 };
        self.phase = phase;
        gauge.set(names::PHASE, phase);
        gauge.set(names::PHASE_TURNS, self.turns);
        if gauge.wants(names::KEY_STEP) {
            self.passed |= Summary::find(&facts.observation).is_some_and(|summary| summary.share() >= 1.0);
            let acts = matches!(facts.action, Action::Shell(_)) && !is_look(command);
            let key = is_key_step(command) || (self.passed && acts);
            gauge.set(names::KEY_STEP, f64::from(u8::from(key)));
        }
    }
}
