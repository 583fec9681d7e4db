//! Finding the container engine: a socket that answers in the language of Docker, be it Docker's own or podman's.

use std::{
    env, fs,
    path::{Path, PathBuf},
    time::Duration,
};

use bollard::{API_DEFAULT_VERSION, Docker, models::SystemInfo};
use turnwise_core::EnvError;

use super::error::{ContainerError, within};

/// How long the engine may take for anything but pulling.
pub(super) const PATIENCE: Duration = Duration::from_secs(120);
/// How long it may take to say that it is there.
const GREETING: Duration = Duration::from_secs(20);

const HINT: &str = "start one with `systemctl start docker` or \
    `podman system service --time=0 unix:///run/podman/podman.sock`, or name its socket";

/// An engine that answers.
pub(super) struct Engine {
    /// The way to it.
    pub(super) docker: Docker,
    /// Where it is.
    pub(super) socket: PathBuf,
    /// What it is: `podman 4.3.1`.
    pub(super) name: String,
    /// What it says about itself.
    pub(super) info: SystemInfo,
}

impl Engine {
    /// The engine at `given`, else at `DOCKER_HOST`, else at the first usual place where one answers.
    pub(super) async fn find(given: Option<&str>) -> Result<Self, EnvError> {
        let places = places(given, env::var("DOCKER_HOST").ok(), env::var("XDG_RUNTIME_DIR").ok())?;
        let mut silent = Vec::new();
        for socket in &places {
            if fs::exists(socket).unwrap_or(false) {
                match Self::greet(socket).await {
                    Ok(engine) => return Ok(engine),
                    Err(error) => silent.push(format!("{} does not answer ({error})", socket.display())),
                }
            }
        }
        let listed: Vec<_> = places.iter().map(|place| place.display().to_string()).collect();
        let missing = match silent.is_empty() {
            true => format!("there is no container engine at {}", listed.join(", ")),
            false => format!("no container engine: {}", silent.join(", ")),
        };
        Err(EnvError::SandboxUnavailable { missing, hint: HINT.to_owned() })
    }

    async fn greet(socket: &Path) -> Result<Self, ContainerError> {
        let docker = connect(socket).await?;
        let version = within(GREETING, "tell its version", docker.version()).await?;
        let info = within(GREETING, "describe itself", docker.info()).await?;
        let part = version.components.iter().flatten().next().map(|part| part.name.to_lowercase());
        let brand = if part.is_some_and(|part| part.contains("podman")) { "podman" } else { "docker" };
        let name = format!("{brand} {}", version.version.unwrap_or_default());
        Ok(Self { docker, socket: socket.to_owned(), name, info })
    }
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine")
            .field("socket", &self.socket)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// A connection of its own, for the runtime that it is made in.
pub(super) async fn connect(socket: &Path) -> Result<Docker, ContainerError> {
    let greeting = async {
        let path = socket.to_string_lossy();
        // Pulls last longer than any limit that would suit the rest: each call here has its own.
        let docker = Docker::connect_with_unix(&path, u64::from(u32::MAX), API_DEFAULT_VERSION)?;
        docker.negotiate_version().await
    };
    within(GREETING, "answer", greeting).await
}

/// Where to look, in order.
fn places(
    given: Option<&str>,
    host: Option<String>,
    runtime_dir: Option<String>,
) -> Result<Vec<PathBuf>, EnvError> {
    if let Some(address) = given.map(str::to_owned).or(host).filter(|address| !address.is_empty()) {
        let path = address.strip_prefix("unix://").unwrap_or(&address);
        if path.contains("://") {
            let missing = format!("`{address}` is not the address of a unix socket");
            let hint = "name one, as `unix:///run/podman/podman.sock`".to_owned();
            return Err(EnvError::SandboxUnavailable { missing, hint });
        }
        return Ok(vec![PathBuf::from(path)]);
    }
    let own = runtime_dir.filter(|dir| !dir.is_empty()).map(|dir| Path::new(&dir).join("podman/podman.sock"));
    let docker = PathBuf::from("/var/run/docker.sock");
    Ok([docker].into_iter().chain(own).chain([PathBuf::from("/run/podman/podman.sock")]).collect())
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::places;

    #[test]
    fn what_is_named_is_looked_at_and_nothing_else() {
        let host = || Some("unix:///host.sock".to_owned());
        assert_eq!(places(Some("/a.sock"), host(), None).unwrap(), [Path::new("/a.sock")]);
        assert_eq!(places(Some("unix:///a.sock"), None, None).unwrap(), [Path::new("/a.sock")]);
        assert_eq!(places(None, host(), None).unwrap(), [Path::new("/host.sock")]);
        let error = places(None, Some("tcp://1.2.3.4:2375".to_owned()), None).unwrap_err().to_string();
        assert!(error.contains("`tcp://1.2.3.4:2375` is not the address of a unix socket"), "{error}");
    }

    #[test]
    fn the_usual_places_are_dockers_then_the_users_podman_then_the_machines() {
        let found = places(None, Some(String::new()), Some("/run/user/7".to_owned())).unwrap();
        let expect = ["/var/run/docker.sock", "/run/user/7/podman/podman.sock", "/run/podman/podman.sock"];
        assert_eq!(found, expect.map(PathBuf::from));
    }
}
