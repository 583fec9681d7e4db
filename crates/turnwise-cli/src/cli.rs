//! The command line: what there is and what it is called.

use clap::{Args, Parser, Subcommand};

use crate::commands;

/// Runs language-model agents on coding tasks, decides turn by turn whether to go on, and compares turn strategies.
#[derive(Debug, Parser)]
#[command(
    name = "turnwise",
    version,
    after_help = "Begin with `turnwise compare`. Exit codes: 0 done, 2 usage, 3 some trials failed in the harness, \
                  4 nothing selected, 10 model, 11 sandbox, 12 database, 13 policy, suite or imported file, 130 interrupted."
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
    #[command(flatten)]
    pub(crate) output: OutputOptions,
}

/// How things are shown; the same for every command.
#[derive(Args, Clone, Debug)]
pub(crate) struct OutputOptions {
    /// Print data as JSON
    #[arg(long, global = true, help_heading = "Output")]
    pub(crate) json: bool,
    /// Print data and errors only
    #[arg(short, long, global = true, help_heading = "Output")]
    pub(crate) quiet: bool,
    /// Print a line for each finished trial
    #[arg(short, long, global = true, help_heading = "Output")]
    pub(crate) verbose: bool,
    /// Show no progress
    #[arg(long, global = true, help_heading = "Output")]
    pub(crate) no_progress: bool,
}

/// What can be done.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run policies on the same tasks and seeds and compare them
    Compare(commands::compare::CompareArgs),
    /// Run trials
    Run(commands::run::RunArgs),
    /// List runs, a run's trials or a trial's turns
    Show(commands::show::ShowArgs),
    /// Ask the run database
    Query(commands::query::QueryArgs),
    /// Say what policies would have done on recorded turns, with no model
    Replay(commands::replay::ReplayArgs),
    /// Run hidden tests on recorded work: at the end, after every turn that changed it, or on somebody's patches
    Grade(commands::grade::GradeArgs),
    /// Hold claims of the literature about stopping early against recorded runs
    Claims(commands::claims::ClaimsArgs),
    /// Learn when to stop from recorded runs: label them, train probes and progress estimators, calibrate, check guarantees
    Learn(commands::learn::LearnArgs),
    /// Make a recorded run of other tools' trajectories
    Import(commands::import::ImportArgs),
    /// Write recorded trials as other tools' files
    Export(commands::export::ExportArgs),
    /// List, explain or check policies
    Policy(commands::policy::PolicyArgs),
    /// List, show or check suites of tasks
    Suite(commands::suite::SuiteArgs),
    /// List, show or check models
    Model(commands::model::ModelArgs),
    /// Serve a model by the OpenAI-style protocol
    Serve(commands::serve::ServeArgs),
    /// Measure the harness itself
    Bench(commands::bench::BenchArgs),
    /// Look at what this machine has
    Doctor(commands::doctor::DoctorArgs),
    /// Print a completion script for a shell
    Completions(commands::completions::CompletionsArgs),
}
