//! `turnwise claims RUN…`: what recorded runs say about the claims of the literature on stopping early.

mod observe;

use std::process::ExitCode;

use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use turnwise_report::claims::{self, Recorded, Settings};
use turnwise_store::Reader;

use self::observe::Observer;
use super::replay::chosen;
use crate::{error::Failure, options::DbOption, printer::Printer};

/// What to look at.
#[derive(Args, Debug)]
pub(crate) struct ClaimsArgs {
    /// The runs, looked at together: each its id, the beginning of one, or `latest`
    #[arg(required = true, value_name = "RUN")]
    runs: Vec<String>,
    /// Only trials that were run under these policies; otherwise those of `unlimited`, or all where there are none
    #[arg(long, value_name = "POLICY", value_delimiter = ',')]
    of: Vec<String>,
    /// How often the tasks are split into a half to learn on and a half to judge on
    #[arg(long, default_value_t = 20, value_name = "N", value_parser = at_least_one())]
    splits: u16,
    /// How often tasks are drawn again for an interval
    #[arg(long, default_value_t = 1000, value_name = "N", value_parser = at_least_one())]
    draws: u16,
    /// The seed of splits and draws
    #[arg(long, default_value_t = 0, value_name = "N")]
    seed: u64,
    /// Print Markdown
    #[arg(long)]
    markdown: bool,
    #[command(flatten)]
    db: DbOption,
}

fn at_least_one() -> clap::builder::RangedI64ValueParser<u16> {
    clap::value_parser!(u16).range(1..)
}

/// Holds the claims against the runs.
pub(crate) async fn claims(args: ClaimsArgs, printer: &Printer) -> Result<ExitCode, Failure> {
    let reader = Reader::open(&args.db.db).await?;
    let mut recorded = Recorded::new(Observer::signals());
    let mut runs = Vec::new();
    for name in &args.runs {
        let run = reader.find_run(name).await?.run_id;
        if !runs.contains(&run) {
            runs.push(run);
        }
    }
    for run in &runs {
        let trials = reader.trials(run).await?;
        let (finished, lost): (Vec<_>, Vec<_>) = trials.into_iter().partition(|trial| trial.finished);
        lost.iter().for_each(|_| recorded.leave_out());
        let trials = chosen(finished, &args.of, |trial| &trial.policy)?;
        let observer = Observer::new(&reader, run).await?;
        let bar = progress(trials.len(), "trials read", printer);
        for trial in &trials {
            observer.add(&reader, trial, &mut recorded).await?;
            bar.inc(1);
        }
        bar.finish_and_clear();
    }
    if recorded.is_empty() {
        let message =
            "no finished trial has a turn and a known outcome; `turnwise show RUN` lists the trials";
        return Err(Failure::Nothing { message: message.to_owned() });
    }
    let bar = progress(claims::steps(&recorded), "claims and monitors", printer);
    let settings =
        Settings { splits: usize::from(args.splits), draws: usize::from(args.draws), seed: args.seed };
    let found = claims::examine(&recorded, settings, &|| bar.inc(1));
    bar.finish_and_clear();
    if printer.json() {
        printer.json_data(&found)?;
    } else if args.markdown {
        printer.data(&found.markdown());
    } else {
        printer.data(&found.text());
    }
    Ok(ExitCode::SUCCESS)
}

fn progress(steps: usize, of: &str, printer: &Printer) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(steps as u64), ProgressDrawTarget::hidden());
    if printer.wants_bar() {
        let template = format!("{{bar:24}} {{pos}}/{{len}} {of}, eta {{eta}}");
        if let Ok(style) = ProgressStyle::with_template(&template) {
            bar.set_style(style.progress_chars("━━─"));
        }
        bar.set_draw_target(ProgressDrawTarget::stderr());
    }
    bar
}
