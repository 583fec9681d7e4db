//! Counts what became of runs that were drawn from behind recorded turns: a recorder that keeps nothing of them but their grades, and stores
//! the value of a turn when the last of its forks is graded.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, PoisonError},
};

use turnwise_core::{BoxFuture, Grade, RecordError, Recorder, RunEvent, TrialId};
use turnwise_store::{Finding, ForkValue, StoreRecorder, TurnKey};

/// Stores values as they become known.
pub(super) struct ForkTally {
    store: StoreRecorder,
    /// How forks are drawn; the counts are those of a turn that has none yet.
    empty: ForkValue,
    /// How many make a value.
    wanted: u32,
    /// Written when a fork ends; held for moments.
    book: Mutex<Book>,
}

#[derive(Default)]
struct Book {
    /// What each fork begins behind.
    forks: BTreeMap<TrialId, TurnKey>,
    values: BTreeMap<TurnKey, ForkValue>,
    /// Forks in which the recorded turns did not come out again, so that they began elsewhere.
    strayed: BTreeSet<TrialId>,
    known: usize,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tallied {
    /// Turns whose value became known.
    pub(super) known: usize,
    /// Forks whose recorded turns did not come out again.
    pub(super) strayed: usize,
}

impl ForkTally {
    /// A tally of these forks; `wanted` of them make a value.
    pub(super) fn new(
        store: StoreRecorder,
        forks: BTreeMap<TrialId, TurnKey>,
        wanted: u32,
        (temperature, seed): (f64, u64),
    ) -> Self {
        let empty = ForkValue { forks: 0, solved: 0, score: 0.0, temperature, seed };
        Self { store, empty, wanted, book: Mutex::new(Book { forks, ..Book::default() }) }
    }

    pub(super) fn tallied(&self) -> Tallied {
        let book = self.book.lock().unwrap_or_else(PoisonError::into_inner);
        Tallied { known: book.known, strayed: book.strayed.len() }
    }

    fn strays(&self, trial: &TrialId) {
        let mut book = self.book.lock().unwrap_or_else(PoisonError::into_inner);
        book.strayed.insert(trial.clone());
    }

    /// Takes a graded fork; the value, when it was the last one that was missing.
    fn take(&self, trial: &TrialId, grade: &Grade) -> Option<(TurnKey, ForkValue)> {
        let mut book = self.book.lock().unwrap_or_else(PoisonError::into_inner);
        if book.strayed.contains(trial) {
            return None;
        }
        let key = book.forks.remove(trial)?;
        let value = book.values.entry(key.clone()).or_insert(self.empty);
        value.forks += 1;
        value.solved += u32::from(grade.solved());
        value.score += (grade.score() - value.score) / f64::from(value.forks);
        let value = *value;
        (value.forks == self.wanted).then(|| {
            book.values.remove(&key);
            book.known += 1;
            (key, value)
        })
    }
}

impl Recorder for ForkTally {
    fn record(&self, event: RunEvent) -> BoxFuture<'_, Result<(), RecordError>> {
        Box::pin(async move {
            match event {
                RunEvent::AttemptStarted(start) if start.attempt > 1 => self.strays(&start.trial),
                RunEvent::TrialFinished(end) => {
                    let value = end.grade.as_ref().and_then(|grade| self.take(&end.trial, grade));
                    if let Some((key, value)) = value {
                        self.store.findings(vec![(key, Finding::Value(value))]).await?;
                    }
                }
                RunEvent::RunStarted(_)
                | RunEvent::TrialStarted(_)
                | RunEvent::AttemptStarted(_)
                | RunEvent::TurnFinished(_)
                | RunEvent::AttemptFinished(_)
                | RunEvent::RunFinished { .. } => {}
            }
            Ok(())
        })
    }
}
