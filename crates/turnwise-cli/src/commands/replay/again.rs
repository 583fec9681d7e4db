//! `turnwise replay RUN --check`: decides again on every recorded turn.

use std::process::ExitCode;

use turnwise_core::{RunId, TrialId, TurnRecord};
use turnwise_policy::{Policy, Replay, Spoken};
use turnwise_store::{LeanTrial, Reader, RecordedAttempt};

use crate::{
    error::Failure,
    printer::{Printer, plural},
};

/// Decides again, each attempt under the policy that its trial was run under: trials of one policy may have different
/// numbers behind its name.
pub(super) async fn check(
    reader: &Reader,
    run: &RunId,
    trials: &[LeanTrial],
    policies: &[String],
    printer: &Printer,
) -> Result<ExitCode, Failure> {
    let policies = policies.iter().map(|json| Policy::from_json(json)).collect::<Result<Vec<_>, _>>()?;
    let bar = super::progress(trials.len(), printer);
    let (mut turns, mut different) = (0_usize, Vec::new());
    for trial in trials {
        let attempts = reader.recorded_attempts(&TrialId::new(&*trial.trial_id)).await?;
        for attempt in &attempts {
            turns += attempt.turns.len();
            let policy = &policies[trial.resolved];
            let first = first_difference(policy, &trial.task, attempt, &borrowed(attempt, &attempts))
                .map(|turn| format!("{} attempt {} turn {}", trial.trial_id, turn.attempt, turn.facts.turn));
            different.extend(first);
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    if printer.json() {
        printer.json_data(&serde_json::json!({
            "run_id": run.as_str(), "trials": trials.len(), "turns": turns, "different": different,
        }))?;
    } else {
        let trials = plural(trials.len(), "trial");
        printer.data(&format!("{turns} turns of {trials} decided again: {} differ", different.len()));
        different.iter().for_each(|place| printer.data(place));
    }
    Ok(if different.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The turns behind which an attempt begins, where it begins behind any: those of the attempt that it branches off from.
fn borrowed<'a>(attempt: &RecordedAttempt, all: &'a [RecordedAttempt]) -> Vec<&'a TurnRecord> {
    let Some(behind) = attempt.behind else { return Vec::new() };
    // An attempt branches off from an earlier one, so this comes to an end.
    let earlier = all.iter().find(|other| other.attempt == behind.attempt && other.attempt < attempt.attempt);
    let Some(earlier) = earlier else { return Vec::new() };
    let mut turns = borrowed(earlier, all);
    turns.extend(&earlier.turns);
    turns.retain(|turn| turn.facts.turn <= behind.turn);
    turns
}

/// The first turn on which the policy now says something else than was recorded.
fn first_difference<'a>(
    policy: &Policy,
    task: &str,
    attempt: &'a RecordedAttempt,
    borrowed: &[&TurnRecord],
) -> Option<&'a TurnRecord> {
    let mut replay = Replay::of_attempt(policy, task, attempt.place);
    for turn in borrowed {
        replay.turn(&mut turn.facts.clone(), Spoken::of(turn));
    }
    let differs = |turn: &&TurnRecord| {
        let decision = replay.turn(&mut turn.facts.clone(), Spoken::of(turn));
        decision.verdict.kind() != turn.verdict || decision.votes != turn.votes
    };
    attempt.turns.iter().find(differs)
}
