//! `turnwise grade`: runs hidden tests on recorded work: at the end of trials, after each turn that changed it, or on
//! somebody else's patches.

mod every_turn;
mod finals;
mod prediction;
mod predictions;
mod record;
mod tasks;
mod work;

use std::{path::PathBuf, process::ExitCode};

use clap::Args;

pub(crate) use tasks::Tasks;

use crate::{
    error::Failure,
    options::{DbOption, PlaceOptions},
    printer::Printer,
};

/// What to grade.
#[derive(Args, Debug)]
pub(crate) struct GradeArgs {
    /// The run: its id, the beginning of one, or `latest`; with --predictions the suite
    #[arg(value_name = "RUN|SUITE")]
    target: String,
    /// Grade the work after each turn that changed it, and store the grades; otherwise the work that finished trials handed
    /// in is graded again and compared with its grade
    #[arg(long)]
    every_turn: bool,
    /// Grade the patches of this file: SWE-bench predictions (JSON lines, a list or an object), `-` is standard input
    #[arg(long, value_name = "FILE", conflicts_with = "every_turn")]
    predictions: Option<PathBuf>,
    /// Make a recorded run of the graded predictions
    #[arg(long, requires = "predictions")]
    record: bool,
    /// Where a suite of the run lies, if not where its name is looked for (repeatable)
    #[arg(long = "suite", value_name = "FILE|FOLDER", conflicts_with = "predictions")]
    suites: Vec<String>,
    #[command(flatten)]
    how: HowOptions,
    #[command(flatten)]
    db: DbOption,
}

/// How tests are run.
#[derive(Args, Clone, Debug)]
struct HowOptions {
    /// How many patches at once
    #[arg(short, long, default_value_t = 4, value_name = "N")]
    workers: usize,
    #[command(flatten)]
    place: PlaceOptions,
}

/// Grades the work after every turn of a run, as a part of another command: this many at once, at this place.
pub(crate) async fn every_turn(
    run: &str,
    suites: &[String],
    (workers, place): (usize, PlaceOptions),
    db: &DbOption,
    printer: &Printer,
) -> Result<ExitCode, Failure> {
    let args = GradeArgs {
        target: run.to_owned(),
        every_turn: true,
        predictions: None,
        record: false,
        suites: suites.to_vec(),
        how: HowOptions { workers, place },
        db: db.clone(),
    };
    every_turn::grade(&args, every_turn::Report::LeftToCaller, printer).await
}

/// Grades.
pub(crate) async fn grade(args: GradeArgs, printer: &Printer) -> Result<ExitCode, Failure> {
    match &args.predictions {
        Some(file) => predictions::grade(file, &args, printer).await,
        None if args.every_turn => every_turn::grade(&args, every_turn::Report::Printed, printer).await,
        None => finals::grade(&args, printer).await,
    }
}
