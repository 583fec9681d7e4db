//! What was found out about recorded turns.

use turnwise_core::States;

use super::{Batch, Place, trial_key};
use crate::{Estimate, Exit, Finding, ForkValue, Spot, TurnKey};

/// Recording a finding again replaces it.
pub(super) fn found(batch: &mut Batch<'_>, key: &TurnKey, finding: Finding) {
    let place = Place { trial: trial_key(&key.trial), attempt: key.attempt, turn: key.turn };
    match finding {
        Finding::States(spot, kept) => states(batch, place, spot, &kept),
        Finding::Exit(forced) => exit(batch, place, forced),
        Finding::Estimate(estimated) => estimate(batch, place, estimated),
        Finding::Value(worth) => value(batch, place, worth),
    }
}

/// Hidden states at a place of a turn's reply.
pub(super) fn states(
    batch: &mut Batch<'_>,
    Place { trial, attempt, turn }: Place,
    spot: Spot,
    states: &States,
) {
    let layers: Vec<String> = states.layers().iter().map(usize::to_string).collect();
    let row = batch.sql("INSERT OR REPLACE INTO states VALUES (?, ?, ?, ?, ?, ?);");
    row.bind(trial).bind(attempt).bind(turn).bind(place_of(spot));
    row.bind(format!("[{}]", layers.join(", "))).bind(states.bytes());
}

fn exit(batch: &mut Batch<'_>, Place { trial, attempt, turn }: Place, exit: Exit) {
    let Exit { place, cue, nth, spent, spared, entropy, logprob, answer, as_good, because } = exit;
    let row = batch.sql("INSERT OR REPLACE INTO exits VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);");
    row.bind(trial).bind(attempt).bind(turn).bind(place).bind(cue).bind(nth).bind(spent).bind(spared);
    row.bind(entropy).bind(logprob).bind(answer).bind(as_good).bind(because.as_str());
}

fn estimate(batch: &mut Batch<'_>, Place { trial, attempt, turn }: Place, estimate: Estimate) {
    let Estimate { signal, value, source } = estimate;
    let row = batch.sql("INSERT OR REPLACE INTO estimates VALUES (?, ?, ?, ?, ?, ?);");
    row.bind(trial).bind(attempt).bind(turn).bind(signal).bind(value).bind(source);
}

fn value(batch: &mut Batch<'_>, Place { trial, attempt, turn }: Place, value: ForkValue) {
    let ForkValue { forks, solved, score, temperature, seed } = value;
    let row = batch.sql("INSERT OR REPLACE INTO fork_values VALUES (?, ?, ?, ?, ?, ?, ?, ?);");
    row.bind(trial).bind(attempt).bind(turn).bind(forks).bind(solved).bind(score).bind(temperature);
    row.bind(seed.cast_signed());
}

/// The number of a place in the database.
fn place_of(spot: Spot) -> i64 {
    match spot {
        Spot::End => -1,
        Spot::Token(token) => i64::from(token),
    }
}
