//! `turnwise learn calibrate`: a learned file's scores on runs that it did not learn from, as the calibration file that a rule names, and
//! what thresholds they give.

mod envelope;

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Args;
use serde_json::json;
use turnwise_learn::Predicts;
use turnwise_policy::{
    MadeFor,
    calibration::{Among, Calibration, Method, Terms, Threshold},
};
use turnwise_report::Align;
use turnwise_store::Reader;

use super::{
    due::{DueOption, calibrated_on},
    material::Material,
    measure::calibration,
    train::{SourceOptions, make_room},
};
use crate::{
    error::Failure,
    learned::{Learned, check_made_for, open},
    printer::Printer,
};

/// The shares of wrong acts that thresholds are shown for.
const DELTAS: [f64; 3] = [0.05, 0.1, 0.2];

/// What to calibrate.
#[derive(Args, Debug)]
pub(super) struct CalibrateArgs {
    #[command(flatten)]
    source: SourceOptions,
    /// The probe or progress estimator, by its `.json` or `.safetensors` file
    #[arg(long, value_name = "FILE")]
    with: PathBuf,
    /// Where to write the calibration file, which a rule names by `file`
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Calibrate although the runs are of another model, profile or suite than the probe was made for
    #[arg(long)]
    allow_shift: bool,
    #[command(flatten)]
    due: DueOption,
}

/// Calibrates.
pub(super) async fn calibrate(args: CalibrateArgs, printer: &Printer) -> Result<ExitCode, Failure> {
    let learned = open(&args.with)?;
    let reader = Reader::open(&args.source.db.db).await?;
    let material = Material::read(&reader, &args.source.runs, &args.source.of).await?;
    let what = args.with.display().to_string();
    check_made_for(&what, learned.made_for(), &material.made_for, args.allow_shift, printer)?;
    let made_for = |hash: &str| made_for(&material, hash);
    match learned {
        Learned::Probe(probe) => {
            let calibration = calibration(&probe, &material.trials);
            let then = |file: &Path| calibrated_on(file, probe.hash());
            if args.due.keeps(&args.output, then, || Ok(calibration.runs.len()), printer)? {
                return Ok(ExitCode::SUCCESS);
            }
            write(&args.output, &calibration.to_toml(&made_for(probe.hash())))?;
            report(&calibration, probe.card().predicts, &args.output, printer)?;
        }
        Learned::Progress(estimator) => {
            let found = envelope::of(&estimator, &material)?;
            let then = |file: &Path| calibrated_on(file, &estimator.hash());
            if args.due.keeps(&args.output, then, || Ok(found.successes()), printer)? {
                return Ok(ExitCode::SUCCESS);
            }
            write(&args.output, &found.to_toml(&made_for(&estimator.hash())))?;
            found.report(&args.output, printer)?;
        }
    }
    printer.say("Written", &format!("{}; name it by `file` in the policy's rule", args.output.display()));
    Ok(ExitCode::SUCCESS)
}

fn write(output: &Path, text: &str) -> Result<(), Failure> {
    make_room(output)?;
    let failed = |source| Failure::File { path: output.to_owned(), access: "written", source };
    fs::write(output, text).map_err(failed)
}

/// What a calibration holds for.
fn made_for(material: &Material, hash: &str) -> MadeFor {
    let made_for = material.made_for.clone();
    MadeFor {
        rule: String::new(),
        model_name: Some(made_for.model_name),
        model_hash: Some(made_for.model_hash),
        profile: Some(made_for.profile),
        profile_hash: Some(made_for.profile_hash).filter(|hash| !hash.is_empty()),
        suite: Some(made_for.suite),
        probe: Some(hash.to_owned()),
    }
}

/// For whom a probe's promise is made where nothing else is said.
pub(super) fn among(predicts: Predicts) -> Among {
    match predicts {
        Predicts::Hopeless => Among::AtRisk,
        Predicts::Pass | Predicts::Exit | Predicts::Think => Among::All,
    }
}

fn report(
    calibration: &Calibration,
    predicts: Predicts,
    output: &Path,
    printer: &Printer,
) -> Result<(), Failure> {
    // Learn-then-Test is about the first firing of a run, and thinking is left in every reply.
    let all = [Method::PerEvent, Method::PerRun, Method::Pac, Method::Ltt];
    let methods = all.into_iter().filter(|method| predicts != Predicts::Think || *method != Method::Ltt);
    let terms = |method, delta| Terms { method, delta, among: among(predicts), ..Terms::default() };
    let found: Vec<(Method, f64, Threshold)> = methods
        .flat_map(|method| DELTAS.map(|delta| (method, delta)))
        .map(|(method, delta)| (method, delta, calibration.threshold(&terms(method, delta))))
        .collect();
    if printer.json() {
        let rows: Vec<_> = found
            .iter()
            .map(|(method, delta, threshold)| {
                json!({
                    "method": method.as_str(), "delta": delta,
                    "threshold": Some(threshold.value).filter(|value| value.is_finite()),
                    "n": threshold.n, "needed": threshold.needed, "missing": threshold.missing(),
                    "promise": threshold.promise,
                })
            })
            .collect();
        return printer.json_data(&json!({
            "file": output.display().to_string(), "signal": calibration.signal, "runs": calibration.runs.len(),
            "thresholds": rows,
        }));
    }
    let columns = [
        ("method", Align::Left),
        ("delta", Align::Right),
        ("fires above", Align::Right),
        ("from", Align::Right),
        ("needed", Align::Right),
    ];
    let rows = found.iter().map(|(method, delta, threshold)| {
        let value = match threshold.value {
            value if value.is_infinite() => "never".to_owned(),
            value if value.abs() > 1e9 => "always".to_owned(),
            value => format!("{value:.4}"),
        };
        let needed = threshold.needed.map_or_else(|| "–".to_owned(), |needed| needed.to_string());
        vec![method.as_str().to_owned(), delta.to_string(), value, threshold.n.to_string(), needed]
    });
    printer.table(&columns, rows.collect());
    for (method, delta, threshold) in found.iter().filter(|(_, delta, _)| (*delta - 0.1).abs() < 1e-9) {
        printer.note(&format!("{} at {delta}: {}", method.as_str(), threshold.promise));
    }
    Ok(())
}
