//! `turnwise grade RUN --every-turn`: what a submission after each turn would have been worth.
//!
//! A patch is graded once for a task, whichever trials, attempts and turns it was the work of. What a finished trial's grade
//! or another run's says already is taken from there. Each grade is stored as it comes, so the same command goes on.

use std::{
    collections::{BTreeMap, BTreeSet},
    process::ExitCode,
    sync::Arc,
};

use serde_json::json;
use turnwise_core::{Clock, RunId};
use turnwise_store::{GradeRow, Reader, StoreRecorder, TrialWork};

use super::{
    GradeArgs,
    tasks::Tasks,
    work::{Found, Job, digest, grade_all},
};
use crate::{
    clock::SystemClock,
    error::Failure,
    printer::{Printer, plural},
};

/// A task and a patch, by suite, id and digest.
type Key = (String, String, String);

/// Who says what was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Report {
    /// This does.
    Printed,
    /// The command that this is a part of does.
    LeftToCaller,
}

/// Grades what has no grade yet.
pub(super) async fn grade(args: &GradeArgs, said: Report, printer: &Printer) -> Result<ExitCode, Failure> {
    // Opening it for reading first says what is wrong with a file that is no run database, and makes none.
    Reader::open(&args.db.db).await?.close().await;
    let recorder = StoreRecorder::open(&args.db.db).await?;
    let reader = Reader::open(&args.db.db).await?;
    let run = reader.find_run(&args.target).await?;
    let tasks = Tasks::of_run(&run, &args.suites)?;
    let trials = reader.trial_works(&run.run_id).await?;
    let before = reader.grades(&run.run_id).await?;
    let clock = SystemClock::new();
    let mut book = Book::of(run.run_id.clone(), before, clock.now_ms());
    let mut patches = Patches::of(&trials);
    patches.wanted.retain(|key, _| !book.grades.contains_key(key));
    let reused = book.reuse(&patches, &trials, &tasks, &reader).await?;
    let count = reused.len();
    recorder.grades(reused).await?;
    patches.wanted.retain(|key, _| !book.grades.contains_key(key));
    let jobs: Vec<(&Key, Job)> = patches
        .wanted
        .iter()
        .filter_map(|(key, patch)| {
            let (task, _) = tasks.find(&key.0, &key.1)?;
            Some((key, Job { task: Arc::clone(task), patch: Arc::clone(patch) }))
        })
        .collect();
    let (keys, jobs): (Vec<&Key>, Vec<Job>) = jobs.into_iter().unzip();
    let mut counts = Counts { taken_over: count, unknown: patches.unknown.len(), ..Counts::default() };
    let done = grade_all(&jobs, &args.how, printer, async |number, found| {
        let key = keys[number];
        match found {
            Found::Graded(grade, ms) => {
                let row = book.row(key, &tasks, (grade.solved(), grade.score()), Some(ms));
                book.take(row.clone());
                counts.graded += 1;
                recorder.grades(vec![row]).await?;
            }
            Found::Unfit(why) => {
                counts.unfit += 1;
                printer.say("unfit", &format!("{}: {why}", key.1));
            }
            Found::Failed(_) => {}
        }
        Ok(())
    })
    .await?;
    recorder.close().await?;
    counts.failed = done.failed;
    if said == Report::Printed {
        report(&trials, &book, counts, printer)?;
    }
    if done.interrupted {
        printer.say("hint:", "the same command again goes on with what is left");
    }
    Ok(done.exit_code(ExitCode::SUCCESS))
}

/// The patches of a run's trials.
struct Patches {
    /// Those that a grade is wanted of.
    wanted: BTreeMap<Key, Arc<str>>,
    /// Those of which only the digest was recorded.
    unknown: BTreeSet<Key>,
}

impl Patches {
    /// The work after every turn, that of the end, and no work at all.
    fn of(trials: &[TrialWork]) -> Self {
        let (mut wanted, mut unknown) = (BTreeMap::new(), BTreeSet::new());
        for trial in trials {
            let key = |digest: String| (trial.suite.clone(), trial.task.clone(), digest);
            wanted.insert(key(String::new()), Arc::default());
            if let Some(patch) = &trial.final_patch {
                wanted.insert(key(digest(patch)), Arc::clone(patch));
            }
            for work in &trial.works {
                match &work.patch {
                    Some(patch) => wanted.insert(key(work.digest.clone()), Arc::clone(patch)).is_some(),
                    None => unknown.insert(key(work.digest.clone())),
                };
            }
        }
        unknown.retain(|key| !wanted.contains_key(key));
        Self { wanted, unknown }
    }
}

/// What is known so far.
struct Book {
    run: RunId,
    grades: BTreeMap<Key, (bool, f64)>,
    at: i64,
}

impl Book {
    fn of(run: RunId, before: Vec<GradeRow>, at: i64) -> Self {
        let mut book = Self { run, grades: BTreeMap::new(), at };
        before.into_iter().for_each(|row| book.take(row));
        book
    }

    fn take(&mut self, row: GradeRow) {
        self.grades.insert((row.suite, row.task, row.patch), (row.solved, row.score));
    }

    fn row(&self, key: &Key, tasks: &Tasks, (solved, score): (bool, f64), ms: Option<f64>) -> GradeRow {
        let (suite, task, patch) = key.clone();
        let task_digest = tasks.find(&suite, &task).map_or_else(String::new, |(_, digest)| digest.to_owned());
        GradeRow { run: self.run.clone(), suite, task, patch, task_digest, solved, score, ms, at: self.at }
    }

    /// Takes over what finished trials and other runs say.
    async fn reuse(
        &mut self,
        patches: &Patches,
        trials: &[TrialWork],
        tasks: &Tasks,
        reader: &Reader,
    ) -> Result<Vec<GradeRow>, Failure> {
        let mut known: BTreeMap<Key, (bool, f64)> = BTreeMap::new();
        for trial in trials {
            let key = |digest| (trial.suite.clone(), trial.task.clone(), digest);
            if let (Some(patch), Some(outcome)) = (&trial.final_patch, trial.outcome) {
                known.entry(key(digest(patch))).or_insert(outcome);
            }
        }
        let of_tasks: BTreeSet<_> = patches.wanted.keys().map(|(suite, task, _)| (suite, task)).collect();
        for (suite, task) in of_tasks {
            let Some((_, task_digest)) = tasks.find(suite, task) else { continue };
            for row in reader.grades_of_task(task_digest).await? {
                let key = (suite.clone(), task.clone(), row.patch);
                known.entry(key).or_insert((row.solved, row.score));
            }
        }
        let rows: Vec<GradeRow> = patches
            .wanted
            .keys()
            .filter_map(|key| Some(self.row(key, tasks, *known.get(key)?, None)))
            .collect();
        rows.iter().cloned().for_each(|row| self.take(row));
        Ok(rows)
    }
}

/// What was done.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    taken_over: usize,
    graded: usize,
    unfit: usize,
    failed: usize,
    unknown: usize,
}

fn report(trials: &[TrialWork], book: &Book, counts: Counts, printer: &Printer) -> Result<(), Failure> {
    let solves = |trial: &TrialWork, digest: &str| {
        let key = (trial.suite.clone(), trial.task.clone(), digest.to_owned());
        book.grades.get(&key).is_some_and(|(solved, _)| *solved)
    };
    let ever = |trial: &&TrialWork| trial.works.iter().any(|work| solves(trial, &work.digest));
    let at_end = |trial: &&TrialWork| trial.outcome.is_some_and(|(solved, _)| solved);
    let (ever, at_end) = (trials.iter().filter(ever).count(), trials.iter().filter(at_end).count());
    let Counts { taken_over, graded, unfit, failed, unknown } = counts;
    if printer.json() {
        return printer.json_data(&json!({
            "run_id": book.run.as_str(), "trials": trials.len(), "patches": book.grades.len(), "graded": graded,
            "taken_over": taken_over, "unfit": unfit, "failed": failed, "unknown": unknown,
            "solved_at_some_turn": ever, "solved_at_the_end": at_end,
        }));
    }
    printer.data(&format!(
        "{} of run {}: {} of their work graded ({graded} now, {taken_over} taken over); solved at some turn: {ever}, at the \
         end: {at_end}",
        plural(trials.len(), "trial"),
        book.run,
        plural(book.grades.len(), "state"),
    ));
    if unknown > 0 {
        let states = plural(unknown, "state");
        printer.say(
            "unknown",
            &format!("{states} of the work recorded without its patch, as by older versions and imports"),
        );
    }
    Ok(())
}
