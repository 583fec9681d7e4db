//! Where actions run: the sandbox as the options ask for it, with limits that suit the tasks, and browsers for tasks on the web.

mod mixed;
mod web;

use std::{env, path::PathBuf, sync::Arc};

use turnwise_core::{EnvironmentProvider, Task};
use turnwise_env::{
    ContainerConfig, ContainerProvider, ContainerSource, Limits, LocalConfig, LocalProvider, NullProvider,
    Patches, Pull, RepositoryConfig, RootsConfig, SandboxConfig, SandboxKind,
};

use crate::{
    error::Failure,
    options::{PlaceOption, PlaceOptions, SandboxOption},
    run::EnvironmentChoice,
};
pub(crate) use mixed::Mixed;
use web::WebChoice;

/// Where tasks with files are worked on.
#[derive(Clone, Debug)]
enum Somewhere {
    /// In work trees on this machine.
    Local(LocalConfig),
    /// In containers.
    Container(ContainerConfig),
}

/// The places that tasks need.
#[derive(Clone, Debug)]
pub(crate) struct Places {
    /// Of tasks with files; `None` where there are none.
    code: Option<Somewhere>,
    /// Of tasks with pages.
    web: Option<WebChoice>,
}

impl Places {
    /// Only work trees.
    pub(crate) fn local(config: LocalConfig) -> Self {
        Self { code: Some(Somewhere::Local(config)), web: None }
    }

    /// Its name in the configuration of a run.
    pub(crate) fn name(&self) -> &'static str {
        match &self.code {
            Some(Somewhere::Local(config)) => config.sandbox.kind.as_str(),
            Some(Somewhere::Container(config)) => match config.source {
                ContainerSource::Engine(_) => "container",
                ContainerSource::Roots(_) => "rootfs",
            },
            None => "web",
        }
    }

    /// Opens them.
    async fn open(&self) -> Result<Arc<Mixed>, Failure> {
        let code: Option<Arc<dyn Patches>> = match &self.code {
            Some(Somewhere::Local(config)) => Some(Arc::new(LocalProvider::new(config.clone()).await?)),
            Some(Somewhere::Container(config)) => {
                Some(Arc::new(ContainerProvider::new(config.clone()).await?))
            }
            None => None,
        };
        let web = match &self.web {
            Some(choice) => Some(choice.open().await?),
            None => None,
        };
        Ok(Arc::new(Mixed::new(code, web)))
    }
}

/// Environments on this machine for tasks that bring their files, with this kind of sandbox.
pub(crate) fn sandbox(kind: SandboxOption) -> Result<LocalConfig, Failure> {
    let sandbox = SandboxConfig {
        launcher: launcher()?,
        kind: kind.into(),
        limits: Limits::standard(),
        read_only: Vec::new(),
    };
    Ok(LocalConfig { sandbox, temp: None, repositories: None, logs: None })
}

/// Environments for these tasks, as the options ask for them.
pub(crate) fn choose<'a>(
    options: &PlaceOptions,
    tasks: impl IntoIterator<Item = &'a Task>,
) -> Result<Places, Failure> {
    let (on_web, with_files): (Vec<&Task>, Vec<&Task>) =
        tasks.into_iter().partition(|task| task.web.is_some());
    let web = (!on_web.is_empty()).then(|| WebChoice::of(options, &on_web)).transpose()?;
    let code = match with_files.is_empty() && web.is_some() {
        true => None,
        false => Some(somewhere(options, &with_files)?),
    };
    Ok(Places { code, web })
}

/// Where tasks with files are worked on.
fn somewhere(options: &PlaceOptions, tasks: &[&Task]) -> Result<Somewhere, Failure> {
    let kind = match options.sandbox {
        PlaceOption::Namespaces => SandboxOption::Namespaces,
        PlaceOption::None => SandboxOption::None,
        PlaceOption::Container | PlaceOption::Rootfs => return Ok(Somewhere::Container(container(options)?)),
    };
    let mut config = sandbox(kind)?;
    config.logs.clone_from(&options.logs);
    if tasks.iter().any(|task| task.files.is_empty()) {
        config.sandbox.limits = Limits::repositories();
        let cache = options.cache.clone().unwrap_or_else(cache);
        let remote = (!options.offline).then(|| RepositoryConfig::GITHUB.to_owned());
        config.repositories = Some(RepositoryConfig { mirrors: options.mirror.clone(), cache, remote });
    }
    Ok(Somewhere::Local(config))
}

fn container(options: &PlaceOptions) -> Result<ContainerConfig, Failure> {
    let standard = ContainerConfig::standard();
    let source = match options.sandbox {
        PlaceOption::Rootfs => ContainerSource::Roots(RootsConfig { launcher: launcher()?, temp: None }),
        PlaceOption::Namespaces | PlaceOption::Container | PlaceOption::None => {
            ContainerSource::Engine(options.engine.clone())
        }
    };
    Ok(ContainerConfig {
        source,
        image: options.image.clone().unwrap_or(standard.image),
        pull: if options.no_pull || options.offline { Pull::Never } else { Pull::Missing },
        logs: options.logs.clone(),
        ..standard
    })
}

/// This program, which serves in sandboxes too.
fn launcher() -> Result<PathBuf, Failure> {
    env::current_exe().map_err(|source| Failure::Internal {
        what: "find its own executable".to_owned(),
        source: source.into(),
    })
}

/// Opens what was chosen.
pub(crate) async fn open(choice: &EnvironmentChoice) -> Result<Arc<dyn EnvironmentProvider>, Failure> {
    Ok(match choice {
        EnvironmentChoice::Somewhere(places) => places.open().await?,
        EnvironmentChoice::Nowhere(observation) => Arc::new(NullProvider::new(observation.clone())),
    })
}

/// Opens environments for these tasks that can begin with somebody's patch.
pub(crate) async fn with_patches<'a>(
    options: &PlaceOptions,
    tasks: impl IntoIterator<Item = &'a Task>,
) -> Result<Arc<Mixed>, Failure> {
    choose(options, tasks)?.open().await
}

/// Where things are kept from run to run. What root keeps in its home folder is out of reach of the users that actions run as.
fn cache() -> PathBuf {
    let own = env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let home = || env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache"));
    match LocalProvider::runs_as_others(SandboxKind::Namespaces) {
        true => PathBuf::from("/var/cache/turnwise"),
        false => own.or_else(home).unwrap_or_else(env::temp_dir).join("turnwise"),
    }
}
