//! `turnwise grade RUN`: the work that finished trials handed in is graded again and held against its grade. Nothing is
//! stored.

use std::{collections::BTreeMap, process::ExitCode, sync::Arc};

use serde::Serialize;
use serde_json::json;
use turnwise_report::Align;
use turnwise_store::{Reader, TrialWork};

use super::{
    GradeArgs,
    tasks::Tasks,
    work::{Found, Job, digest, grade_all},
};
use crate::{
    error::Failure,
    printer::{Printer, plural},
};

/// A trial whose grade is not what was stored.
#[derive(Debug, Serialize)]
struct Different {
    trial_id: String,
    task: String,
    policy: String,
    solved_recorded: bool,
    score_recorded: f64,
    solved: bool,
    score: f64,
}

/// Grades again.
pub(super) async fn grade(args: &GradeArgs, printer: &Printer) -> Result<ExitCode, Failure> {
    let reader = Reader::open(&args.db.db).await?;
    let run = reader.find_run(&args.target).await?;
    let tasks = Tasks::of_run(&run, &args.suites)?;
    let trials = reader.trial_works(&run.run_id).await?;
    let mut jobs = Vec::new();
    // The trials whose work each job grades.
    let mut whose: Vec<Vec<(&TrialWork, (bool, f64))>> = Vec::new();
    let mut places = BTreeMap::new();
    for trial in &trials {
        let (Some(patch), Some(outcome)) = (&trial.final_patch, trial.outcome) else { continue };
        let Some((task, _)) = tasks.find(&trial.suite, &trial.task) else { continue };
        let place = *places.entry((&trial.suite, &trial.task, digest(patch))).or_insert_with(|| {
            jobs.push(Job { task: Arc::clone(task), patch: Arc::clone(patch) });
            whose.push(Vec::new());
            jobs.len() - 1
        });
        whose[place].push((trial, outcome));
    }
    if jobs.is_empty() {
        let message =
            "the run has no finished trial that was graded; finish it with the command that began it";
        return Err(Failure::Nothing { message: message.to_owned() });
    }
    let (mut different, mut graded) = (Vec::new(), 0);
    let done = grade_all(&jobs, &args.how, printer, async |number, found| {
        let now = match found {
            Found::Graded(grade, _) => (grade.solved(), grade.score()),
            Found::Unfit(why) => {
                printer.say("unfit", &format!("{}: {why}", jobs[number].task.id));
                (false, 0.0)
            }
            Found::Failed(_) => return Ok(()),
        };
        graded += whose[number].len();
        different.extend(whose[number].iter().filter_map(|(trial, stored)| compare(trial, *stored, now)));
        Ok(())
    })
    .await?;
    different.sort_by(|one, other| one.trial_id.cmp(&other.trial_id));
    if printer.json() {
        printer.json_data(&json!({
            "run_id": run.run_id.as_str(), "trials": graded, "patches": jobs.len(), "failed": done.failed,
            "different": different,
        }))?;
    } else {
        print(&different, printer);
        printer.data(&format!(
            "{} of run {} graded again: {} differ",
            plural(graded, "trial"),
            run.run_id,
            different.len()
        ));
    }
    Ok(done.exit_code(if different.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }))
}

/// The trial, if its grade is another one now. Scores are shares of the same tests, so equal ones are equal to the bit.
fn compare(trial: &TrialWork, stored: (bool, f64), now: (bool, f64)) -> Option<Different> {
    (stored != now).then(|| Different {
        trial_id: trial.trial_id.clone(),
        task: trial.task.clone(),
        policy: trial.policy.clone(),
        solved_recorded: stored.0,
        score_recorded: stored.1,
        solved: now.0,
        score: now.1,
    })
}

fn print(different: &[Different], printer: &Printer) {
    if different.is_empty() {
        return;
    }
    let columns =
        [("trial", Align::Left), ("task", Align::Left), ("recorded", Align::Right), ("now", Align::Right)];
    let share = |score: f64| format!("{:.0} %", 100.0 * score);
    let rows = different.iter().map(|trial| {
        vec![trial.trial_id.clone(), trial.task.clone(), share(trial.score_recorded), share(trial.score)]
    });
    printer.table(&columns, rows.collect());
}
