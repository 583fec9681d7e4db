//! `turnwise doctor`: what this machine has.

use std::process::ExitCode;

use clap::Args;
use serde::Serialize;
use turnwise_core::Protection;
use turnwise_env::{MachineReport, probe};
use turnwise_report::Align;

use crate::{error::Failure, options::SandboxOption, printer::Printer, run::workplace::sandbox};

/// Which sandbox to look at.
#[derive(Args, Debug)]
pub(crate) struct DoctorArgs {
    /// Which kind of sandbox to start
    #[arg(long, value_enum, default_value = "namespaces", value_name = "KIND")]
    sandbox: SandboxOption,
}

/// What was found, as it is printed.
#[derive(Debug, Serialize)]
struct Found {
    turnwise: &'static str,
    processors: usize,
    instructions: Vec<&'static str>,
    sandbox: Sandbox,
    programs: Vec<Program>,
}

#[derive(Debug, Serialize)]
struct Sandbox {
    available: bool,
    kind: Option<String>,
    facts: Vec<(String, String)>,
    problem: Option<String>,
}

#[derive(Debug, Serialize)]
struct Program {
    name: &'static str,
    path: Option<String>,
    version: Option<String>,
}

/// Looks, and prints what there is. A machine that lacks something is no error.
pub(crate) async fn doctor(args: DoctorArgs, printer: &Printer) -> Result<ExitCode, Failure> {
    let found = Found::new(probe(sandbox(args.sandbox)?).await);
    if printer.json() {
        printer.json_data(&found)?;
    } else {
        found.print(printer);
    }
    Ok(ExitCode::SUCCESS)
}

impl Found {
    fn new(report: MachineReport) -> Self {
        let sandbox = match report.sandbox {
            Ok(Protection { kind, facts }) => {
                Sandbox { available: true, kind: Some(kind), facts, problem: None }
            }
            Err(error) => {
                Sandbox { available: false, kind: None, facts: Vec::new(), problem: Some(error.to_string()) }
            }
        };
        let programs = report.tools.into_iter().map(|tool| Program {
            name: tool.name,
            path: tool.path.map(|path| path.display().to_string()),
            version: tool.version,
        });
        Self {
            turnwise: env!("CARGO_PKG_VERSION"),
            processors: std::thread::available_parallelism().map_or(1, usize::from),
            instructions: instructions(),
            sandbox,
            programs: programs.collect(),
        }
    }

    fn print(self, printer: &Printer) {
        let row = |about: &str, what: String| vec![about.to_owned(), what];
        let instructions = self.instructions.join(", ");
        let mut rows = vec![
            row("turnwise", self.turnwise.to_owned()),
            row("processors", format!("{} ({instructions})", self.processors)),
            row("sandbox", self.sandbox.problem.or(self.sandbox.kind).unwrap_or_default()),
        ];
        rows.extend(self.sandbox.facts.into_iter().map(|(name, value)| row(&format!("  {name}"), value)));
        for program in self.programs {
            let path = program.path.unwrap_or_else(|| "not found".to_owned());
            let version = program.version.map(|version| format!("{version}, ")).unwrap_or_default();
            rows.push(row(program.name, format!("{version}{path}")));
        }
        printer.table(&[("what", Align::Left), ("found", Align::Left)], rows);
    }
}

/// The instruction sets that the engine's kernels can use here.
fn instructions() -> Vec<&'static str> {
    let mut found = Vec::new();
    #[cfg(target_arch = "x86_64")]
    {
        if std::arch::is_x86_feature_detected!("avx2") {
            found.push("avx2");
        }
        if std::arch::is_x86_feature_detected!("avx512f") {
            found.push("avx512f");
        }
        if std::arch::is_x86_feature_detected!("avx512bf16") {
            found.push("avx512bf16");
        }
    }
    found
}
