//! `turnwise learn`: labels recorded runs, trains probes and progress estimators on them, calibrates thresholds, and shows whether what
//! is promised held on runs that nothing was learned from.

mod calibrate;
mod datasets;
mod drawn_with;
mod due;
mod effects;
mod fork_tally;
mod guarantees;
mod label;
mod material;
mod measure;
mod score;
mod train;
mod values;

use std::process::ExitCode;

use clap::{Args, Subcommand};

use crate::{error::Failure, printer::Printer};

/// What to learn.
#[derive(Args, Debug)]
pub(crate) struct LearnArgs {
    #[command(subcommand)]
    command: LearnCommand,
}

#[derive(Debug, Subcommand)]
enum LearnCommand {
    /// Find out what probes are learned from: grade the work after every turn, keep the hidden states at the ends of replies and at cues
    /// in the thinking, and force exits there
    Label(label::LabelArgs),
    /// Train a probe: would the work pass now, will the run never pass, would the answer be as good without more thinking
    Probe(train::ProbeArgs),
    /// Train a progress estimator, whose credits of the turns add up to the predicted outcome
    Progress(train::ProgressArgs),
    /// Take the scores of a probe or of progress on runs that it did not learn from, for thresholds with a guarantee
    Calibrate(calibrate::CalibrateArgs),
    /// Find out what it was worth to stand behind each turn: draw runs from there on, and grade them
    Values(values::ValuesArgs),
    /// Write what a learned file says of recorded turns into the database
    Score(score::ScoreArgs),
    /// Learn on one run, test on others, and say whether every guarantee held
    Guarantees(guarantees::GuaranteesArgs),
}

/// Learns.
pub(crate) async fn learn(args: LearnArgs, printer: &Printer) -> Result<ExitCode, Failure> {
    match args.command {
        LearnCommand::Label(args) => label::label(args, printer).await,
        LearnCommand::Probe(args) => train::probe(args, printer).await,
        LearnCommand::Progress(args) => train::progress(args, printer).await,
        LearnCommand::Calibrate(args) => calibrate::calibrate(args, printer).await,
        LearnCommand::Values(args) => values::values(args, printer).await,
        LearnCommand::Score(args) => score::score(args, printer).await,
        LearnCommand::Guarantees(args) => guarantees::guarantees(args, printer).await,
    }
}
