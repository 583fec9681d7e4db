//! What it takes to set a trial up on a real repository: a work tree at a commit and a sandbox on it, once the commit is cached, and
//! then a look at the work and a grading whose tests do nothing.
//!
//! `cargo run --release -p turnwise-env --example setup -- CLONES OWNER/NAME COMMIT [COUNT]`

use std::{env, error::Error, path::PathBuf, process::ExitCode, time::Instant};

use turnwise_core::{EnvironmentProvider, Task};
use turnwise_env::{
    Limits, LocalConfig, LocalProvider, RepositoryConfig, SandboxConfig, SandboxKind, serve_if_asked,
};

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "this is its output")]
fn main() -> ExitCode {
    if let Some(code) = serve_if_asked() {
        return code;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
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
    let words: Vec<String> = env::args().skip(1).collect();
    let [clones, repo, commit, rest @ ..] = words.as_slice() else {
        return Err("say CLONES OWNER/NAME COMMIT [COUNT]".into());
    };
    let count: usize = rest.first().map_or(Ok(20), |text| text.parse())?;
    let sandbox = SandboxConfig {
        launcher: PathBuf::from("/proc/self/exe"),
        kind: SandboxKind::Namespaces,
        limits: Limits::repositories(),
        read_only: Vec::new(),
    };
    let repositories =
        Some(RepositoryConfig { mirrors: vec![clones.into()], cache: env::temp_dir(), remote: None });
    let provider = LocalProvider::new(LocalConfig { sandbox, temp: None, repositories, logs: None }).await?;
    let task = Task {
        id: "setup".to_owned(),
        repo: repo.clone(),
        base_commit: commit.clone(),
        test_command: "echo PASS it".to_owned(),
        pass_to_pass: vec!["it".to_owned()],
        ..Task::default()
    };
    let clock = Instant::now();
    provider.open(&task).await?.close().await?;
    let first = clock.elapsed();
    let (mut setups, mut looks, mut grades) = (Vec::new(), Vec::new(), Vec::new());
    let mut open = Vec::new();
    for _ in 0..count {
        let clock = Instant::now();
        let mut environment = provider.open(&task).await?;
        environment.execute("true").await?;
        setups.push(clock.elapsed());
        environment.execute("echo >> README.md").await?;
        let clock = Instant::now();
        environment.state().await?;
        looks.push(clock.elapsed());
        let clock = Instant::now();
        environment.grade().await?;
        grades.push(clock.elapsed());
        // Closed at the end: ext4 looks twice at inodes that were freed within the last seconds, which takes longer than all else.
        open.push(environment);
    }
    for environment in open {
        environment.close().await?;
    }
    let median = |times: &mut Vec<std::time::Duration>| {
        times.sort_unstable();
        times.get(times.len() / 2).copied().unwrap_or_default().as_millis()
    };
    Ok(format!(
        "{repo}: first {} ms; then set-up {} ms, a look after a change {} ms, a grading {} ms (medians of {count})",
        first.as_millis(),
        median(&mut setups),
        median(&mut looks),
        median(&mut grades)
    ))
}
