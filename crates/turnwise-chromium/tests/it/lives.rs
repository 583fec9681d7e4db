//! Browsers that die, and what is left of them.

use std::{
    env, fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::Duration,
};

use turnwise_chromium::{ChromiumConfig, ChromiumError, find_chromium};
use turnwise_core::{EnvError, EnvironmentProvider};
use turnwise_env::SandboxKind;

use crate::{config, provider_of, site::task};

const ROLE: &str = "TURNWISE_TEST_BROWSER_PARENT";

/// A program that starts Chromium with a mark by which its process can be told from all others.
fn marked(mark: &str) -> Option<PathBuf> {
    let chromium = find_chromium().ok()?;
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("marked");
    fs::create_dir_all(&folder).unwrap();
    let program = folder.join(mark);
    fs::write(&program, format!("#!/bin/sh\nexec {} \"$@\" --{mark}\n", chromium.display())).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    Some(program)
}

/// The processes with this mark.
fn marked_processes(mark: &str) -> Vec<String> {
    let mark = format!("--{mark}");
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let ours = processes.filter(|process| {
        let line = fs::read(process.path().join("cmdline")).unwrap_or_default();
        line.split(|byte| *byte == 0 || *byte == b' ').any(|part| part == mark.as_bytes())
    });
    ours.map(|process| process.file_name().to_string_lossy().into_owned())
        .filter(|name| name.parse::<u32>().is_ok())
        .collect()
}

fn gone_soon(mark: &str) {
    for _ in 0..1000 {
        if marked_processes(mark).is_empty() {
            return;
        }
        thread::sleep(Duration::from_millis(10));
    }
    panic!("left over: {:?}", marked_processes(mark));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_browser_that_dies_ends_its_trials_and_the_next_trial_has_a_new_one() {
    let mark = format!("turnwise-test-dies-{}", std::process::id());
    let Some(program) = marked(&mark) else { return };
    let Some(provider) =
        provider_of(ChromiumConfig { program: Some(program), ..config(SandboxKind::Namespaces) }).await
    else {
        return;
    };
    let mut trial = provider.open(&task()).await.unwrap();
    trial.execute("open /").await.unwrap();
    let ids = marked_processes(&mark);
    assert!(!ids.is_empty());
    // By its id alone: others' browsers go on.
    Command::new("kill").arg("-9").args(&ids).output().unwrap();
    let gone = trial.execute("scroll down").await;
    assert!(matches!(gone, Err(EnvError::Gone { .. })), "{gone:?}");
    drop(trial);
    let mut trial = provider.open(&task()).await.unwrap();
    assert_eq!(trial.execute("open /").await.unwrap().exit_code, Some(0));
    trial.close().await.unwrap();
    assert!(!marked_processes(&mark).is_empty());
    drop(provider);
    gone_soon(&mark);
}

/// Not a test of its own: the process that the next test kills.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn parent() {
    let (Some(ready), Some(program)) = (env::var_os(ROLE), env::var_os("TURNWISE_CHROMIUM")) else { return };
    let config = ChromiumConfig { program: Some(program.into()), ..config(SandboxKind::Namespaces) };
    let provider = provider_of(config).await.unwrap();
    let mut trial = provider.open(&task()).await.unwrap();
    trial.execute("open /").await.unwrap();
    fs::write(ready, "").unwrap();
    thread::sleep(Duration::from_secs(600));
}

#[test]
fn a_harness_that_is_killed_leaves_no_browser() {
    let mark = format!("turnwise-test-killed-{}", std::process::id());
    let Some(program) = marked(&mark) else { return };
    let temp = tempfile::tempdir().unwrap();
    let ready = temp.path().join("ready");
    let mut parent = Command::new(env::current_exe().unwrap())
        .args(["--exact", "lives::parent"])
        .env(ROLE, &ready)
        .env("TURNWISE_CHROMIUM", &program)
        .env("TMPDIR", temp.path())
        .spawn()
        .unwrap();
    for _ in 0..6000 {
        if ready.exists() || parent.try_wait().unwrap().is_some() {
            break;
        }
        thread::sleep(Duration::from_millis(10));
    }
    assert!(ready.exists(), "the parent is up");
    assert!(!marked_processes(&mark).is_empty());
    parent.kill().unwrap();
    parent.wait().unwrap();
    gone_soon(&mark);
}

#[tokio::test]
async fn a_program_that_is_no_browser_is_said_so() {
    let config = ChromiumConfig { program: Some(PathBuf::from("/bin/false")), ..config(SandboxKind::None) };
    let error = turnwise_chromium::ChromiumProvider::new(config, vec![]).await.unwrap_err();
    assert!(matches!(error, ChromiumError::NoAnswer { .. }), "{error}");
    assert!(error.to_string().contains("ended with Some(1)"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_enforced_is_told_and_pictures_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    for kind in [SandboxKind::Namespaces, SandboxKind::None] {
        let mark = format!("turnwise-test-{}-{}", kind.as_str(), std::process::id());
        let Some(program) = marked(&mark) else { return };
        let pictures = folder.path().join(kind.as_str());
        let config =
            ChromiumConfig { program: Some(program), pictures: Some(pictures.clone()), ..config(kind) };
        let Some(provider) = provider_of(config).await else { return };
        let facts = provider.protection().facts.clone();
        let network = facts.iter().find(|(name, _)| name == "network").unwrap();
        assert!(network.1.contains("answered by the harness"), "{facts:?}");
        let mut trial = provider.open(&task()).await.unwrap();
        for command in ["open /", "find \"Start\""] {
            assert_eq!(trial.execute(command).await.unwrap().exit_code, Some(0));
        }
        trial.close().await.unwrap();
        let picture = fs::read(pictures.join("pages-1.1/002.png")).unwrap();
        assert!(picture.starts_with(b"\x89PNG"), "{} bytes", picture.len());
        drop(provider);
        gone_soon(&mark);
    }
}
