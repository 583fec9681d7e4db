//! `turnwise policy list | show | check`: looks at turn strategies.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use turnwise_policy::PolicySpec;
use turnwise_report::Align;

use crate::{
    error::Failure,
    policies,
    printer::{Printer, plural},
};

/// What to do with policies.
#[derive(Args, Debug)]
pub(crate) struct PolicyArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List the policies that can be named
    List,
    /// Explain policies
    Show {
        /// Names, or files ending in .toml
        #[arg(required = true)]
        policies: Vec<String>,
        /// Change a setting first: `budget.limit=12` (repeatable)
        #[arg(long = "set", value_name = "KEY=VALUE")]
        settings: Vec<String>,
        /// Print the file, which is commented
        #[arg(long)]
        source: bool,
    },
    /// Check policies with their examples; without names all of them
    Check {
        /// Names, or files ending in .toml
        policies: Vec<String>,
    },
}

/// Lists, explains or checks.
pub(crate) fn policy(args: PolicyArgs, printer: &Printer) -> Result<ExitCode, Failure> {
    match args.action {
        Action::List => list(printer)?,
        Action::Show { policies, settings, source } => {
            for name in policies {
                show(&name, &settings, Shown::of(source), printer)?;
            }
        }
        Action::Check { policies } => check(&policies, printer)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// What `policy show` prints.
#[derive(Clone, Copy)]
enum Shown {
    Explanation,
    Source,
}

impl Shown {
    fn of(source: bool) -> Self {
        if source { Self::Source } else { Self::Explanation }
    }
}

fn list(printer: &Printer) -> Result<(), Failure> {
    let specs: Vec<PolicySpec> =
        policies::all()?.iter().map(|source| policies::load(source, &[])).collect::<Result<_, _>>()?;
    if printer.json() {
        return printer.json_data(&specs);
    }
    let rows = specs.into_iter().map(|spec| vec![spec.name, spec.summary]).collect();
    printer.table(&[("policy", Align::Left), ("what it does", Align::Left)], rows);
    Ok(())
}

fn show(name: &str, settings: &[String], shown: Shown, printer: &Printer) -> Result<(), Failure> {
    let source = policies::find(name)?;
    if let Shown::Source = shown {
        printer.data(&source.text);
        return Ok(());
    }
    let spec = policies::load(&source, settings)?;
    if printer.json() {
        return printer.json_data(&spec);
    }
    printer.data(&format!("{} ({})\n{}\n\n{}", spec.name, source.file, spec.summary, spec.explain()));
    Ok(())
}

fn check(names: &[String], printer: &Printer) -> Result<(), Failure> {
    let sources = match names {
        [] => policies::all()?,
        names => names.iter().map(|name| policies::find(name)).collect::<Result<_, _>>()?,
    };
    for source in &sources {
        let spec = policies::load(source, &[])?;
        printer.say("ok", &format!("{} ({})", source.file, plural(spec.examples.len(), "example")));
    }
    Ok(())
}
