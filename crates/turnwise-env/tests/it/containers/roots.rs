//! Containers without an engine: an unpacked root file system under an overlay.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::OnceLock,
    thread,
    time::{Duration, Instant},
};

use turnwise_core::{EnvError, Environment, EnvironmentProvider, Task};
use turnwise_env::{ContainerConfig, ContainerLimits, ContainerProvider, ContainerSource, Pull, RootsConfig};

use super::{
    engine::{calc, rootfs, run as run_program},
    output, run,
};

/// With this in its environment, the test of kills is the process that is killed; the value is its folder of temporary files.
const VICTIM: &str = "TURNWISE_TEST_ROOTS_VICTIM";
const REPAIR: &str = "sed -i 's/a - b/a + b/' calc.py";

/// The root file system of the tests of containers, unpacked; made once.
fn root() -> &'static Path {
    static ROOT: OnceLock<PathBuf> = OnceLock::new();
    ROOT.get_or_init(|| {
        let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("unpacked-1");
        if !root.exists() {
            let temp = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
            let made = temp.path().join("root");
            fs::create_dir(&made).unwrap();
            run_program(Command::new("tar").arg("-xf").arg(rootfs().unwrap()).arg("-C").arg(&made)).unwrap();
            fs::rename(calc(temp.path()).join("testbed"), made.join("testbed")).unwrap();
            // Another process of the tests may have been faster.
            if fs::rename(&made, &root).is_err() {
                assert!(root.exists());
            }
        }
        root
    })
}

fn task() -> Task {
    Task { image: root().display().to_string(), ..super::task() }
}

fn config(temp: &Path) -> ContainerConfig {
    let launcher = PathBuf::from(env!("CARGO_BIN_EXE_turnwise-sandbox"));
    let limits = ContainerLimits {
        memory_bytes: 1 << 30,
        processes: 128,
        action_ms: 2_000,
        tests_ms: 60_000,
        ..ContainerLimits::standard()
    };
    let source = ContainerSource::Roots(RootsConfig { launcher, temp: Some(temp.to_owned()) });
    ContainerConfig { source, pull: Pull::Never, limits, ..ContainerConfig::standard() }
}

async fn provider(temp: &Path) -> ContainerProvider {
    ContainerProvider::new(config(temp)).await.unwrap()
}

async fn open(provider: &ContainerProvider) -> Box<dyn Environment> {
    provider.open(&task()).await.unwrap()
}

#[tokio::test]
async fn work_in_an_overlay_is_seen_graded_and_gone() {
    let (temp, logs) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let config = ContainerConfig { logs: Some(logs.path().to_owned()), ..config(temp.path()) };
    let provider = ContainerProvider::new(config).await.unwrap();
    assert_eq!(provider.protection().kind, "rootfs");
    let mut environment = open(&provider).await;
    assert_eq!(output(&mut environment, "pwd; echo $UID; echo $PAGER").await, "/testbed\n0\ncat\n");
    assert!(!environment.grade().await.unwrap().solved());
    assert_eq!(output(&mut environment, REPAIR).await, "");
    let patch = environment.patch().await.unwrap();
    assert!(patch.contains("+    return a + b"), "{patch}");
    assert!(environment.grade().await.unwrap().solved());
    assert!(provider.grade_patch(&task(), &patch).await.unwrap().solved());
    let log = fs::read_to_string(logs.path().join("calc__calc-1.2.log")).unwrap();
    assert!(log.contains("PASS add") && log.contains("PASS zero"), "{log}");
    environment.reset().await.unwrap();
    assert_eq!(environment.patch().await.unwrap(), "");
    // Nothing of it was written to the root file system.
    assert!(fs::read_to_string(root().join("testbed/calc.py")).unwrap().contains("a - b"));
    environment.close().await.unwrap();
    // Containers stand at once; the clock includes looking at the work tree.
    let clock = Instant::now();
    for _ in 0..10 {
        open(&provider).await.close().await.unwrap();
    }
    assert!(clock.elapsed() < Duration::from_secs(20), "{:?} for ten containers", clock.elapsed());
    println!("{:?} for ten containers", clock.elapsed());
    drop(provider);
    assert_eq!(fs::read_dir(temp.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn the_future_the_machine_and_the_network_are_out_of_reach() {
    let temp = tempfile::tempdir().unwrap();
    let provider = provider(temp.path()).await;
    let mut environment = open(&provider).await;
    let history =
        output(&mut environment, "git log --all --format=%s; git tag; git remote; git reflog | wc -l").await;
    assert!(
        !history.contains("future") && !history.contains("v2") && !history.contains("origin"),
        "{history}"
    );
    let out = format!("ls {} {} 2>&1", temp.path().display(), env!("CARGO_MANIFEST_DIR"));
    assert_ne!(run(&mut environment, &out).await.exit_code, Some(0));
    for forbidden in [
        "mount -t tmpfs none /mnt",
        "unshare -U true",
        "python3 -c 'import socket; socket.create_connection((\"192.0.2.1\", 80), 1)'",
        "chroot / true",
        "kill -9 1",
    ] {
        let seen = run(&mut environment, &format!("{forbidden} && echo done")).await;
        // To the first process nothing can be done, even where the call succeeds.
        assert!(!seen.output.contains("done") || forbidden == "kill -9 1", "{forbidden}: {seen:?}");
    }
    assert_eq!(output(&mut environment, "ls /proc | grep -c '^[0-9]'").await.trim().len(), 1);
    environment.close().await.unwrap();
}

#[tokio::test]
async fn actions_that_hang_flood_or_kill_everything_end_and_the_next_one_runs() {
    let temp = tempfile::tempdir().unwrap();
    let provider = provider(temp.path()).await;
    let mut environment = open(&provider).await;
    let slow = run(&mut environment, "echo begun; sleep 60").await;
    assert!(slow.timed_out && slow.output == "begun\n", "{slow:?}");
    let killed = run(&mut environment, "echo x; kill -9 -1").await;
    assert_eq!((killed.exit_code, killed.timed_out), (Some(137), false), "{killed:?}");
    // Whether the shell gives up or is given up: it ends.
    let many = run(&mut environment, "for i in $(seq 400); do sleep 5 & done; echo end").await;
    assert!(many.timed_out || many.exit_code.is_some(), "{many:?}");
    let large = run(&mut environment, "python3 -c 'x = bytearray(2 << 30)'").await;
    assert!(large.output.contains("MemoryError"), "{large:?}");
    assert_eq!(output(&mut environment, "echo still here").await, "still here\n");
    environment.close().await.unwrap();
}

#[tokio::test]
async fn a_folder_that_is_no_root_is_a_clear_error() {
    let temp = tempfile::tempdir().unwrap();
    let provider = provider(temp.path()).await;
    for (image, why) in
        [("/no/such/root", "no folder with a root file system"), ("/proc/self/fd", "has no /bin/sh")]
    {
        let error = provider.open(&Task { image: image.to_owned(), ..task() }).await.err().unwrap();
        let EnvError::Container { source, .. } = &error else { panic!("{error:?}") };
        assert!(source.to_string().contains(why), "{source}");
    }
    let elsewhere = Task { workdir: "/testbed/tests".to_owned(), ..task() };
    let mut environment = provider.open(&elsewhere).await.unwrap();
    assert_eq!(output(&mut environment, "pwd").await, "/testbed/tests\n");
    environment.close().await.unwrap();
    let config = ContainerConfig { workdir: "/nowhere".to_owned(), ..config(temp.path()) };
    let error = ContainerProvider::new(config).await.unwrap().open(&task()).await.err().unwrap();
    let EnvError::Container { source, .. } = &error else { panic!("{error:?}") };
    assert!(source.to_string().contains("has no folder /nowhere"), "{source}");
    let config = self::config(temp.path());
    let ContainerSource::Roots(roots) = config.source.clone() else { panic!("not roots") };
    let roots = RootsConfig { launcher: "/bin/true".into(), ..roots };
    let config = ContainerConfig { source: ContainerSource::Roots(roots), ..config };
    let error = ContainerProvider::new(config).await.err().unwrap();
    assert!(matches!(error, EnvError::SandboxUnavailable { .. }), "{error:?}");
}

#[tokio::test]
async fn a_harness_that_is_killed_leaves_no_process_and_the_next_one_removes_its_files() {
    if let Ok(temp) = std::env::var(VICTIM) {
        let provider = provider(Path::new(&temp)).await;
        let mut environment = open(&provider).await;
        fs::write(Path::new(&temp).join("ready"), "").unwrap();
        run(&mut environment, "exec -a turnwise-victim sleep 1.5; sleep 60").await;
        return;
    }
    let temp = tempfile::tempdir().unwrap();
    let name =
        "containers::roots::a_harness_that_is_killed_leaves_no_process_and_the_next_one_removes_its_files";
    let mut victim = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name])
        .env(VICTIM, temp.path())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let clock = Instant::now();
    while !temp.path().join("ready").exists() {
        assert!(clock.elapsed() < Duration::from_secs(60));
        thread::sleep(Duration::from_millis(10));
    }
    victim.kill().unwrap();
    victim.wait().unwrap();
    let mark = temp.path().display().to_string();
    let clock = Instant::now();
    while processes_with(&mark) > 0 {
        assert!(clock.elapsed() < Duration::from_secs(20), "processes of the killed harness live on");
        thread::sleep(Duration::from_millis(10));
    }
    fs::remove_file(temp.path().join("ready")).unwrap();
    drop(provider(temp.path()).await);
    assert_eq!(fs::read_dir(temp.path()).unwrap().count(), 0);
}

/// How many processes name this in their arguments.
fn processes_with(mark: &str) -> usize {
    let entries = fs::read_dir("/proc").unwrap().flatten();
    let named = |entry: &fs::DirEntry| {
        fs::read(entry.path().join("cmdline")).is_ok_and(|line| String::from_utf8_lossy(&line).contains(mark))
    };
    entries.filter(named).count()
}
