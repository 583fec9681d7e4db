//! Claims of the literature about stopping agents early, held against recorded runs (papers2026.md §9.4).
//!
//! Only what a record can decide is decided: pure stops, as nothing that is said to a model can be replayed. Thresholds and
//! signs are learned on one half of the tasks and judged on the other; intervals are over tasks; a stop at the last turn
//! counts for nothing; false aborts are charged. What cannot be decided says why.

mod alarm;
mod budgets;
mod caps;
mod cascade;
mod claims_of_success;
mod confidence;
mod directions;
mod early;
mod errors;
mod finding;
mod gate;
mod guarantee;
mod halves;
mod ledger;
mod length;
mod matched;
mod mix;
mod ranked;
mod ranking;
mod recorded;
mod richness;
mod savings;
mod sign;
mod study;
mod text;
mod told;

use serde::Serialize;

pub use finding::{Finding, Verdict};
pub use recorded::{Observed, Recorded};

use study::Study;

/// How claims are tested.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Settings {
    /// How often the tasks are split into halves.
    pub splits: usize,
    /// How often tasks are drawn for an interval.
    pub draws: usize,
    /// The seed of splits, draws and pairs.
    pub seed: u64,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Claims {
    /// What was looked at, in one line.
    pub accounting: String,
    /// How.
    pub settings: Settings,
    /// Claim by claim.
    pub findings: Vec<Finding>,
}

/// Holds every claim against the trials. `step` is called once for each of [`steps`] pieces of work.
pub fn examine(recorded: &Recorded, settings: Settings, step: &(dyn Fn() + Sync)) -> Claims {
    let study = Study::new(recorded, &settings);
    step();
    let savings = savings::examine(&study, step);
    let mut findings = vec![
        matched::against_duration(&study, &savings),
        matched::waste(&study, &savings),
        mix::examine(&study, &savings),
    ];
    let others: [fn(&Study<'_>) -> Finding; 14] = [
        guarantee::examine,
        caps::examine,
        told::examine,
        directions::examine,
        errors::examine,
        length::examine,
        early::examine,
        cascade::examine,
        budgets::examine,
        claims_of_success::examine,
        richness::examine,
        ranking::examine,
        confidence::reliability,
        confidence::bare_stop,
    ];
    for other in others {
        findings.push(other(&study));
        step();
    }
    findings.push(confidence::impossible(&study));
    Claims { accounting: accounting(recorded, settings), settings, findings }
}

/// How many pieces of work [`examine`] consists of.
pub fn steps(recorded: &Recorded) -> usize {
    1 + alarm::When::ALL.len() * recorded.telling().len() + 14
}

fn accounting(recorded: &Recorded, settings: Settings) -> String {
    let Recorded { trials, tasks, groups, unknown, empty, lost, .. } = recorded;
    let solved = recorded.solved();
    let counts =
        [(unknown, "of unknown outcome"), (empty, "without a turn"), (lost, "that did not come to an end")];
    let counts =
        counts.into_iter().filter(|(count, _)| **count > 0).map(|(count, why)| format!("{count} {why}"));
    let left_out = match counts.collect::<Vec<_>>().join(", ") {
        none if none.is_empty() => none,
        some => format!("; left out: {some}"),
    };
    format!(
        "{} trials ({solved} solved, {} not) of {} tasks by {} configurations, {} turns, {} signals{left_out}. Intervals are 95 %, over \
         tasks ({} draws); {} splits by task; seed {}.",
        trials.len(),
        trials.len() - solved,
        tasks.len(),
        groups.len(),
        recorded.turns(),
        recorded.telling().len(),
        settings.draws,
        settings.splits,
        settings.seed
    )
}

#[cfg(test)]
mod tests;
