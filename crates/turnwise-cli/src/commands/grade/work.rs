//! Patches graded side by side: each in an environment of its own, by the tests of its task.

use std::{process::ExitCode, sync::Arc, time::Instant};

use sha2::{Digest, Sha256};
use tokio::task::JoinSet;
use turnwise_agent::{Interrupt, Level};
use turnwise_core::{EnvError, Grade, Task};
use turnwise_env::{Patches, WorkspaceError};

use super::HowOptions;
use crate::{
    error::{Failure, INTERRUPTED, SOME_INFRA_ERRORS, in_words},
    hex::hex,
    printer::Printer,
    run::{signals, workplace::with_patches},
};

/// A patch to be graded.
#[derive(Clone, Debug)]
pub(super) struct Job {
    /// The task that it is to solve.
    pub(super) task: Arc<Task>,
    /// The patch.
    pub(super) patch: Arc<str>,
}

/// What came of a patch.
#[derive(Clone, Debug)]
pub(super) enum Found {
    /// The tests were run, in so many milliseconds.
    Graded(Grade, f64),
    /// It does not fit the task's files; why.
    Unfit(String),
    /// The harness failed; how.
    Failed(String),
}

/// What became of all patches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Done {
    /// Patches that the harness could not grade.
    pub(super) failed: usize,
    /// Whether the user cut it off.
    pub(super) interrupted: bool,
}

impl Done {
    /// How the command ends, where it would otherwise end as `code`.
    pub(super) fn exit_code(self, code: ExitCode) -> ExitCode {
        match self {
            Self { interrupted: true, .. } => ExitCode::from(INTERRUPTED),
            Self { failed: 0, .. } => code,
            Self { .. } => ExitCode::from(SOME_INFRA_ERRORS),
        }
    }
}

/// Grades the jobs, as many at once as there are workers, and hands what comes of each to `take` with the job's number,
/// as it comes. After a first interruption none is begun any more, after a second those under way are left.
pub(super) async fn grade_all(
    jobs: &[Job],
    how: &HowOptions,
    printer: &Printer,
    mut take: impl AsyncFnMut(usize, Found) -> Result<(), Failure>,
) -> Result<Done, Failure> {
    let mut done = Done::default();
    if jobs.is_empty() {
        return Ok(done);
    }
    let provider = with_patches(&how.place, jobs.iter().map(|job| &*job.task)).await?;
    let interrupt = Interrupt::default();
    let watch = signals::watch(interrupt.clone(), printer.clone());
    let bar = printer.bar(jobs.len(), "patches");
    let mut left = jobs.iter().cloned().enumerate();
    let mut running = JoinSet::new();
    let result = loop {
        while running.len() < how.workers.max(1) && !interrupt.is_raised() {
            let Some((number, job)) = left.next() else { break };
            let provider = Arc::clone(&provider);
            running.spawn(async move { (number, grade_one(&*provider, &job).await) });
        }
        let ended = tokio::select! {
            ended = running.join_next() => ended,
            () = interrupt.reached(Level::Now) => None,
        };
        let Some(ended) = ended else { break Ok(()) };
        let (number, found) = match ended {
            Ok(ended) => ended,
            Err(source) => {
                break Err(Failure::Internal { what: "grade a patch".to_owned(), source: source.into() });
            }
        };
        if let Found::Failed(why) = &found {
            done.failed += 1;
            bar.suspend(|| printer.say("INFRA", why));
        }
        bar.inc(1);
        if let Err(failure) = take(number, found).await {
            break Err(failure);
        }
    };
    running.shutdown().await;
    watch.abort();
    bar.finish_and_clear();
    done.interrupted = interrupt.is_raised();
    result.map(|()| done)
}

async fn grade_one(provider: &dyn Patches, job: &Job) -> Found {
    let began = Instant::now();
    match provider.grade_patch(&job.task, &job.patch).await {
        Ok(grade) => Found::Graded(grade, began.elapsed().as_secs_f64() * 1e3),
        Err(error) => match unfit(&error) {
            Some(why) => Found::Unfit(why),
            None => Found::Failed(in_words(&error)),
        },
    }
}

/// Why a patch does not fit, if that is what is wrong.
fn unfit(error: &EnvError) -> Option<String> {
    let EnvError::Workspace { source, .. } = error else { return None };
    let error = source.downcast_ref::<WorkspaceError>()?;
    error.is_about_a_patch().then(|| in_words(error))
}

/// The digest of a patch, as it is recorded with turns.
pub(super) fn digest(patch: &str) -> String {
    match patch {
        "" => String::new(),
        patch => hex(&Sha256::digest(patch)),
    }
}
