//! The signals: named numbers measured once a turn from recorded facts. One file a family.
//!
//! Each is causal (it looks at this turn and earlier ones only) and has a fixed window, so that it means the
//! same at turn 5 as at turn 50; a change of what it measures is a new version, which the resolved policy
//! records. Which way a signal points is not said here: that differs from model to model and is learned.

mod actions;
mod command;
mod edits;
mod failures;
mod fingerprint;
mod language;
mod likelihood;
mod meter;
mod model;
pub mod names;
mod observations;
mod pace;
mod phases;
mod reads;
mod series;
mod steps;
mod summary;
mod tests_seen;
mod words;

use std::collections::BTreeMap;

use turnwise_core::{States, TokenStats, TurnFacts, TurnRecord};

pub(crate) use fingerprint::fingerprint;
pub use meter::Meter;
pub(crate) use reads::reads;
pub(crate) use series::{Recent, lag1, line, mean, variance};
pub(crate) use words::words;

/// What a signal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signal {
    /// Its name, as in rules, examples and the database.
    pub name: &'static str,
    /// The version of its definition, from 1.
    pub version: u32,
    /// What it measures, with its window and unit; when it is absent.
    pub what: &'static str,
    /// Where it comes from: a paper, or the tool that has it.
    pub source: &'static str,
    /// Who measures it.
    pub origin: Origin,
}

/// Who measures a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// This crate, from the recorded facts of the turns.
    Facts,
    /// Whoever runs the model, while it replies: it is there only where that one records it.
    Model,
}

impl Signal {
    const fn facts(name: &'static str, what: &'static str, source: &'static str) -> Self {
        Self { name, version: 1, what, source, origin: Origin::Facts }
    }

    const fn model(name: &'static str, what: &'static str, source: &'static str) -> Self {
        Self { name, version: 1, what, source, origin: Origin::Model }
    }
}

/// What the model said on a turn and how sure it was: recorded of a turn beside its facts.
#[derive(Clone, Copy, Debug, Default)]
pub struct Spoken<'a> {
    /// The reply as it came.
    pub reply: &'a str,
    /// What it thought in it.
    pub thought: &'a str,
    /// What was measured on its tokens.
    pub stats: TokenStats,
    /// The hidden states at its end, where they were kept.
    pub states: Option<&'a States>,
}

impl<'a> Spoken<'a> {
    /// What the model said on a recorded turn.
    pub fn of(turn: &'a TurnRecord) -> Self {
        Self {
            reply: &turn.reply.text,
            thought: &turn.thought,
            stats: turn.reply.stats,
            states: turn.reply.states.as_ref(),
        }
    }
}

/// All that signals are measured from on a turn.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment<'a> {
    pub(crate) facts: &'a TurnFacts,
    pub(crate) spoken: Spoken<'a>,
    /// The turn limit now.
    pub(crate) limit: Option<u32>,
}

/// Signals that belong together and share what they remember.
pub(crate) trait Family: std::fmt::Debug + Send {
    /// Takes in a turn and sets what it can measure on it.
    fn measure(&mut self, moment: &Moment<'_>, gauge: &mut Gauge<'_>);
}

/// Takes the values of a turn and keeps those that somebody wants.
#[derive(Debug)]
pub(crate) struct Gauge<'a> {
    wanted: &'a [&'static str],
    values: &'a mut Vec<(String, f64)>,
}

impl Gauge<'_> {
    /// Whether anybody wants this signal: asked before an expensive one is measured.
    pub(crate) fn wants(&self, name: &str) -> bool {
        self.wanted.contains(&name)
    }

    /// Sets a signal. One that is no number is absent.
    pub(crate) fn set(&mut self, name: &str, value: f64) {
        if value.is_finite() && self.wants(name) {
            self.values.push((name.to_owned(), value));
        }
    }

    /// Sets a signal if there is a value.
    pub(crate) fn set_some(&mut self, name: &str, value: Option<f64>) {
        if let Some(value) = value {
            self.set(name, value);
        }
    }
}

/// Begins to measure the signals of a family.
type Begin = fn() -> Box<dyn Family>;

/// The families: what each measures, and how one begins.
const FAMILIES: [(&[Signal], Begin); 10] = [
    (actions::SIGNALS, || Box::<actions::Actions>::default()),
    (edits::SIGNALS, || Box::<edits::Edits>::default()),
    (failures::SIGNALS, || Box::<failures::Failures>::default()),
    (observations::SIGNALS, || Box::<observations::Observations>::default()),
    (steps::SIGNALS, || Box::<steps::Steps>::default()),
    (tests_seen::SIGNALS, || Box::<tests_seen::TestsSeen>::default()),
    (phases::SIGNALS, || Box::<phases::Phases>::default()),
    (pace::SIGNALS, || Box::<pace::Pace>::default()),
    (likelihood::SIGNALS, || Box::<likelihood::Likelihood>::default()),
    (language::SIGNALS, || Box::<language::Language>::default()),
];

/// Recorded of every turn, whatever the policy needs: cheap, and what one looks for first.
pub(crate) const DEFAULT: [&str; 5] = [
    names::ACTION_REPEAT,
    names::DISTINCT_ACTIONS,
    names::ERROR_STREAK,
    names::NO_CHANGE,
    names::TESTS_SHARE,
];

/// The signals that cannot be measured where nobody recorded the state of the work after each turn: they would all say
/// that it never changed.
pub const OF_THE_WORK: [&str; 10] = [
    names::NO_CHANGE,
    names::CHANGES,
    names::FIRST_CHANGE,
    names::CHURN,
    names::BACKTRACKS,
    names::EDITED_FILES,
    names::EDIT_HITS,
    names::SPIN,
    names::TESTED,
    names::MILESTONE,
];

/// Every signal there is, family by family.
pub fn signals() -> impl Iterator<Item = &'static Signal> {
    FAMILIES.iter().flat_map(|(signals, _)| *signals).chain(model::SIGNALS)
}

/// The signal of this name.
pub fn signal(name: &str) -> Option<&'static Signal> {
    signals().find(|signal| signal.name == name)
}

/// The versions of these signals and of those that are always measured.
pub(crate) fn versions(needed: impl IntoIterator<Item = String>) -> BTreeMap<String, u32> {
    let always = DEFAULT.into_iter().map(str::to_owned);
    let known = always.chain(needed).filter_map(|name| signal(&name));
    known.map(|signal| (signal.name.to_owned(), signal.version)).collect()
}

#[cfg(test)]
mod tests;
