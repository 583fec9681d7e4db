//! Environments in containers: an image for each task, a container for each trial, through the API that Docker and
//! podman speak on a unix socket.
//!
//! Where nobody may run an engine, an unpacked root file system serves as an image (`crate::rooted`).
//!
//! One shell in each container does everything, from the agent's commands to the patch; the tests run in a fresh
//! container. What containers are left by a process that was killed, the next one removes.

mod config;
mod engine;
mod environment;
mod error;
mod grade;
mod host;
mod image;
mod life;
mod list;
mod owner;
mod provider;
mod shell;
mod work;

pub use config::{ContainerConfig, ContainerLimits, Pull, RootsConfig, Source};
pub use environment::ContainerEnvironment;
pub use error::ContainerError;
pub use provider::ContainerProvider;
