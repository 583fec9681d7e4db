//! Measures the signals that a policy wants, turn by turn.

use std::collections::BTreeMap;

use turnwise_core::TurnFacts;

use super::{FAMILIES, Family, Gauge, Moment, Origin, Spoken, signals};

/// Measures the signals of one attempt: shown every turn, in order.
#[derive(Debug)]
pub struct Meter {
    /// Only those that measure something that is wanted.
    families: Vec<Box<dyn Family>>,
    wanted: Vec<&'static str>,
    /// The names of all signals that are measured from facts, ascending: what a record has of those is measured
    /// anew.
    ours: Vec<&'static str>,
}

impl Meter {
    /// Measures the signals of these names. What is not measured from facts it leaves to whoever records it.
    pub fn new(wanted: &BTreeMap<String, u32>) -> Self {
        let known: Vec<&'static str> = signals()
            .filter(|signal| signal.origin == Origin::Facts && wanted.contains_key(signal.name))
            .map(|signal| signal.name)
            .collect();
        let families = FAMILIES
            .iter()
            .filter(|(signals, _)| signals.iter().any(|signal| known.contains(&signal.name)))
            .map(|(_, begin)| begin())
            .collect();
        let ours = signals().filter(|signal| signal.origin == Origin::Facts).map(|signal| signal.name);
        let mut ours: Vec<&'static str> = ours.collect();
        ours.sort_unstable();
        Self { families, wanted: known, ours }
    }

    /// Sets the signals of a turn: those measured here anew, those of the model as they were recorded.
    pub fn measure(&mut self, facts: &mut TurnFacts, spoken: Spoken<'_>, limit: Option<u32>) {
        let mut values = std::mem::take(&mut facts.signals);
        values.retain(|(name, value)| value.is_finite() && self.ours.binary_search(&&**name).is_err());
        let mut gauge = Gauge { wanted: &self.wanted, values: &mut values };
        let moment = Moment { facts, spoken, limit };
        for family in &mut self.families {
            family.measure(&moment, &mut gauge);
        }
        values.sort_by(|one, other| one.0.cmp(&other.0));
        facts.signals = values;
    }
}
