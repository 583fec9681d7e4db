//! Environments in containers, on an engine of the tests' own.

mod actions;
mod engine;
mod grades;
mod lives;
mod patches;
mod registry;
mod roots;

use turnwise_core::{Environment, Observation, Task};
use turnwise_env::{ContainerConfig, ContainerLimits, ContainerProvider, ContainerSource, Pull};

use engine::{Engine, IMAGE};

fn task() -> Task {
    Task {
        id: "calc__calc-1".to_owned(),
        suite: "test".to_owned(),
        image: IMAGE.to_owned(),
        test_command: "PYTHONPATH=. python3 tests/run.py".to_owned(),
        fail_to_pass: vec!["add".to_owned()],
        pass_to_pass: vec!["zero".to_owned()],
        ..Task::default()
    }
}

fn config(engine: &Engine) -> ContainerConfig {
    let limits = ContainerLimits {
        memory_bytes: 512 << 20,
        processes: 128,
        action_ms: 20_000,
        tests_ms: 60_000,
        ..ContainerLimits::standard()
    };
    let source = ContainerSource::Engine(Some(format!("unix://{}", engine.socket().display())));
    ContainerConfig { source, pull: Pull::Never, limits, ..ContainerConfig::standard() }
}

async fn provider(engine: &Engine) -> ContainerProvider {
    ContainerProvider::new(config(engine)).await.unwrap()
}

async fn run(environment: &mut Box<dyn Environment>, command: &str) -> Observation {
    environment.execute(command).await.unwrap()
}

/// What a command that succeeds writes.
async fn output(environment: &mut Box<dyn Environment>, command: &str) -> String {
    let seen = run(environment, command).await;
    assert_eq!(seen.exit_code, Some(0), "{command}: {seen:?}");
    seen.output
}
