//! One pass over the recorded turns, by as many threads as there are processors. What comes out does not depend on who
//! read what: it is counted.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use indicatif::ProgressBar;
use turnwise_policy::{Policy, Reads};
use turnwise_store::{LeanTrial, Reader, StoreError, Wanted};

use super::{outcome::Grades, tally::Tally};

/// How many trials a thread takes at once.
const SHARE: usize = 64;

/// A policy's tally, with nothing counted yet, and its numbers for each suite.
pub(super) type Replayable = (Tally, BTreeMap<String, Policy>);

/// Replays the trials under each policy.
pub(super) fn over(
    reader: &Reader,
    trials: &[LeanTrial],
    replays: &[Replayable],
    grades: &Grades,
    bar: &ProgressBar,
) -> Result<Vec<Tally>, StoreError> {
    let lean: Vec<Replayable> = replays
        .iter()
        .map(|(tally, policies)| {
            (tally.clone(), policies.iter().map(|(suite, policy)| (suite.clone(), policy.lean())).collect())
        })
        .collect();
    let wanted = wanted(&lean);
    let order = LeanTrial::by_record(trials);
    let next = AtomicUsize::new(0);
    let work = || {
        let mut counted = lean.clone();
        let mine = std::iter::from_fn(|| {
            order
                .chunks(SHARE)
                .nth(next.fetch_add(1, Ordering::Relaxed))
                .inspect(|share| bar.inc(share.len() as u64))
        });
        reader.lean_turns(wanted, mine.flatten().copied(), |trial, turns| {
            for (tally, policies) in &mut counted {
                if let Some(policy) = policies.get(&trial.suite) {
                    tally.add(trial, turns, policy, grades);
                }
            }
        })?;
        Ok(counted)
    };
    let threads = thread::available_parallelism().map_or(1, usize::from).min(trials.len().div_ceil(SHARE));
    let parts = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let join = |worker: thread::ScopedJoinHandle<'_, _>| match worker.join() {
            Ok(part) => part,
            Err(panic) => std::panic::resume_unwind(panic),
        };
        workers.into_iter().map(join).collect::<Result<Vec<Vec<Replayable>>, StoreError>>()
    })?;
    let mut sums: Vec<Tally> = lean.into_iter().map(|(tally, _)| tally).collect();
    for part in parts {
        sums.iter_mut().zip(part).for_each(|(sum, (counted, _))| sum.join(&counted));
    }
    Ok(sums)
}

/// What any of the policies reads.
fn wanted(replays: &[Replayable]) -> Wanted {
    let policies = replays.iter().flat_map(|(_, policies)| policies.values());
    let Reads { action, observation, reply, thought, signals } =
        policies.map(Policy::reads).fold(Reads::default(), |all, reads| all | reads);
    Wanted { action, observation, reply, thought, signals }
}
