//! Where containers are had: from an engine, or made here of unpacked root file systems.

use std::{
    io,
    path::{Path, PathBuf},
    pin::Pin,
    sync::atomic::{AtomicU64, Ordering},
};

use futures_util::{Stream, stream};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite},
    process::Child,
};

use super::{
    config::ContainerConfig,
    engine::Engine,
    error::ContainerError,
    image::Images,
    life::{EngineContainer, Remover},
    owner::Owner,
};
use crate::{
    rooted::{Rooted, Rooting},
    temp::TempRoot,
};

/// Where they are had.
#[derive(Debug)]
pub(super) enum Host {
    /// From an engine.
    Engine(Box<EngineHost>),
    /// Made here.
    Roots(Box<RootsHost>),
}

/// An engine, and what is known of its images and containers.
#[derive(Debug)]
pub(super) struct EngineHost {
    pub(super) engine: Engine,
    pub(super) images: Images,
    pub(super) owner: Owner,
    pub(super) remover: Remover,
}

/// What containers of root file systems are made with.
#[derive(Debug)]
pub(super) struct RootsHost {
    pub(super) rooting: Rooting,
    pub(super) temp: TempRoot,
    pub(super) made: AtomicU64,
}

/// A running container. Dropping it has it removed, soon.
#[derive(Debug)]
pub(super) enum Container {
    Engine(EngineContainer),
    Root(Box<Rooted>),
}

/// A shell's pipes.
pub(super) struct Pipes {
    /// What it says.
    pub(super) output: Pin<Box<dyn Stream<Item = io::Result<Vec<u8>>> + Send>>,
    /// What it is told.
    pub(super) input: Pin<Box<dyn AsyncWrite + Send>>,
    /// Its process, where it is the harness's: it ends with this.
    pub(super) _process: Option<Child>,
}

impl Host {
    /// What a container of this name is made from: an image's id, or the folder of a root file system.
    pub(super) async fn image(&self, config: &ContainerConfig, name: &str) -> Result<String, ContainerError> {
        match self {
            Self::Engine(host) => host.images.id(&host.engine, config, name).await,
            Self::Roots(_) => root(name),
        }
    }

    /// Makes and starts a container.
    pub(super) async fn start(
        &self,
        config: &ContainerConfig,
        image: &str,
    ) -> Result<Container, ContainerError> {
        match self {
            Self::Engine(host) => EngineContainer::start(host, config, image).await.map(Container::Engine),
            Self::Roots(host) => {
                let number = host.made.fetch_add(1, Ordering::Relaxed);
                let folder = host.temp.path().join(number.to_string());
                let started = Rooted::start(&host.rooting, Path::new(image), folder).await;
                started
                    .map(|rooted| Container::Root(Box::new(rooted)))
                    .map_err(|said| ContainerError::Root { said })
            }
        }
    }
}

impl Container {
    /// Starts a shell in it.
    pub(super) async fn shell(&self, config: &ContainerConfig) -> Result<Pipes, ContainerError> {
        match self {
            Self::Engine(container) => container.shell(config).await,
            Self::Root(rooted) => {
                let (child, input, output) = rooted.shell().map_err(|said| ContainerError::Root { said })?;
                Ok(Pipes { output: Box::pin(chunks(output)), input: Box::pin(input), _process: Some(child) })
            }
        }
    }

    /// Whether its first process lives.
    pub(super) async fn is_running(&mut self) -> Result<bool, ContainerError> {
        match self {
            Self::Engine(container) => container.is_running().await,
            Self::Root(rooted) => Ok(rooted.is_running()),
        }
    }

    /// Ends all its processes and removes it.
    pub(super) async fn remove(self) -> Result<(), ContainerError> {
        match self {
            Self::Engine(container) => container.remove().await,
            Self::Root(rooted) => {
                rooted.remove().await;
                Ok(())
            }
        }
    }
}

/// The folder of an unpacked root file system.
fn root(name: &str) -> Result<String, ContainerError> {
    let missing = |why: String| ContainerError::ImageNotFound { image: name.to_owned(), why };
    let folder = PathBuf::from(name);
    let folder = folder
        .canonicalize()
        .map_err(|error| missing(format!("no folder with a root file system: {error}")))?;
    // A link in it is one of its own, and leads nowhere here.
    let has_shell =
        ["bin", "usr/bin"].iter().any(|bin| folder.join(bin).join("sh").symlink_metadata().is_ok());
    match has_shell {
        true => Ok(folder.to_string_lossy().into_owned()),
        false => Err(missing("the folder has no /bin/sh; unpack a whole root file system there".to_owned())),
    }
}

fn chunks(output: impl AsyncRead + Send + Unpin) -> impl Stream<Item = io::Result<Vec<u8>>> + Send {
    stream::unfold(output, |mut output| async {
        let mut chunk = vec![0; 64 << 10];
        match output.read(&mut chunk).await {
            Ok(0) => None,
            Ok(count) => {
                chunk.truncate(count);
                Some((Ok(chunk), output))
            }
            Err(error) => Some((Err(error), output)),
        }
    })
}
