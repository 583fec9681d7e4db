//! When containers come and go.

use std::{
    env,
    error::Error,
    fs,
    path::Path,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use bollard::{
    API_DEFAULT_VERSION, Docker,
    exec::{CreateExecOptions, StartExecResults},
};
use futures_util::StreamExt;
use turnwise_core::{EnvError, EnvironmentProvider, Task};
use turnwise_env::{ContainerConfig, ContainerProvider, ContainerSource, Pull};

use super::{
    config,
    engine::{IMAGE, engine},
    output, provider, run, task,
};

/// The socket that the process is given which another test kills, and the file by which it says that it is ready.
const SOCKET: &str = "TURNWISE_TEST_ENGINE";
const READY: &str = "TURNWISE_TEST_READY";

fn own_label() -> String {
    format!("turnwise.pid={}", std::process::id())
}

/// The containers that some test of this process has made since, by name.
fn new_ones(before: &[String]) -> Vec<String> {
    let engine = engine().unwrap();
    engine.containers(&own_label()).into_iter().filter(|name| !before.contains(name)).collect()
}

fn wait_until(what: &str, condition: impl Fn() -> bool) {
    let clock = Instant::now();
    while !condition() {
        assert!(clock.elapsed() < Duration::from_secs(60), "{what}");
        thread::sleep(Duration::from_millis(50));
    }
}

fn whole(error: &dyn Error) -> String {
    let cause = error.source().map_or(String::new(), |cause| format!(": {}", whole(cause)));
    format!("{error}{cause}")
}

/// The hostname of a container is the beginning of its id.
async fn name_of(environment: &mut Box<dyn turnwise_core::Environment>) -> String {
    let id = output(environment, "cat /proc/sys/kernel/hostname").await;
    let found = engine().unwrap().podman(&["inspect", "--format", "{{.Name}}", id.trim()]);
    String::from_utf8(found.stdout).unwrap().trim().to_owned()
}

fn exists(name: &str) -> bool {
    engine().unwrap().podman(&["container", "exists", name]).status.success()
}

#[tokio::test]
async fn closing_and_dropping_remove_the_container() {
    let Some(engine) = engine() else { return };
    let provider = provider(engine).await;
    let (mut one, mut two) = (provider.open(&task()).await.unwrap(), provider.open(&task()).await.unwrap());
    let (first, second) = (name_of(&mut one).await, name_of(&mut two).await);
    assert!(first.starts_with("turnwise-") && exists(&first) && exists(&second), "{first} {second}");
    one.close().await.unwrap();
    assert!(!exists(&first));
    drop(two);
    wait_until("the dropped one is gone", || !exists(&second));

    // The provider's end waits for what is left.
    let mut three = provider.open(&task()).await.unwrap();
    let third = name_of(&mut three).await;
    drop(provider);
    assert!(exists(&third));
    drop(three);
    assert!(!exists(&third));
}

#[tokio::test]
async fn an_environment_that_nobody_waits_for_any_more_leaves_nothing() {
    let Some(engine) = engine() else { return };
    let other = Task { image: IMAGE.to_owned(), ..task() };
    let before = engine.containers("turnwise.provider");
    let provider = provider(engine).await;
    for ms in [5, 60, 200] {
        let opening = provider.open(&other);
        drop(tokio::time::timeout(Duration::from_millis(ms), opening).await);
    }
    drop(provider);
    // Other tests make containers at the same time, but none that stays.
    wait_until("nothing is left", || new_ones(&before).iter().all(|name| !exists(name)));
}

#[tokio::test]
async fn two_trials_side_by_side_do_not_see_each_other() {
    let Some(engine) = engine() else { return };
    let provider = provider(engine).await;
    let task = task();
    let (one, two) = tokio::join!(provider.open(&task), provider.open(&task));
    let (mut one, mut two) = (one.unwrap(), two.unwrap());
    let slow = "echo one >mine; sleep 0.5; cat mine";
    let (seen, other) = tokio::join!(one.execute(slow), two.execute("echo two >mine; sleep 0.5; cat mine"));
    assert_eq!((seen.unwrap().output, other.unwrap().output), ("one\n".to_owned(), "two\n".to_owned()));
    let (first, second) = tokio::join!(one.close(), two.close());
    first.and(second).unwrap();
    assert_eq!(provider.images().keys().collect::<Vec<_>>(), [IMAGE]);
    assert!(provider.images()[IMAGE].len() >= 64);
}

#[tokio::test]
async fn an_image_that_is_not_there_is_the_failure_of_its_trial_only() {
    let Some(engine) = engine() else { return };
    let absent = Task { image: "localhost/absent:1".to_owned(), ..task() };
    let provider = provider(engine).await;
    let error = provider.open(&absent).await.err().unwrap();
    assert!(matches!(error, EnvError::Container { .. }), "{error}");
    let said = whole(&error);
    assert!(said.contains("image not found: localhost/absent:1 ("), "{said}");
    assert!(said.contains("; pull it or name one with"), "{said}");
    provider.open(&task()).await.unwrap().close().await.unwrap();

    // Nobody answers at that address.
    let unreachable = Task { image: "127.0.0.1:9/absent:1".to_owned(), ..task() };
    let pulling = ContainerConfig { pull: Pull::Missing, ..config(engine) };
    let provider = ContainerProvider::new(pulling).await.unwrap();
    let said = whole(&provider.open(&unreachable).await.err().unwrap());
    assert!(said.contains("pulling failed"), "{said}");

    let elsewhere = ContainerConfig { workdir: "/no/such".to_owned(), ..config(engine) };
    let provider = ContainerProvider::new(elsewhere).await.unwrap();
    let said = whole(&provider.open(&task()).await.err().unwrap());
    assert!(said.contains("has no folder /no/such"), "{said}");
}

#[tokio::test]
async fn a_missing_image_is_pulled_once() {
    let Some(engine) = engine() else { return };
    let published = Task { image: engine.publish(), ..task() };
    assert!(provider(engine).await.open(&published).await.is_err(), "it is not here yet");
    let pulling = ContainerConfig { pull: Pull::Missing, ..config(engine) };
    let provider = ContainerProvider::new(pulling).await.unwrap();
    let both = tokio::join!(provider.open(&published), provider.open(&published));
    for environment in [both.0, both.1] {
        let mut environment = environment.unwrap();
        assert_eq!(output(&mut environment, "cat old.txt").await, "x\n");
        environment.close().await.unwrap();
    }
    assert!(engine.podman(&["image", "exists", &published.image]).status.success());
}

#[tokio::test]
async fn without_an_engine_the_sandbox_is_unavailable() {
    let nowhere = ContainerConfig {
        source: ContainerSource::Engine(Some("/no/such.sock".to_owned())),
        ..ContainerConfig::standard()
    };
    let error = ContainerProvider::new(nowhere).await.unwrap_err();
    assert!(matches!(error, EnvError::SandboxUnavailable { .. }));
    let said = error.to_string();
    assert!(said.contains("/no/such.sock") && said.contains("podman system service"), "{said}");
}

#[tokio::test]
async fn an_engine_that_dies_is_never_an_observation() {
    let Some(engine) = engine() else { return };
    let (mut service, socket) = engine.second("mortal");
    let mortal = ContainerConfig {
        source: ContainerSource::Engine(Some(socket.display().to_string())),
        ..config(engine)
    };
    let provider = ContainerProvider::new(mortal).await.unwrap();
    let mut environment = provider.open(&task()).await.unwrap();
    let name = name_of(&mut environment).await;
    let killer = thread::spawn(move || {
        thread::sleep(Duration::from_millis(400));
        service.kill().and_then(|()| service.wait()).unwrap()
    });
    let error = environment.execute("sleep 8; echo done").await.unwrap_err();
    killer.join().unwrap();
    assert!(matches!(error, EnvError::Container { .. }), "{error}");
    assert!(environment.execute("true").await.is_err());
    assert!(environment.close().await.is_err());
    drop(provider);
    // Somebody has to clean up behind a dead engine: here the test, elsewhere the next run.
    assert!(engine.podman(&["rm", "-f", "-t", "0", &name]).status.success());
}

/// Not a test of its own: the process that the next test kills.
#[tokio::test]
async fn parent() {
    let (Some(socket), Some(ready)) = (env::var_os(SOCKET), env::var_os(READY)) else { return };
    let socket = Some(Path::new(&socket).display().to_string());
    let config = ContainerConfig {
        source: ContainerSource::Engine(socket),
        pull: Pull::Never,
        ..ContainerConfig::standard()
    };
    let provider = ContainerProvider::new(config).await.unwrap();
    let mut environment = provider.open(&task()).await.unwrap();
    fs::write(&ready, "").unwrap();
    run(&mut environment, "sleep 50").await;
}

#[test]
fn what_a_killed_process_leaves_the_next_one_removes() {
    let Some(engine) = engine() else { return };
    let temp = tempfile::tempdir().unwrap();
    let ready = temp.path().join("ready");
    let mut parent = Command::new(env::current_exe().unwrap())
        .args(["--exact", "containers::lives::parent"])
        .env(SOCKET, engine.socket())
        .env(READY, &ready)
        .spawn()
        .unwrap();
    let label = format!("turnwise.pid={}", parent.id());
    wait_until("the parent is up", || ready.exists());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    drop(runtime.block_on(provider(engine)));
    assert_eq!(engine.containers(&label).len(), 1, "what a living process has stays");
    parent.kill().unwrap();
    parent.wait().unwrap();
    // Another test's provider may be ahead of this one.
    drop(runtime.block_on(provider(engine)));
    wait_until("what it left is gone", || engine.containers(&label).is_empty());
}

#[tokio::test]
async fn what_things_cost() {
    let Some(engine) = engine() else { return };
    let provider = provider(engine).await;
    provider.open(&task()).await.unwrap().close().await.unwrap();
    let clock = Instant::now();
    let mut environment = provider.open(&task()).await.unwrap();
    let opened = clock.elapsed();
    let clock = Instant::now();
    for _ in 0..50 {
        run(&mut environment, "cat calc.py").await;
    }
    let action = clock.elapsed() / 50;
    let name = name_of(&mut environment).await;
    let socket = engine.socket().display().to_string();
    let docker = Docker::connect_with_unix(&socket, 60, API_DEFAULT_VERSION).unwrap();
    let docker = docker.negotiate_version().await.unwrap();
    let clock = Instant::now();
    for _ in 0..10 {
        exec(&docker, &name).await;
    }
    let alone = clock.elapsed() / 10;
    let clock = Instant::now();
    for _ in 0..20 {
        environment.state().await.unwrap();
    }
    let state = clock.elapsed() / 20;
    let clock = Instant::now();
    environment.grade().await.unwrap();
    let graded = clock.elapsed();
    let clock = Instant::now();
    environment.close().await.unwrap();
    let closed = clock.elapsed();
    eprintln!(
        "open {opened:.2?}, an action {action:.2?} (by an exec of its own {alone:.2?}), a state {state:.2?}, \
        a grade {graded:.2?}, close {closed:.2?}"
    );
}

/// The same action by an exec of its own, as others do it.
async fn exec(docker: &Docker, name: &str) {
    let options = CreateExecOptions {
        attach_stdout: Some(true),
        cmd: Some(vec!["bash", "-c", "cat calc.py"]),
        working_dir: Some("/testbed"),
        ..CreateExecOptions::default()
    };
    let exec = docker.create_exec(name, options).await.unwrap();
    let StartExecResults::Attached { mut output, .. } = docker.start_exec(&exec.id, None).await.unwrap()
    else {
        unreachable!()
    };
    while output.next().await.is_some() {}
    assert_eq!(docker.inspect_exec(&exec.id).await.unwrap().exit_code, Some(0));
}
