//! What the attempt sees of its own tests. The hidden tests are never looked at here.

use super::{
    Family, Gauge, Moment, Recent, Signal,
    command::{is_look, is_test},
    mean, names,
    summary::Summary,
};

/// How many turns, this one included, are looked at.
const WINDOW: usize = 16;

pub(super) const SIGNALS: &[Signal] = &[
    Signal::facts(
        names::TESTS_SHARE,
        "the share of tests that passed in the last summary shown (`3/5 passed`, pytest, unittest, cargo), in [0, 1]; absent \
         before the first",
        "papers.md C4",
    ),
    Signal::facts(
        names::TESTS_GAIN,
        "that share less the one of the summary before; only on a turn that shows a summary, from the second on",
        "papers.md A3",
    ),
    Signal::facts(
        names::TESTS_RUN_SHARE,
        "the share of the last 16 turns that ran tests, in [0, 1]",
        "413K agent traces, papers2026.md §6.2",
    ),
    Signal::facts(
        names::NON_TEST_SHELL,
        "how many of the last 16 turns ran something that was neither a test nor only looked",
        "413K agent traces, papers2026.md §6.2",
    ),
    Signal::facts(
        names::TESTED,
        "1 if tests were run since the work changed last, else 0: a submission now would be a tested one",
        "papers.md row 48",
    ),
    Signal::facts(
        names::MILESTONE,
        "how far the work has got, each step only behind the one before: 1 changed, 2 tests seen since a change, 3 some pass, \
         4 all pass",
        "papers.md rows 18 and 26",
    ),
];

#[derive(Debug)]
pub(super) struct TestsSeen {
    last: Option<f64>,
    digest: String,
    tested: bool,
    milestone: u8,
    tests: Recent<f64>,
    others: Recent<f64>,
}

impl Default for TestsSeen {
    fn default() -> Self {
        let (tests, others) = (Recent::new(WINDOW), Recent::new(WINDOW));
        Self { last: None, digest: String::new(), tested: false, milestone: 0, tests, others }
    }
}

impl Family for TestsSeen {
    fn measure(&mut self, moment: &Moment<'_>, gauge: &mut Gauge<'_>) {
        let facts = moment.facts;
        let changed = facts.workspace.digest != self.digest;
        if changed {
            facts.workspace.digest.clone_into(&mut self.digest);
        }
        let share = Summary::find(&facts.observation).map(Summary::share);
        self.climb(share);
        if let Some(share) = share {
            gauge.set_some(names::TESTS_GAIN, self.last.map(|last| share - last));
            self.last = Some(share);
        }
        gauge.set_some(names::TESTS_SHARE, self.last);
        gauge.set(names::MILESTONE, f64::from(self.milestone));
        let counts = [names::TESTS_RUN_SHARE, names::NON_TEST_SHELL, names::TESTED];
        if counts.iter().any(|name| gauge.wants(name)) {
            let command = facts.action.text();
            let test = is_test(command) || share.is_some();
            self.tested = test || (self.tested && !changed);
            self.tests.push(f64::from(u8::from(test)));
            self.others.push(f64::from(u8::from(!test && !is_look(command))));
            gauge.set(names::TESTED, f64::from(u8::from(self.tested)));
            gauge.set_some(names::TESTS_RUN_SHARE, mean(&self.tests.to_vec()));
            gauge.set(names::NON_TEST_SHELL, self.others.iter().sum());
        }
    }
}

impl TestsSeen {
    fn climb(&mut self, share: Option<f64>) {
        let changed = !self.digest.is_empty();
        let reached = match share {
            Some(share) if changed && share >= 1.0 => 4,
            Some(share) if changed && share > 0.0 => 3,
            Some(_) if changed => 2,
            Some(_) | None => u8::from(changed),
        };
        self.milestone = self.milestone.max(reached);
    }
}
