//! `turnwise doctor`: what this machine has.

use std::process::ExitCode;

use clap::Args;
use serde::Serialize;
use turnwise_core::Protection;
use turnwise_engine::backend::{FoundGpu, NoGpu, nvidia};
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
    gpus: Gpus,
    sandbox: Sandbox,
    programs: Vec<Program>,
}

#[derive(Debug, Serialize)]
struct Gpus {
    found: Vec<Gpu>,
    problem: Option<String>,
}

#[derive(Debug, Serialize)]
struct Gpu {
    device: String,
    name: String,
    memory: u64,
    capability: String,
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
            gpus: Gpus::new(nvidia()),
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
        ];
        rows.extend(self.gpus.problem.map(|problem| row("gpu", problem)));
        rows.extend(self.gpus.found.into_iter().map(|gpu| {
            let gib = gpu.memory as f64 / f64::from(1 << 30);
            row(&gpu.device, format!("{}, {gib:.0} GiB, compute capability {}", gpu.name, gpu.capability))
        }));
        rows.push(row("sandbox", self.sandbox.problem.or(self.sandbox.kind).unwrap_or_default()));
        rows.extend(self.sandbox.facts.into_iter().map(|(name, value)| row(&format!("  {name}"), value)));
        for program in self.programs {
            let path = program.path.unwrap_or_else(|| "not found".to_owned());
            let version = program.version.map(|version| format!("{version}, ")).unwrap_or_default();
            rows.push(row(program.name, format!("{version}{path}")));
        }
        printer.table(&[("what", Align::Left), ("found", Align::Left)], rows);
    }
}

impl Gpus {
    fn new(found: Result<Vec<FoundGpu>, NoGpu>) -> Self {
        let gpu = |(number, gpu): (usize, FoundGpu)| Gpu {
            device: format!("cuda:{number}"),
            name: gpu.name,
            memory: gpu.memory,
            capability: format!("{}.{}", gpu.capability.0, gpu.capability.1),
        };
        match found {
            Ok(gpus) => Self { found: gpus.into_iter().enumerate().map(gpu).collect(), problem: None },
            Err(why) => Self { found: Vec::new(), problem: Some(why.to_string()) },
        }
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
