//! `turnwise export`: recorded trials become other tools' files.

mod swebench;
mod told;

use std::{path::PathBuf, process::ExitCode};

use clap::{
    Args,
    builder::{PossibleValuesParser, TypedValueParser},
};
use serde_json::json;
use turnwise_core::TrialId;
use turnwise_exchange::{Export, Format, Unwritable};
use turnwise_store::{Reader, TrialRow};

use crate::{
    error::Failure,
    options::DbOption,
    printer::{Printer, plural},
};

/// What to export and where to.
#[derive(Args, Debug)]
pub(crate) struct ExportArgs {
    /// Whose files to write
    #[arg(value_name = "FORMAT", value_parser = kind_parser())]
    format: Kind,
    /// A run or a trial by its id, the beginning of one, or `latest`
    #[arg(value_name = "RUN|TRIAL")]
    what: String,
    /// The file or folder to write; without it, formats of one line for each trajectory are printed
    #[arg(short, long, value_name = "FILE|DIR")]
    output: Option<PathBuf>,
    #[command(flatten)]
    db: DbOption,
}

/// What is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Trajectories.
    Trajectories(Format),
    /// SWE-bench's predictions.
    Predictions,
    /// Reports as SWE-bench's harness writes them.
    Report,
}

const PREDICTIONS: &str = "predictions";
const REPORT: &str = "report";

fn kind_parser() -> impl TypedValueParser<Value = Kind> {
    let names = Format::ALL.into_iter().map(Format::as_str).chain([PREDICTIONS, REPORT]);
    PossibleValuesParser::new(names).try_map(|word| match &*word {
        PREDICTIONS => Ok(Kind::Predictions),
        REPORT => Ok(Kind::Report),
        word => word.parse::<Format>().map(Kind::Trajectories),
    })
}

/// Exports.
pub(crate) async fn export(args: ExportArgs, printer: &Printer) -> Result<ExitCode, Failure> {
    let reader = Reader::open(&args.db.db).await?;
    // Trials are named after their run, with a dash between.
    let trials = match args.what.contains('-') {
        true => vec![reader.find_trial(&args.what).await?],
        false => reader.trials(&reader.find_run(&args.what).await?.run_id).await?,
    };
    let (ended, open): (Vec<_>, Vec<_>) = trials.into_iter().partition(|trial| trial.ending.is_some());
    if ended.is_empty() {
        return Err(Failure::Nothing { message: format!("no trial of `{}` has ended", args.what) });
    }
    let format = match args.format {
        Kind::Trajectories(format) => format,
        kind @ (Kind::Predictions | Kind::Report) => {
            return export_swebench(kind, &ended, &reader, &args, printer).await;
        }
    };
    let mut export = Export::to(format, args.output.as_deref(), || printer.stream())?;
    let mut attempts = 0;
    for trial in &ended {
        attempts += write(&mut export, &reader, trial).await?;
    }
    export.finish()?;
    if let Some(path) = &args.output {
        if printer.json() {
            printer.json_data(&json!({
                "format": format.as_str(), "path": path.display().to_string(), "trials": ended.len(),
                "attempts": attempts, "left_out": open.len(),
            }))?;
        } else {
            printer.say("written", &format!("{} to {}", plural(attempts, "attempt"), path.display()));
        }
    }
    if !open.is_empty() {
        printer.note(&format!("{} under way left out", plural(open.len(), "trial")));
    }
    Ok(ExitCode::SUCCESS)
}

/// Writes predictions or reports.
async fn export_swebench(
    kind: Kind,
    trials: &[TrialRow],
    reader: &Reader,
    args: &ExportArgs,
    printer: &Printer,
) -> Result<ExitCode, Failure> {
    let instances = swebench::instances(trials, reader).await?;
    let (name, written) = match (kind, &args.output) {
        (Kind::Report, Some(folder)) => {
            let run = trials.first().map_or("", |trial| &trial.run_id);
            (REPORT, swebench::reports(&instances, run, folder)?)
        }
        (Kind::Report, None) => {
            return Err(Failure::usage("reports are files of a folder; name it by -o".to_owned()));
        }
        (_, output) => {
            swebench::predictions(&instances, output.as_deref(), printer)?;
            (PREDICTIONS, output.iter().cloned().collect())
        }
    };
    if printer.json() && args.output.is_some() {
        let paths: Vec<_> = written.iter().map(|path| path.display().to_string()).collect();
        printer.json_data(&json!({ "format": name, "paths": paths, "trials": trials.len() }))?;
    } else {
        for path in &written {
            printer.say("written", &format!("{} of {}", path.display(), plural(trials.len(), "trial")));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Writes each attempt of a trial and says how many there were.
async fn write(export: &mut Export, reader: &Reader, trial: &TrialRow) -> Result<usize, Failure> {
    let id = TrialId::new(&trial.trial_id);
    let facts = told::Facts {
        labels: reader.labels(&id).await?,
        patch: reader.patch(&id).await?.unwrap_or_default(),
        imported: reader.imported(&id).await?,
        attempts: reader.attempts(&id).await?,
    };
    let turns = reader.turns(&id).await?;
    let trajectories = told::trajectories(trial, &facts, turns);
    for trajectory in &trajectories {
        export.add(trajectory)?;
    }
    Ok(trajectories.len())
}

impl From<Unwritable> for Failure {
    fn from(error: Unwritable) -> Self {
        match error {
            Unwritable::File { path, source } => Self::File { path, access: "written", source },
            Unwritable::OneEach { .. } | Unwritable::Nowhere { .. } => Self::usage(error.to_string()),
        }
    }
}
