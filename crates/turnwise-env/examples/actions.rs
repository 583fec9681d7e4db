//! What an action costs: starts a sandbox, runs `cat small.txt` in it many times, and prints the
//! processor time of each action (harness, server and command together).
//!
//! `cargo run --release -p turnwise-env --example actions -- [COUNT]`

use std::{error::Error, path::PathBuf, process::ExitCode, time::Instant};

use nix::sys::{
    resource::{UsageWho, getrusage},
    time::TimeValLike,
};
use turnwise_core::{EnvironmentProvider, Task, TaskFile};
use turnwise_env::{Limits, LocalConfig, LocalProvider, SandboxConfig, SandboxKind, serve_if_asked};

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "this is its output")]
fn main() -> ExitCode {
    if let Some(code) = serve_if_asked() {
        return code;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    match runtime.map_err(Into::into).and_then(|runtime| runtime.block_on(measure())) {
        Ok(text) => println!("{text}"),
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

async fn measure() -> Result<String, Box<dyn Error>> {
    let count: u32 = std::env::args().nth(1).map_or(Ok(2000), |text| text.parse())?;
    let sandbox = SandboxConfig {
        launcher: PathBuf::from("/proc/self/exe"),
        kind: SandboxKind::Namespaces,
        limits: Limits::standard(),
        read_only: Vec::new(),
    };
    let provider =
        LocalProvider::new(LocalConfig { sandbox, temp: None, repositories: None, logs: None }).await?;
    let task = task();
    drop(provider.open(&task).await?);

    let clock = Instant::now();
    let mut environment = provider.open(&task).await?;
    let opened = clock.elapsed();
    environment.execute("cat small.txt").await?;
    let first = clock.elapsed();

    let (cpu, clock) = (own_cpu_ns()?, Instant::now());
    for _ in 0..count {
        environment.execute("cat small.txt").await?;
        environment.state().await?;
    }
    let (wall, own) = (clock.elapsed() / count, (own_cpu_ns()? - cpu) / i64::from(count));
    let clock = Instant::now();
    environment.close().await?;
    let closed = clock.elapsed();
    // The sandbox's processes are ours only once they have ended.
    let children = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let children = (children.user_time() + children.system_time()).num_nanoseconds() / i64::from(count);
    Ok(format!(
        "open {opened:.2?}, open + first action {first:.2?}, then {wall:.2?} an action, close {closed:.2?}\n\
         cpu an action: harness {} µs, sandbox {} µs",
        own / 1000,
        children / 1000
    ))
}

fn own_cpu_ns() -> nix::Result<i64> {
    let usage = getrusage(UsageWho::RUSAGE_SELF)?;
    Ok((usage.user_time() + usage.system_time()).num_nanoseconds())
}

fn task() -> Task {
    let file = |path: &str, content: &str| TaskFile { path: path.to_owned(), content: content.to_owned() };
    Task {
        id: "cat".to_owned(),
        suite: "bench".to_owned(),
        files: vec![file("small.txt", &"0123456789abcde\n".repeat(4)), file("src/a.py", "A = 1\n")],
        ..Task::default()
    }
}
