//! `turnwise learn score RUN --with FILE`: what a learned file says of recorded turns, written into the database: a signal of each turn
//! (`v_signals`), and of progress the columns `progress` and `attribution` of `v_turns`.

use std::{path::PathBuf, process::ExitCode};

use clap::Args;
use serde_json::json;
use turnwise_core::Estimating;
use turnwise_store::{Estimate, Finding, Reader, StoreRecorder, TurnKey};

use super::{
    material::{Material, Trial},
    train::SourceOptions,
};
use crate::{
    error::Failure,
    learned::{check_made_for, open},
    printer::{Printer, plural},
};

/// What to score.
#[derive(Args, Debug)]
pub(super) struct ScoreArgs {
    #[command(flatten)]
    source: SourceOptions,
    /// The probe or progress estimator, by its `.json` or `.safetensors` file
    #[arg(long, value_name = "FILE")]
    with: PathBuf,
    /// Score although the runs are of another model, profile or suite than the file was made for
    #[arg(long)]
    allow_shift: bool,
}

/// Scores.
pub(super) async fn score(args: ScoreArgs, printer: &Printer) -> Result<ExitCode, Failure> {
    let learned = open(&args.with)?;
    let what = args.with.display().to_string();
    let Some(estimator) = learned.estimator() else {
        return Err(Failure::usage(format!(
            "{what} is a probe of cues in the thinking, and says nothing of turns"
        )));
    };
    let reader = Reader::open(&args.source.db.db).await?;
    let material = Material::read(&reader, &args.source.runs, &args.source.of).await?;
    check_made_for(&what, learned.made_for(), &material.made_for, args.allow_shift, printer)?;
    let recorder = StoreRecorder::open(&args.source.db.db).await?;
    let (mut turns, mut scored) = (0, 0);
    for trial in &material.trials {
        let findings = findings(trial, estimator.begin().as_mut(), estimator.hash());
        turns += trial.turns.len();
        scored += trial.turns.len().min(findings.len() / estimator.gives().len().max(1));
        recorder.findings(findings).await?;
    }
    recorder.close().await?;
    if printer.json() {
        printer.json_data(&json!({
            "trials": material.trials.len(), "turns": turns, "scored": scored, "signals": estimator.gives(),
        }))?;
    } else {
        printer.data(&format!(
            "{} of {} in {} scored: {}",
            scored,
            plural(turns, "turn"),
            plural(material.trials.len(), "trial"),
            estimator.gives().join(" and ")
        ));
    }
    if scored < turns {
        printer
            .say("hint:", "turns without hidden states are left out; `turnwise learn label RUN` makes them");
    }
    Ok(ExitCode::SUCCESS)
}

fn findings(trial: &Trial, estimating: &mut dyn Estimating, source: &str) -> Vec<(TurnKey, Finding)> {
    let mut findings = Vec::new();
    for turn in &trial.turns {
        let key = TurnKey { trial: trial.id.clone(), attempt: trial.attempt, turn: turn.facts.turn };
        let mut facts = turn.facts.clone();
        // What was recorded live by another file is not what this one says.
        facts.signals.retain(|(name, _)| name != turnwise_learn::PROGRESS[1]);
        for (signal, value) in estimating.look(&facts, turn.states.as_ref()) {
            let estimate = Estimate { signal, value, source: source.to_owned() };
            findings.push((key.clone(), Finding::Estimate(estimate)));
        }
    }
    findings
}
