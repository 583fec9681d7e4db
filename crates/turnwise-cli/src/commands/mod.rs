//! One file for each command: its arguments and what it does.

pub(crate) mod bench;
pub(crate) mod claims;
pub(crate) mod compare;
pub(crate) mod completions;
pub(crate) mod doctor;
pub(crate) mod export;
pub(crate) mod grade;
pub(crate) mod import;
pub(crate) mod learn;
pub(crate) mod model;
pub(crate) mod policy;
pub(crate) mod query;
pub(crate) mod replay;
pub(crate) mod run;
pub(crate) mod serve;
pub(crate) mod show;
pub(crate) mod suite;

use std::process::ExitCode;

use crate::{
    cli::{Cli, Command},
    error::Failure,
    printer::Printer,
};

/// Does what the command line says.
pub(crate) async fn run(cli: Cli, printer: &Printer) -> Result<ExitCode, Failure> {
    match cli.command {
        Command::Compare(args) => compare::compare(args, printer).await,
        Command::Run(args) => run::run(args, printer).await,
        Command::Import(args) => import::import(args, printer).await,
        Command::Export(args) => export::export(args, printer).await,
        Command::Show(args) => show::show(args, printer).await,
        Command::Query(args) => query::query(args, printer).await,
        Command::Replay(args) => replay::replay(args, printer).await,
        Command::Grade(args) => grade::grade(args, printer).await,
        Command::Claims(args) => claims::claims(args, printer).await,
        Command::Learn(args) => learn::learn(args, printer).await,
        Command::Policy(args) => policy::policy(args, printer),
        Command::Suite(args) => suite::suite(args, printer).await,
        Command::Model(args) => model::model(args, printer),
        Command::Serve(args) => serve::serve(args, printer).await,
        Command::Bench(args) => bench::bench(args, printer).await,
        Command::Doctor(args) => doctor::doctor(args, printer).await,
        Command::Completions(args) => completions::completions(&args, printer),
    }
}
