//! The one owner of the writing connection. What waits together is committed together.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use sqlx::{AssertSqlSafe, Connection, SqliteConnection};
use tokio::sync::{mpsc, oneshot};
use turnwise_core::{RecordError, RunEvent, RunId, TrialId};

use crate::{
    Finding, GradeRow, ImportedTrial, StoreError, TurnKey,
    lock::WriterLock,
    text::Texts,
    write::{Batch, Script, Works},
};

/// How many requests at most share a transaction.
const GROUP: usize = 128;

type Answer<T> = oneshot::Sender<Result<T, RecordError>>;

/// What the writer is asked to do.
#[derive(Debug)]
pub(crate) enum Request {
    /// Write this; the answer comes when it is committed.
    Write { job: Job, answer: Answer<()> },
    /// Write what waits and close.
    Close { answer: Answer<Written> },
}

/// What there is to write.
#[derive(Debug)]
pub(crate) enum Job {
    /// Something that happened.
    Event(Box<RunEvent>),
    /// This trial is to be run again from its beginning.
    DeleteTrial(TrialId),
    /// Every trial of this run is to be run again.
    DeleteTrials(RunId),
    /// Trials that other tools ran.
    Import(Vec<ImportedTrial>),
    /// What hidden tests say of recorded work.
    Grades(Vec<GradeRow>),
    /// What was found out about recorded turns.
    Findings(Vec<(TurnKey, Finding)>),
}

/// What a recorder has written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Events and deletions.
    pub requests: u64,
    /// Transactions; fewer than requests where some were written together.
    pub commits: u64,
}

/// Writes scripts until its last handle is gone, it is closed, or a write fails.
pub(crate) struct Writer {
    conn: SqliteConnection,
    lock: WriterLock,
    path: PathBuf,
    texts: Texts,
    works: Works,
    written: Written,
    /// The first failure. Nothing is written after it, as what follows an event must not be stored without it.
    failure: Option<Arc<StoreError>>,
}

impl Writer {
    pub(crate) async fn new(
        mut conn: SqliteConnection,
        lock: WriterLock,
        path: &Path,
    ) -> Result<Self, StoreError> {
        let last: i64 = sqlx::query_scalar("SELECT coalesce(max(id), 0) FROM texts")
            .fetch_one(&mut conn)
            .await
            .map_err(|source| StoreError::from_sqlx(path, source))?;
        let texts = Texts::after(last);
        let (works, written) = (Works::default(), Written::default());
        Ok(Self { conn, lock, path: path.to_owned(), texts, works, written, failure: None })
    }

    pub(crate) async fn serve(mut self, mut requests: mpsc::Receiver<Request>) {
        let mut waiting = Vec::with_capacity(GROUP);
        while requests.recv_many(&mut waiting, GROUP).await > 0 {
            let mut group = Vec::with_capacity(waiting.len());
            for request in waiting.drain(..) {
                match request {
                    Request::Write { job, answer } => group.push((job, answer)),
                    Request::Close { answer } => {
                        self.write(group).await;
                        return self.close(answer).await;
                    }
                }
            }
            self.write(group).await;
        }
        let _closed = self.shut().await;
    }

    async fn write(&mut self, group: Vec<(Job, Answer<()>)>) {
        let (jobs, answers): (Vec<_>, Vec<_>) = group.into_iter().unzip();
        if self.failure.is_none() && !jobs.is_empty() {
            self.commit(jobs).await;
        }
        for answer in answers {
            // Whoever no longer waits for the answer has no use for it.
            let _heard = answer.send(self.verdict()).is_ok();
        }
    }

    async fn commit(&mut self, jobs: Vec<Job>) {
        let count = jobs.len();
        let mut batch = Batch::new(&mut self.texts, &mut self.works);
        for job in jobs {
            match job {
                Job::Event(event) => batch.event(*event),
                Job::DeleteTrial(trial) => batch.delete_trial(&trial),
                Job::DeleteTrials(run) => batch.delete_trials(&run),
                Job::Import(trials) => trials.into_iter().for_each(|trial| batch.import(trial)),
                Job::Grades(grades) => batch.grades(grades),
                Job::Findings(findings) => batch.findings(findings),
            }
        }
        match run(&mut self.conn, batch.scripts()).await {
            Ok(()) => {
                self.written.requests += u64::try_from(count).unwrap_or(u64::MAX);
                self.written.commits += 1;
            }
            Err(source) => {
                self.failure = Some(Arc::new(StoreError::from_sqlx(&self.path, source)));
                // SQLite may have rolled back already.
                let _rolled_back = sqlx::raw_sql("ROLLBACK").execute(&mut self.conn).await.is_ok();
            }
        }
    }

    fn verdict(&self) -> Result<(), RecordError> {
        match &self.failure {
            None => Ok(()),
            Some(failure) => Err(RecordError::Failed { source: Box::new(Shared(Arc::clone(failure))) }),
        }
    }

    async fn close(self, answer: Answer<Written>) {
        let (verdict, written) = (self.verdict(), self.written);
        let shut = self.shut().await;
        let closed = verdict.and(shut.map_err(|source| RecordError::Failed { source: Box::new(source) }));
        let _heard = answer.send(closed.map(|()| written)).is_ok();
    }

    /// Closes the connection, which folds the journal into the database, and only then lets go of the lock.
    async fn shut(self) -> Result<(), StoreError> {
        let Self { conn, lock, path, .. } = self;
        let closed = conn.close().await.map_err(|source| StoreError::from_sqlx(&path, source));
        drop(lock);
        closed
    }
}

async fn run(conn: &mut SqliteConnection, scripts: Vec<Script>) -> Result<(), sqlx::Error> {
    for Script { sql, bindings } in scripts {
        sqlx::query_with(AssertSqlSafe(sql), bindings.arguments()?).execute(&mut *conn).await?;
    }
    Ok(())
}

/// One failure as the cause of many errors.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
struct Shared(Arc<StoreError>);
