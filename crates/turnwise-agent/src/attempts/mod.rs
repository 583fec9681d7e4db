//! The attempts of a trial: one, one after another, or side by side. Which one follows, which are cancelled and whose work
//! counts, the policy says; this carries it out.

mod ledger;
mod running;

use futures_util::future::try_join_all;
use turnwise_core::TurnRecord;
use turnwise_policy::{Behind, Ended, Start};

pub(crate) use ledger::Ledger;
pub(crate) use running::Running;

use crate::trial::Failure;

/// Runs the attempts of a trial to their ends. What was begun stands in `attempts` even where this fails, so that it can be
/// closed.
pub(crate) async fn run(ledger: &mut Ledger<'_>, attempts: &mut Vec<Running>) -> Result<(), Failure> {
    match ledger.plan.policy.attempts.at_once() {
        1 => one_after_another(ledger, attempts).await,
        many => side_by_side(ledger, many, attempts).await,
    }
}

async fn one_after_another(ledger: &mut Ledger<'_>, attempts: &mut Vec<Running>) -> Result<(), Failure> {
    let rules = &ledger.plan.policy.attempts;
    let mut next = Some(Start::default());
    while let (Some(start), Ok(place)) = (next.take(), u32::try_from(attempts.len() + 1)) {
        let kept = start.behind.map(|behind| Kept::of(attempts, behind)).unwrap_or_default();
        let begun = Running::begin(ledger, place, &start, kept).await?;
        attempts.push(begun);
        let Some(attempt) = attempts.last_mut() else { break };
        while attempt.is_running() {
            attempt.turn(ledger.parts).await?;
        }
        ledger.finished(attempt).await?;
        let ended: Option<Vec<Ended>> = attempts.iter().map(|attempt| attempt.ended(rules)).collect();
        next = ended.and_then(|ended| rules.next(&ended));
    }
    Ok(())
}

async fn side_by_side(
    ledger: &mut Ledger<'_>,
    many: u32,
    attempts: &mut Vec<Running>,
) -> Result<(), Failure> {
    let rules = &ledger.plan.policy.attempts;
    for place in 1..=many {
        let begun = Running::begin(ledger, place, &Start::default(), Kept::default()).await?;
        attempts.push(begun);
    }
    let mut round = 0;
    while attempts.iter().any(Running::is_running) {
        round += 1;
        // After an interruption some have had this round's turn already.
        let due = attempts.iter_mut().filter(|attempt| attempt.is_running() && attempt.taken() < round);
        try_join_all(due.map(|attempt| attempt.turn(ledger.parts))).await?;
        if !attempts.iter().any(Running::was_lost) {
            let standings: Vec<_> = attempts.iter().map(|attempt| attempt.standing(round, rules)).collect();
            let cancelled = rules.cancelled(round, &standings);
            attempts
                .iter_mut()
                .filter(|attempt| cancelled.contains(&attempt.place))
                .for_each(Running::cancel);
        }
        for attempt in attempts.iter_mut() {
            ledger.finished(attempt).await?;
        }
    }
    Ok(())
}

/// The turns of earlier attempts that another one begins with: those up to where it branches off, which may in turn be
/// those of the attempt that this one branched off from.
#[derive(Clone, Debug, Default)]
pub(crate) struct Kept {
    turns: Vec<TurnRecord>,
    /// Which of the trial's attempts the first of them is of.
    place: u32,
}

impl Kept {
    fn of(attempts: &[Running], behind: Behind) -> Self {
        let earlier = attempts.iter().find(|attempt| attempt.place == behind.place);
        let turns = earlier.into_iter().flat_map(Running::turns);
        let turns: Vec<TurnRecord> =
            turns.take_while(|turn| turn.facts.turn <= behind.turn).cloned().collect();
        let first = turns.first().map(|turn| turn.attempt);
        let owner = attempts.iter().find(|attempt| Some(attempt.number) == first);
        Self { turns, place: owner.map_or(1, |attempt| attempt.place) }
    }
}

#[cfg(test)]
mod tests;
