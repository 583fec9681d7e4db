//! The provider of environments in containers.

use std::{
    collections::BTreeMap,
    env, io,
    sync::{Arc, atomic::AtomicU64},
};

use turnwise_core::{BoxFuture, EnvError, Environment, EnvironmentProvider, Grade, Protection, Task};

use super::{
    config::{ContainerConfig, Pull, RootsConfig, Source},
    engine::Engine,
    environment::ContainerEnvironment,
    error::ContainerError,
    grade,
    host::{EngineHost, Host, RootsHost},
    image::{self, Images},
    life::{Remover, remove_orphans},
    owner::Owner,
};
use crate::{
    rooted::{Rooted, Rooting},
    sandbox::Limits,
    temp::TempRoot,
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
    pub(super) host: Host,
    /// How often hidden tests were run.
    pub(super) graded: AtomicU64,
}

impl ContainerProvider {
    /// Finds the engine, and removes the containers of processes that are dead; without an engine, sees whether containers can be made here.
    /// Must be called within a runtime, as all the rest.
    ///
    /// # Errors
    /// [`EnvError::SandboxUnavailable`] when there is no engine, or it does not do as it is told, or this machine lacks what it takes.
    pub async fn new(config: ContainerConfig) -> Result<Self, EnvError> {
        let (host, protection) = match &config.source {
            Source::Engine(address) => Self::of_engine(address.as_deref(), &config).await?,
            Source::Roots(roots) => Self::of_roots(roots, &config).await?,
        };
        Ok(Self { protection, shared: Arc::new(Shared { config, host, graded: AtomicU64::new(0) }) })
    }

    async fn of_engine(
        address: Option<&str>,
        config: &ContainerConfig,
    ) -> Result<(Host, Protection), EnvError> {
        let engine = Engine::find(address).await?;
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
        let protection = of_engine(config, &engine);
        let host = EngineHost { engine, images: Images::default(), owner, remover };
        Ok((Host::Engine(Box::new(host)), protection))
    }

    async fn of_roots(roots: &RootsConfig, config: &ContainerConfig) -> Result<(Host, Protection), EnvError> {
        let unusable = |missing: String| {
            EnvError::SandboxUnavailable {
            missing,
            hint: "allow user namespaces with overlays on this machine, or use an engine by `--sandbox container`".to_owned(),
        }
        };
        let parent = roots.temp.clone().unwrap_or_else(env::temp_dir);
        let failed =
            |error: io::Error| unusable(format!("no folder for trials in {}: {error}", parent.display()));
        let temp = TempRoot::new(&parent).map_err(failed)?;
        let empty = temp.path().join("empty");
        std::fs::create_dir(&empty).map_err(failed)?;
        let rooting = rooting(roots, config);
        let tried = Rooted::start(&rooting, &empty, temp.path().join("try")).await;
        tried.map_err(|said| unusable(format!("containers cannot be made here: {said}")))?.remove().await;
        let host = RootsHost { rooting, temp, made: AtomicU64::new(0) };
        Ok((Host::Roots(Box::new(host)), protection_of_roots(config)))
    }

    /// The images that tasks were run in so far: names and ids.
    pub fn images(&self) -> BTreeMap<String, String> {
        match &self.shared.host {
            Host::Engine(host) => host.images.found(),
            Host::Roots(_) => BTreeMap::new(),
        }
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
        self.host.image(&self.config, &name).await
    }

    /// The folder of a task's work tree.
    pub(super) fn workdir<'a>(&'a self, task: &'a Task) -> &'a str {
        if task.workdir.is_empty() { &self.config.workdir } else { &task.workdir }
    }
}

/// How containers are made of root file systems: what an engine limits for a container, the kernel does here for each of its processes.
fn rooting(roots: &RootsConfig, config: &ContainerConfig) -> Rooting {
    let limits = &config.limits;
    let standard = [("PATH", PATH), ("HOME", "/root"), ("TERM", "dumb"), ("LC_CTYPE", "C.UTF-8")];
    let standard = standard.map(|(name, value)| (name.to_owned(), value.to_owned()));
    Rooting {
        launcher: roots.launcher.clone(),
        limits: Limits {
            memory_bytes: limits.memory_bytes,
            processes: limits.processes,
            ..Limits::repositories()
        },
        // Outputs are in there until they are read: one that is under way, and what daemons still write to.
        shm_bytes: limits.flood_bytes.saturating_mul(2).saturating_add(64 << 20),
        variables: standard.into_iter().chain(config.variables.iter().cloned()).collect(),
    }
}

const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// What is really enforced without an engine.
fn protection_of_roots(config: &ContainerConfig) -> Protection {
    let limits = &config.limits;
    let rows = [
        ("engine", "none: an overlay in a user namespace".to_owned()),
        ("user", "root inside, the harness's own outside".to_owned()),
        ("writable", "all of the container".to_owned()),
        ("machine's files", "hidden".to_owned()),
        ("machine's processes", "hidden".to_owned()),
        ("network", "none but its own loopback".to_owned()),
        ("capabilities", "none".to_owned()),
        ("new privileges", "denied".to_owned()),
        ("system calls", "dangerous ones denied".to_owned()),
        ("memory", format!("{} MiB for each process", limits.memory_bytes >> 20)),
        ("processes", format!("{} in all", limits.processes)),
        ("processors", "not limited".to_owned()),
        ("disk", "each file is limited, not all of them".to_owned()),
        ("output", format!("{} KiB kept", limits.output_bytes >> 10)),
        ("time", format!("{} s a command", limits.action_ms / 1000)),
        ("left-over processes", "all killed".to_owned()),
    ];
    let facts = rows.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    Protection { kind: "rootfs".to_owned(), facts }
}

/// What is really enforced: a limit that the engine cannot set, it ignores with a warning.
fn of_engine(config: &ContainerConfig, engine: &Engine) -> Protection {
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
