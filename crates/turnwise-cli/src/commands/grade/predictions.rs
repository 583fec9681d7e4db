//! `turnwise grade --predictions FILE SUITE`: the hidden tests on somebody's patches.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Read,
    path::Path,
    process::ExitCode,
    sync::Arc,
};

use serde::Serialize;
use serde_json::json;
use turnwise_core::{Grade, Task};
use turnwise_report::{Align, stats::wilson};

use super::{
    GradeArgs,
    prediction::{Bad, Prediction, read},
    record::record,
    work::{Found, Job, digest, grade_all},
};
use crate::{
    error::Failure,
    printer::{Printer, plural},
    suites::{self, Suite},
};

/// A prediction and its grade.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Graded {
    instance_id: String,
    model_name_or_path: String,
    /// `solved`, `unsolved`, `empty`, `unfit` or `failed`.
    outcome: &'static str,
    pub(super) solved: Option<bool>,
    pub(super) score: Option<f64>,
    /// Why it could not be applied.
    problem: Option<String>,
    #[serde(skip)]
    pub(super) grade: Option<Grade>,
}

/// Grades the predictions of a file.
pub(super) async fn grade(file: &Path, args: &GradeArgs, printer: &Printer) -> Result<ExitCode, Failure> {
    let suite = suites::find(&args.target)?.load()?;
    let predictions = checked(file, &suite, printer)?;
    let tasks: BTreeMap<&str, &Arc<Task>> = suite.tasks.iter().map(|task| (&*task.id, task)).collect();
    // Equal patches are graded once.
    let (mut jobs, mut places) = (Vec::new(), BTreeMap::new());
    let mut place_of = Vec::with_capacity(predictions.len());
    for prediction in &predictions {
        let Some(task) = tasks.get(&*prediction.task) else { continue };
        let place = *places.entry((&*prediction.task, digest(&prediction.patch))).or_insert_with(|| {
            jobs.push(Job { task: Arc::clone(task), patch: Arc::clone(&prediction.patch) });
            jobs.len() - 1
        });
        place_of.push(place);
    }
    let mut found: Vec<Option<Found>> = vec![None; jobs.len()];
    let done = grade_all(&jobs, &args.how, printer, async |number, came| {
        if let Found::Unfit(why) = &came {
            printer.say("unfit", &format!("{}: {why}", jobs[number].task.id));
        }
        found[number] = Some(came);
        Ok(())
    })
    .await?;
    let pairs = predictions.iter().zip(place_of);
    let graded: Vec<Graded> =
        pairs.filter_map(|(prediction, place)| Some(graded(prediction, found[place].as_ref()?))).collect();
    let without = suite.tasks.len() - predictions.iter().map(|one| &one.task).collect::<BTreeSet<_>>().len();
    if printer.json() {
        printer.json_data(&json!({
            "suite": suite.name, "tasks": suite.tasks.len(), "without_prediction": without, "models": models(&graded),
            "predictions": graded,
        }))?;
    } else {
        print(&graded, &suite, without, printer);
    }
    if args.record && !done.interrupted {
        record(&args.db.db, &suite, &predictions, &graded, printer).await?;
    }
    Ok(done.exit_code(ExitCode::SUCCESS))
}

/// The predictions of a file, if each of them is one for a task of the suite; what is not is named.
fn checked(file: &Path, suite: &Suite, printer: &Printer) -> Result<Vec<Prediction>, Failure> {
    let text = text_of(file).map_err(|source| Failure::Predictions { path: file.to_owned(), source })?;
    let tasks: BTreeSet<&str> = suite.tasks.iter().map(|task| &*task.id).collect();
    let mut seen = BTreeSet::new();
    let (mut good, mut bad) = (Vec::new(), Vec::new());
    for found in read(&text) {
        match found.and_then(|prediction| known(prediction, &tasks, &mut seen, suite)) {
            Ok(prediction) => good.push(prediction),
            Err(fault) => bad.push(fault),
        }
    }
    for Bad { place, why } in &bad {
        printer.say("wrong", &format!("{} {place}: {why}", file.display()));
    }
    if !bad.is_empty() {
        return Err(Failure::BadPredictions { path: file.to_owned(), bad: plural(bad.len(), "prediction") });
    }
    if good.is_empty() {
        return Err(Failure::Nothing { message: format!("{} holds no prediction", file.display()) });
    }
    Ok(good)
}

fn text_of(file: &Path) -> std::io::Result<String> {
    if file != Path::new("-") {
        return std::fs::read_to_string(file);
    }
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    Ok(text)
}

/// The prediction, if the suite has its task and its model has not been heard on it.
fn known(
    prediction: Prediction,
    tasks: &BTreeSet<&str>,
    seen: &mut BTreeSet<(String, String)>,
    suite: &Suite,
) -> Result<Prediction, Bad> {
    let Prediction { place, task, model, .. } = &prediction;
    let why = if !tasks.contains(&**task) {
        format!("suite `{}` has no task `{task}`", suite.name)
    } else if !seen.insert((model.clone(), task.clone())) {
        format!("`{model}` comes twice for task `{task}`")
    } else {
        return Ok(prediction);
    };
    Err(Bad { place: place.clone(), why })
}

fn graded(prediction: &Prediction, found: &Found) -> Graded {
    let mut graded = Graded {
        instance_id: prediction.task.clone(),
        model_name_or_path: prediction.model.clone(),
        outcome: "failed",
        solved: None,
        score: None,
        problem: None,
        grade: None,
    };
    match found {
        Found::Graded(grade, _) => {
            graded.outcome = match (grade.solved(), prediction.patch.trim()) {
                (true, _) => "solved",
                (false, "") => "empty",
                (false, _) => "unsolved",
            };
            (graded.solved, graded.score) = (Some(grade.solved()), Some(grade.score()));
            graded.grade = Some(grade.clone());
        }
        Found::Unfit(why) => {
            graded.outcome = "unfit";
            (graded.solved, graded.score) = (Some(false), Some(0.0));
            graded.problem = Some(why.clone());
        }
        Found::Failed(why) => graded.problem = Some(why.clone()),
    }
    graded
}

/// What a model came to.
#[derive(Debug, Serialize)]
struct Model {
    model_name_or_path: String,
    predictions: u64,
    solved: u64,
    unfit: u64,
    empty: u64,
    solve_rate: Option<f64>,
    solve_lo: Option<f64>,
    solve_hi: Option<f64>,
}

fn models(graded: &[Graded]) -> Vec<Model> {
    let mut names: Vec<&str> = graded.iter().map(|one| &*one.model_name_or_path).collect();
    names.sort_unstable();
    names.dedup();
    let of = |name: &str| {
        let count = |outcome: &str| {
            let mine = graded.iter().filter(|one| one.model_name_or_path == name);
            mine.filter(|one| outcome == "any" || one.outcome == outcome).count() as u64
        };
        let (solved, known) = (count("solved"), count("any") - count("failed"));
        let rate = wilson(solved, known);
        Model {
            model_name_or_path: name.to_owned(),
            predictions: count("any"),
            solved,
            unfit: count("unfit"),
            empty: count("empty"),
            solve_rate: rate.map(|rate| rate.value),
            solve_lo: rate.map(|rate| rate.lo),
            solve_hi: rate.map(|rate| rate.hi),
        }
    };
    names.into_iter().map(of).collect()
}

fn print(graded: &[Graded], suite: &Suite, without: usize, printer: &Printer) {
    let columns =
        [("task", Align::Left), ("model", Align::Left), ("outcome", Align::Left), ("tests", Align::Right)];
    let rows = graded.iter().map(|one| {
        let score = one.score.map_or("–".to_owned(), |score| format!("{:.0} %", 100.0 * score));
        vec![one.instance_id.clone(), one.model_name_or_path.clone(), one.outcome.to_owned(), score]
    });
    printer.table(&columns, rows.collect());
    printer.data("");
    for Model { model_name_or_path, predictions, solved, unfit, empty, solve_lo, solve_hi, .. } in
        models(graded)
    {
        let bounds = solve_lo.zip(solve_hi);
        let bounds = bounds.map(|(lo, hi)| format!(" ({:.0} to {:.0} %)", 100.0 * lo, 100.0 * hi));
        printer.data(&format!(
            "{model_name_or_path}: {solved} of {predictions} solved{}, {unfit} do not apply, {empty} empty",
            bounds.unwrap_or_default()
        ));
    }
    let tasks = plural(suite.tasks.len(), "task");
    printer.data(&format!("suite {} has {tasks}, {without} without a prediction", suite.name));
}
