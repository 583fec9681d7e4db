//! Plays expert runs in the real sandbox and compares every answer, to the letter, with what the expert was
//! shown: the training data holds nothing that the sandbox would not say.

use crate::{
    expert::Trajectory,
    suite::files,
    task::{Oracle, Program, Stream},
    train::training_run,
};
use anyhow::Result;
use std::path::Path;
use turnwise_core::{EnvironmentProvider as _, Task};
use turnwise_env::{Limits, LocalConfig, LocalProvider, SandboxConfig, SandboxKind};

/// What was confirmed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Confirmed {
    /// Runs played.
    pub runs: u64,
    /// Answers compared.
    pub answers: u64,
    /// Answers that differ: the command, what the expert was shown, what the sandbox said.
    pub different: Vec<(String, String, String)>,
}

/// Plays `n` runs of the training stream from number `first` on; `launcher` is the executable that serves as the
/// sandbox's server.
///
/// # Errors
/// When the sandbox or the oracle fails.
pub async fn confirm(launcher: &Path, first: u64, n: u64) -> Result<Confirmed> {
    let sandbox = SandboxConfig {
        launcher: launcher.to_owned(),
        kind: SandboxKind::Namespaces,
        limits: Limits::standard(),
        read_only: Vec::new(),
    };
    let provider =
        LocalProvider::new(LocalConfig { sandbox, temp: None, repositories: None, logs: None }).await?;
    let mut oracle = Oracle::start()?;
    let mut confirmed = Confirmed::default();
    for index in first.. {
        if confirmed.runs == n {
            break;
        }
        if let Some((program, run)) = training_run(Stream::Training, 1, index, &mut oracle)? {
            play(&provider, &program, &run, &mut confirmed).await?;
            confirmed.runs += 1;
        }
    }
    Ok(confirmed)
}

async fn play(
    provider: &LocalProvider,
    program: &Program,
    run: &Trajectory,
    all: &mut Confirmed,
) -> Result<()> {
    let task = task(program);
    let mut environment = provider.open(&task).await?;
    for (command, shown) in run.exchanges() {
        let said = environment.execute(command).await?.output;
        let said = if said.is_empty() { "(no output)" } else { said.trim_end() };
        all.answers += 1;
        if said != shown {
            all.different.push((command.to_owned(), shown.to_owned(), said.to_owned()));
        }
    }
    environment.close().await?;
    Ok(())
}

fn task(program: &Program) -> Task {
    Task {
        id: "expert".to_owned(),
        suite: "expert".to_owned(),
        statement: program.statement.clone(),
        files: files(program.start()),
        ..Task::default()
    }
}
