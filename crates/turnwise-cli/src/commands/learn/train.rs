//! `turnwise learn probe` and `turnwise learn progress`.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Args, ValueEnum};
use serde_json::json;
use turnwise_learn::{
    Card, Epoch, Predicts, Probe, ProbeKind, Run, TrainOptions,
    progress::{Estimator, ProgressKind, ProgressOptions, train_progress},
    train,
};
use turnwise_store::Reader;

use super::{
    datasets::{Features, dataset},
    due::{DueOption, learned_on},
    material::Material,
};
use crate::{
    error::Failure,
    options::DbOption,
    printer::{Printer, plural},
};

/// What is learned from.
#[derive(Args, Clone, Debug)]
pub(super) struct SourceOptions {
    /// The runs: their ids, the beginnings of those, or `latest`
    #[arg(value_name = "RUN", required = true)]
    pub(super) runs: Vec<String>,
    /// Only trials of this policy (repeatable)
    #[arg(long = "of", value_name = "POLICY")]
    pub(super) of: Vec<String>,
    #[command(flatten)]
    pub(super) db: DbOption,
}

/// Which features.
#[derive(Args, Clone, Debug)]
pub(super) struct FeatureOptions {
    /// Leave hidden states out: what is learned then works on recorded runs of any model
    #[arg(long)]
    no_states: bool,
    /// The signals to learn from, instead of the usual ones (`turn` and `exit_ok` are facts that may be named, too)
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    scalars: Vec<String>,
}

impl FeatureOptions {
    pub(super) fn features(&self) -> Features {
        Features { states: !self.no_states, scalars: self.scalars.clone() }
    }
}

/// What a probe is to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum PredictsOption {
    /// The work as it stands would pass
    Pass,
    /// The run will never pass
    Hopeless,
    /// At a cue in the thinking: the answer would be as good if the thinking ended here
    Think,
    /// Leaving here is worth what it costs (kind `gate` only)
    Exit,
}

impl From<PredictsOption> for Predicts {
    fn from(option: PredictsOption) -> Self {
        match option {
            PredictsOption::Pass => Self::Pass,
            PredictsOption::Hopeless => Self::Hopeless,
            PredictsOption::Think => Self::Think,
            PredictsOption::Exit => Self::Exit,
        }
    }
}

/// The kinds of probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum KindOption {
    /// Linear
    Logistic,
    /// 256 and 64 units, as LYNX has it
    Mlp,
    /// A recurrent unit over the turns
    Recurrent,
    /// The hazard of leaving, learned together with its cost
    Gate,
}

impl From<KindOption> for ProbeKind {
    fn from(option: KindOption) -> Self {
        match option {
            KindOption::Logistic => Self::Logistic,
            KindOption::Mlp => Self::Mlp,
            KindOption::Recurrent => Self::Recurrent,
            KindOption::Gate => Self::Gate,
        }
    }
}

/// A probe to be trained.
#[derive(Args, Debug)]
pub(super) struct ProbeArgs {
    #[command(flatten)]
    source: SourceOptions,
    /// What it is to say
    #[arg(long, value_enum, default_value = "pass", value_name = "WHAT")]
    predict: PredictsOption,
    /// Its kind
    #[arg(long, value_enum, default_value = "logistic", value_name = "KIND")]
    kind: KindOption,
    #[command(flatten)]
    features: FeatureOptions,
    /// What is drawn comes from it
    #[arg(long, default_value_t = 0, value_name = "N")]
    seed: u64,
    /// Where to write it: `FILE.json` and `FILE.safetensors`
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    #[command(flatten)]
    due: DueOption,
}

/// A progress estimator to be trained.
#[derive(Args, Debug)]
pub(super) struct ProgressArgs {
    #[command(flatten)]
    source: SourceOptions,
    /// Its kind
    #[arg(long, value_enum, default_value = "ridge", value_name = "KIND")]
    kind: ProgressOption,
    #[command(flatten)]
    features: FeatureOptions,
    /// What is drawn comes from it
    #[arg(long, default_value_t = 0, value_name = "N")]
    seed: u64,
    /// Where to write it: `FILE.json` and `FILE.safetensors`
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    #[command(flatten)]
    due: DueOption,
}

/// The kinds of progress estimator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum ProgressOption {
    /// Linear, in closed form
    Ridge,
    /// 64 and 32 units
    Mlp,
    /// A causal transformer over the turns
    Transformer,
}

impl From<ProgressOption> for ProgressKind {
    fn from(option: ProgressOption) -> Self {
        match option {
            ProgressOption::Ridge => Self::Ridge,
            ProgressOption::Mlp => Self::Mlp,
            ProgressOption::Transformer => Self::Transformer,
        }
    }
}

/// Trains a probe and writes it.
pub(super) async fn probe(args: ProbeArgs, printer: &Printer) -> Result<ExitCode, Failure> {
    let reader = Reader::open(&args.source.db.db).await?;
    let material = Material::read(&reader, &args.source.runs, &args.source.of).await?;
    let labelled = |run: &&Run| run.samples.iter().any(|sample| sample.label.is_some());
    let now = || {
        let data = dataset(&material, args.predict.into(), &args.features.features())?;
        Ok(data.runs.iter().filter(labelled).count())
    };
    if args.due.keeps(&args.output, learned_on, now, printer)? {
        return Ok(ExitCode::SUCCESS);
    }
    let spec = Learning {
        kind: args.kind.into(),
        predicts: args.predict.into(),
        features: args.features.features(),
        seed: args.seed,
    };
    let probe = spec.probe(&material, printer)?;
    make_room(&args.output)?;
    probe.save(&args.output)?;
    report(probe.card(), &args.output, printer)?;
    Ok(ExitCode::SUCCESS)
}

/// How a probe is learned.
#[derive(Clone, Debug)]
pub(super) struct Learning {
    pub(super) kind: ProbeKind,
    pub(super) predicts: Predicts,
    pub(super) features: Features,
    pub(super) seed: u64,
}

impl Learning {
    /// Learns it.
    pub(super) fn probe(&self, material: &Material, printer: &Printer) -> Result<Probe, Failure> {
        let data = dataset(material, self.predicts, &self.features)?;
        let options = TrainOptions::new(self.kind, self.predicts, self.seed, material.made_for.clone());
        let mut best: Option<Epoch> = None;
        let probe = train(&data, &options, &mut |epoch| {
            if epoch.best {
                best = Some(epoch);
            }
        })?;
        if let Some(Epoch { number, validation_loss, .. }) = best {
            printer.say(
                "Learned",
                &format!(
                    "a {} probe in {}, validation loss {validation_loss:.4}",
                    self.kind.name(),
                    plural(number as usize, "epoch")
                ),
            );
        }
        Ok(probe)
    }
}

fn report(card: &Card, output: &Path, printer: &Printer) -> Result<(), Failure> {
    let figures = &card.figures;
    if printer.json() {
        return printer.json_data(&json!({
            "file": output.display().to_string(), "kind": card.kind, "predicts": card.predicts,
            "learned_from": card.learned_from, "figures": figures, "made_for": card.made_for,
        }));
    }
    let from = &card.learned_from;
    let interval = match (figures.auroc, figures.auroc_lo, figures.auroc_hi) {
        (Some(auroc), Some(lo), Some(hi)) => format!("AUROC {auroc:.3} ({lo:.3} to {hi:.3})"),
        _ => "AUROC unknown, as all labels there are the same".to_owned(),
    };
    printer.data(&format!(
        "{}: {} samples of {} on {} ({} positive)\non {} that it has not seen: {interval}, Brier {:.3}, calibration error {:.3}, \
         steepest slope {:.2}",
        output.display(),
        from.samples,
        plural(from.runs, "run"),
        plural(from.tasks, "task"),
        from.positive,
        plural(from.split.held_out, "task"),
        figures.brier,
        figures.ece,
        figures.slope,
    ));
    printer.data(&reliability(card));
    Ok(())
}

/// The reliability diagram: a row for each tenth of the scores that has samples.
fn reliability(card: &Card) -> String {
    let row = |bin: &turnwise_learn::metrics::Bin| {
        let (mean, share) = (bin.mean?, bin.share?);
        Some(format!("said {mean:.2}  was {share:.2}  {:<30} {}", "█".repeat(whole(share * 30.0)), bin.count))
    };
    let rows: Vec<String> = card.figures.bins.iter().filter_map(row).collect();
    rows.join("\n")
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a width in columns, at most 30")]
fn whole(columns: f64) -> usize {
    columns.clamp(0.0, 30.0).round() as usize
}

/// Trains a progress estimator and writes it.
pub(super) async fn progress(args: ProgressArgs, printer: &Printer) -> Result<ExitCode, Failure> {
    let reader = Reader::open(&args.source.db.db).await?;
    let material = Material::read(&reader, &args.source.runs, &args.source.of).await?;
    let now = || Ok(dataset(&material, Predicts::Pass, &args.features.features())?.runs.len());
    if args.due.keeps(&args.output, learned_on, now, printer)? {
        return Ok(ExitCode::SUCCESS);
    }
    let estimator = estimator(&material, args.kind.into(), &args.features.features(), args.seed)?;
    make_room(&args.output)?;
    estimator.save(&args.output)?;
    let fit = estimator.fit();
    if printer.json() {
        printer.json_data(&json!({
            "file": args.output.display().to_string(), "kind": estimator.kind(), "fit": fit,
            "made_for": estimator.made_for(),
        }))?;
    } else {
        printer.data(&format!(
            "{}: {} of {} on {}, mean squared error {:.4} on tasks left out",
            args.output.display(),
            plural(fit.turns, "turn"),
            plural(fit.runs, "run"),
            plural(fit.tasks, "task"),
            fit.mse,
        ));
    }
    Ok(ExitCode::SUCCESS)
}

/// Learns a progress estimator.
pub(super) fn estimator(
    material: &Material,
    kind: ProgressKind,
    features: &Features,
    seed: u64,
) -> Result<Estimator, Failure> {
    let data = dataset(material, Predicts::Pass, features)?;
    let options = ProgressOptions { kind, seed, made_for: material.made_for.clone() };
    Ok(train_progress(&data, &options, &mut |_| {})?)
}

/// Makes the folder of a file.
pub(super) fn make_room(file: &Path) -> Result<(), Failure> {
    let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) else { return Ok(()) };
    std::fs::create_dir_all(folder).map_err(|source| Failure::File {
        path: folder.to_owned(),
        access: "created",
        source,
    })
}
