//! The handle of the one writer. Cheap to clone; events wait in a bounded queue, so that a slow disk slows the run
//! down instead of filling the memory.

use std::path::Path;

use tokio::sync::{mpsc, oneshot};
use turnwise_core::{BoxFuture, RecordError, Recorder, RunEvent, RunId, TrialId};

use crate::{
    Finding, GradeRow, ImportedTrial, StoreError, TurnKey,
    lock::WriterLock,
    open,
    writer::{Job, Request, Writer, Written},
};

/// How many events may wait.
const QUEUE: usize = 256;

/// Records events in a run database.
#[derive(Clone, Debug)]
pub struct StoreRecorder {
    queue: mpsc::Sender<Request>,
}

impl StoreRecorder {
    /// Opens the database at `path` for writing, makes it where there is none, and brings it to the newest format.
    /// Needs to be called within a tokio runtime, on which the writer's task then lives. A current-thread runtime takes
    /// the least CPU, as each transaction wakes the runtime a few times.
    ///
    /// # Errors
    /// When another process writes to it, or it is not a run database, or cannot be written.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        let lock = WriterLock::take(path)?;
        let conn = open::writer(path).await?;
        let (queue, requests) = mpsc::channel(QUEUE);
        let writer = Writer::new(conn, lock, path).await?;
        tokio::spawn(writer.serve(requests));
        Ok(Self { queue })
    }

    /// Deletes a trial with all its attempts and turns, so that it can be run again from its beginning.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn delete_trial(&self, trial: &TrialId) -> Result<(), RecordError> {
        self.write(Job::DeleteTrial(trial.clone())).await
    }

    /// Deletes every trial of a run (`--redo-existing`). The run itself stays.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn delete_trials(&self, run: &RunId) -> Result<(), RecordError> {
        self.write(Job::DeleteTrials(run.clone())).await
    }

    /// Records trials that other tools ran, all in one transaction; those that are there already are replaced.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn import(&self, trials: Vec<ImportedTrial>) -> Result<(), RecordError> {
        self.write(Job::Import(trials)).await
    }

    /// Records what hidden tests say of recorded work.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn grades(&self, grades: Vec<GradeRow>) -> Result<(), RecordError> {
        self.write(Job::Grades(grades)).await
    }

    /// Records what was found out about recorded turns; what is there of the same kind, place and signal is replaced.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn findings(&self, findings: Vec<(TurnKey, Finding)>) -> Result<(), RecordError> {
        self.write(Job::Findings(findings)).await
    }

    /// Writes what waits, closes the database and says what was written. Other clones of the recorder answer
    /// [`RecordError::Gone`] from then on.
    ///
    /// # Errors
    /// When anything could not be written since it was opened.
    pub async fn close(self) -> Result<Written, RecordError> {
        let (answer, answered) = oneshot::channel();
        self.queue.send(Request::Close { answer }).await.map_err(|_| RecordError::Gone)?;
        answered.await.map_err(|_| RecordError::Gone)?
    }

    async fn write(&self, job: Job) -> Result<(), RecordError> {
        let (answer, answered) = oneshot::channel();
        self.queue.send(Request::Write { job, answer }).await.map_err(|_| RecordError::Gone)?;
        answered.await.map_err(|_| RecordError::Gone)?
    }
}

impl Recorder for StoreRecorder {
    fn record(&self, event: RunEvent) -> BoxFuture<'_, Result<(), RecordError>> {
        Box::pin(self.write(Job::Event(Box::new(event))))
    }
}
