//! The provider of environments in containers.

use std::{collections::BTreeMap, sync::Arc};

use turnwise_core::{BoxFuture, EnvError, Environment, EnvironmentProvider, Grade, Protection, Task};

use super::{
    config::{ContainerConfig, Pull},
    engine::Engine,
    environment::ContainerEnvironment,
    error::ContainerError,
    grade,
    image::{self, Images},
    life::{Remover, remove_orphans},
    owner::Owner,
};

/// Opens an environment in a container of its own for each trial. When it and its environments are dropped, their
/// containers are removed.
#[derive(Debug)]
pub struct ContainerProvider {
    protection: Protection,
    shared: Arc<Shared>,
}

/// What the environments of a provider have in common.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) config: ContainerConfig,
    pub(super) engine: Engine,
    pub(super) images: Images,
    pub(super) owner: Owner,
    pub(super) remover: Remover,
}

impl ContainerProvider {
    /// Finds the engine, and removes the containers of processes that are dead. Must be called within a runtime, as
    /// all the rest.
    ///
    /// # Errors
    /// [`EnvError::SandboxUnavailable`] when there is no engine, or it does not do as it is told.
    pub async fn new(config: ContainerConfig) -> Result<Self, EnvError> {
        let engine = Engine::find(config.engine.as_deref()).await?;
        let unusable = |error: &dyn std::error::Error| EnvError::SandboxUnavailable {
            missing: format!("{} at {}: {}", engine.name, engine.socket.display(), in_words(error)),
            hint: "see the engine's log, or name another by its socket".to_owned(),
        };
        let orphans = remove_orphans(&engine).await.map_err(|error| unusable(&error))?;
        if orphans > 0 {
            tracing::info!(orphans, "containers of a run that was killed are removed");
        }
        let owner = Owner::new();
        let remover =
            Remover::start(engine.socket.clone(), owner.own_label()).map_err(|error| unusable(&error))?;
        let protection = protection(&config, &engine);
        let shared = Shared { config, engine, images: Images::default(), owner, remover };
        Ok(Self { protection, shared: Arc::new(shared) })
    }

    /// The images that tasks were run in so far: names and ids.
    pub fn images(&self) -> BTreeMap<String, String> {
        self.shared.images.found()
    }

    /// The id of a task's image, which is pulled if it has to be.
    ///
    /// # Errors
    /// [`ContainerError::ImageNotFound`] when it cannot be had.
    pub async fn image(&self, task: &Task) -> Result<String, ContainerError> {
        self.shared.image(task).await
    }

    /// Grades somebody else's patch: a fresh container, the patch, the hidden tests.
    ///
    /// # Errors
    /// When the tests cannot be run. A patch that does not fit is an [`EnvError::Workspace`].
    pub async fn grade_patch(&self, task: &Task, patch: &str) -> Result<Grade, EnvError> {
        let image = self.shared.image(task).await.map_err(ContainerError::of(&task.id))?;
        grade::grade(&self.shared, task, &image, patch).await
    }

    /// An environment in which a patch has been applied already: where a recorded attempt stood.
    ///
    /// # Errors
    /// When the container cannot be made. A patch that does not fit is an [`EnvError::Workspace`].
    pub async fn open_at(&self, task: &Task, patch: &str) -> Result<Box<dyn Environment>, EnvError> {
        let mut environment = ContainerEnvironment::open(&self.shared, task).await?;
        environment.apply(patch).await?;
        Ok(Box::new(environment))
    }
}

impl EnvironmentProvider for ContainerProvider {
    fn protection(&self) -> &Protection {
        &self.protection
    }

    fn open<'a>(&'a self, task: &'a Task) -> BoxFuture<'a, Result<Box<dyn Environment>, EnvError>> {
        Box::pin(async move {
            let environment = ContainerEnvironment::open(&self.shared, task).await?;
            Ok(Box::new(environment) as Box<dyn Environment>)
        })
    }
}

impl Shared {
    /// The id of a task's image.
    pub(super) async fn image(&self, task: &Task) -> Result<String, ContainerError> {
        let name = image::name(&self.config.image, task);
        self.images.id(&self.engine, &self.config, &name).await
    }
}

/// What is really enforced: a limit that the engine cannot set, it ignores with a warning.
fn protection(config: &ContainerConfig, engine: &Engine) -> Protection {
    let (limits, info) = (&config.limits, &engine.info);
    let limit = |can: Option<bool>, text: String| match can {
        Some(true) => text,
        Some(false) | None => "not limited".to_owned(),
    };
    let options = info.security_options.iter().flatten().map(String::as_str).collect::<Vec<_>>();
    let rootless = options.iter().any(|option| option.contains("rootless"));
    let pull = match config.pull {
        Pull::Missing => "pulled where missing",
        Pull::Never => "never pulled",
    };
    let processors = limits.processors.map(|processors| limit(info.cpu_cfs_quota, processors.to_string()));
    let rows = [
        ("engine", engine.name.clone()),
        ("engine's user", if rootless { "not root" } else { "root" }.to_owned()),
        ("security", options.join(" ")),
        ("user", "the image's".to_owned()),
        ("images", pull.to_owned()),
        ("writable", "all of the container".to_owned()),
        ("machine's files", "hidden".to_owned()),
        ("machine's processes", "hidden".to_owned()),
        ("network", config.network.clone().unwrap_or_else(|| "none but its own loopback".to_owned())),
        ("capabilities", "the engine's".to_owned()),
        ("new privileges", "denied".to_owned()),
        ("memory", limit(info.memory_limit, format!("{} MiB in all", limits.memory_bytes >> 20))),
        ("processes", limit(info.pids_limit, format!("{} in all", limits.processes))),
        ("processors", processors.unwrap_or_else(|| "not limited".to_owned())),
        ("disk", "not limited".to_owned()),
        ("output", format!("{} KiB kept", limits.output_bytes >> 10)),
        ("time", format!("{} s a command", limits.action_ms / 1000)),
        ("left-over processes", "all killed".to_owned()),
    ];
    let facts = rows.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    Protection { kind: "container".to_owned(), facts }
}

fn in_words(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}
