//! When a sandbox ends, everything in it ends.

use std::{
    env, fs,
    path::Path,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use turnwise_core::EnvironmentProvider;
use turnwise_env::{Limits, LocalProvider, SandboxKind};

use crate::{config, has_namespaces, task};

const ROLE: &str = "TURNWISE_TEST_PARENT";

/// Whether a process with this argument lives on the machine.
fn lives(argument: &str) -> bool {
    let processes = fs::read_dir("/proc").unwrap().flatten();
    processes
        .filter_map(|process| fs::read(process.path().join("cmdline")).ok())
        .any(|line| line.split(|byte| *byte == 0).any(|part| part == argument.as_bytes()))
}

fn wait_until(what: &str, condition: impl Fn() -> bool) {
    let clock = Instant::now();
    while !condition() {
        assert!(clock.elapsed() < Duration::from_secs(20), "{what}");
        thread::sleep(Duration::from_millis(5));
    }
}

fn daemons(seconds: &str) -> String {
    format!("setsid sleep {seconds} & (trap '' TERM HUP; sleep {seconds}) & nohup sleep {seconds} & echo up")
}

#[tokio::test]
async fn closing_ends_every_process_before_it_returns() {
    if !has_namespaces().await {
        return;
    }
    let provider = LocalProvider::new(config(SandboxKind::Namespaces, Limits::standard())).await.unwrap();
    let mut environment = provider.open(&task()).await.unwrap();
    assert_eq!(environment.execute(&daemons("7111.1")).await.unwrap().output, "up\n");
    assert!(lives("7111.1"));
    environment.close().await.unwrap();
    assert!(!lives("7111.1"));
}

#[tokio::test]
async fn dropping_ends_every_process_soon() {
    if !has_namespaces().await {
        return;
    }
    for (kind, seconds) in [(SandboxKind::Namespaces, "7222.2"), (SandboxKind::None, "7222.3")] {
        let provider = LocalProvider::new(config(kind, Limits::standard())).await.unwrap();
        let mut environment = provider.open(&task()).await.unwrap();
        // Without a sandbox, only what stays in its process group can be found again.
        let command = match kind {
            SandboxKind::Namespaces => daemons(seconds),
            SandboxKind::None => format!("(trap '' TERM; sleep {seconds}) & echo up"),
        };
        assert_eq!(environment.execute(&command).await.unwrap().output, "up\n");
        drop(environment);
        wait_until("all gone", || !lives(seconds));
    }
}

#[tokio::test]
async fn an_action_that_is_given_up_ends_too() {
    if !has_namespaces().await {
        return;
    }
    let provider = LocalProvider::new(config(SandboxKind::Namespaces, Limits::standard())).await.unwrap();
    let mut environment = provider.open(&task()).await.unwrap();
    let action = environment.execute("sleep 7333.3");
    assert!(tokio::time::timeout(Duration::from_millis(300), action).await.is_err());
    assert!(lives("7333.3"));
    assert!(environment.execute("true").await.is_err());
    environment.close().await.unwrap();
    assert!(!lives("7333.3"));
}

/// Not a test of its own: the process that the next test kills.
#[tokio::test]
async fn parent() {
    let Some(ready) = env::var_os(ROLE) else { return };
    let provider = LocalProvider::new(config(SandboxKind::Namespaces, Limits::standard())).await.unwrap();
    let mut environment = provider.open(&task()).await.unwrap();
    environment.execute(&daemons("7444.4")).await.unwrap();
    let last = environment.execute("sleep 7444.4");
    drop(tokio::time::timeout(Duration::from_millis(100), async { fs::write(&ready, "") }).await);
    last.await.unwrap();
}

#[test]
fn a_harness_that_is_killed_leaves_no_process_and_the_next_one_cleans_up() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    if !runtime.block_on(has_namespaces()) {
        return;
    }
    let temp = tempfile::tempdir().unwrap();
    let ready = temp.path().join("ready");
    let mut parent = Command::new(env::current_exe().unwrap())
        .args(["--exact", "lifetime::parent"])
        .env(ROLE, &ready)
        .env("TMPDIR", temp.path())
        .spawn()
        .unwrap();
    wait_until("the parent is up", || ready.exists() && lives("7444.4"));
    parent.kill().unwrap();
    parent.wait().unwrap();
    wait_until("all gone", || !lives("7444.4"));
    assert_eq!(folders(temp.path()), 1);
    let mut config = config(SandboxKind::Namespaces, Limits::standard());
    config.temp = Some(temp.path().to_owned());
    drop(runtime.block_on(LocalProvider::new(config)).unwrap());
    assert_eq!(folders(temp.path()), 0);
}

fn folders(dir: &Path) -> usize {
    fs::read_dir(dir).unwrap().flatten().filter(|entry| entry.path().is_dir()).count()
}
