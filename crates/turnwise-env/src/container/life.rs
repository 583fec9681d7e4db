//! The life of containers: made, removed when their trial ends, and removed by the next process when theirs was
//! killed.

use std::{
    io,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError, mpsc},
    thread,
    time::Duration,
};

use bollard::{
    Docker,
    container::LogOutput,
    errors::Error,
    exec::{CreateExecOptions, StartExecOptions, StartExecResults},
    models::{ContainerCreateBody, HostConfig},
    query_parameters::{CreateContainerOptionsBuilder, RemoveContainerOptionsBuilder},
};
use futures_util::{StreamExt, TryStreamExt};
use turnwise_core::Source;

use super::{
    config::ContainerConfig,
    engine::{Engine, PATIENCE, connect},
    error::{ContainerError, within},
    host::{EngineHost, Pipes},
    list::with_label,
    owner::{OURS, is_orphan},
};

/// How long the end of a provider may wait for its containers' removal.
const FAREWELL: Duration = Duration::from_secs(60);

/// The first process of a container: waits, and takes in orphans. It is started anew when an action's end takes its
/// `sleep` with it.
const FIRST: &str = "while :; do sleep 86400 & wait $! || [ $? -ne 127 ] || exit 1; done";

/// A running container. Dropping it has it removed, soon.
#[derive(Debug)]
pub(super) struct EngineContainer {
    name: String,
    docker: Docker,
    remover: mpsc::Sender<Job>,
    is_gone: bool,
}

impl EngineContainer {
    /// Makes and starts a container of an image.
    pub(super) async fn start(
        host: &EngineHost,
        config: &ContainerConfig,
        image: &str,
    ) -> Result<Self, ContainerError> {
        let name = host.owner.next_name();
        // First, so that a container is removed even if this future is dropped while the engine makes it.
        let docker = &host.engine.docker;
        let made =
            Self { name: name.clone(), docker: docker.clone(), remover: host.remover.jobs(), is_gone: false };
        let options = CreateContainerOptionsBuilder::default().name(&name).build();
        let body = ContainerCreateBody {
            image: Some(image.to_owned()),
            entrypoint: Some(["sh", "-c", FIRST].map(str::to_owned).to_vec()),
            cmd: Some(Vec::new()),
            labels: Some(
                host.owner.labels().into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
            ),
            host_config: Some(restrictions(config)),
            ..ContainerCreateBody::default()
        };
        within(PATIENCE, "make a container", docker.create_container(Some(options), body)).await?;
        within(PATIENCE, "start a container", docker.start_container(&name, None)).await?;
        Ok(made)
    }

    /// Starts a shell in it.
    pub(super) async fn shell(&self, config: &ContainerConfig) -> Result<Pipes, ContainerError> {
        let options = CreateExecOptions {
            attach_stdin: Some(true),
            attach_stdout: Some(true),
            attach_stderr: Some(true),
            env: Some(config.variables.iter().map(|(name, value)| format!("{name}={value}")).collect()),
            cmd: Some(vec!["sh".to_owned()]),
            ..CreateExecOptions::default()
        };
        let docker = &self.docker;
        let exec = within(PATIENCE, "prepare a shell", docker.create_exec(&self.name, options)).await?;
        let options = StartExecOptions { output_capacity: Some(64 << 10), ..StartExecOptions::default() };
        let started = within(PATIENCE, "start a shell", docker.start_exec(&exec.id, Some(options))).await?;
        let StartExecResults::Attached { output, input } = started else {
            return Err(ContainerError::Ended);
        };
        let output = output.map_ok(said).map(|chunk| chunk.map_err(io::Error::other));
        Ok(Pipes { output: Box::pin(output), input, _process: None })
    }

    /// Whether its first process lives.
    pub(super) async fn is_running(&self) -> Result<bool, ContainerError> {
        let docker = &self.docker;
        let found =
            within(PATIENCE, "look at a container", docker.inspect_container(&self.name, None)).await?;
        Ok(found.state.and_then(|state| state.running).unwrap_or(false))
    }

    /// Ends all its processes and removes it.
    pub(super) async fn remove(mut self) -> Result<(), ContainerError> {
        remove(&self.docker, &self.name).await?;
        self.is_gone = true;
        Ok(())
    }
}

impl Drop for EngineContainer {
    fn drop(&mut self) {
        if !self.is_gone {
            // Without a remover, the next process does it.
            drop(self.remover.send(Job::Remove(std::mem::take(&mut self.name))));
        }
    }
}

/// What a shell says on its standard output.
fn said(output: LogOutput) -> Vec<u8> {
    match output {
        LogOutput::StdOut { message } | LogOutput::Console { message } => message.to_vec(),
        // What the shell itself complains of: a command line that is too long, no room for another process.
        LogOutput::StdErr { message } | LogOutput::StdIn { message } => {
            tracing::debug!(said = %String::from_utf8_lossy(&message), "a container's shell");
            Vec::new()
        }
    }
}

/// What containers may use.
fn restrictions(config: &ContainerConfig) -> HostConfig {
    let limits = &config.limits;
    let number = |value: u64| i64::try_from(value).ok();
    #[expect(clippy::cast_possible_truncation, reason = "no machine has so many processors")]
    let nano = limits.processors.map(|processors| (processors * 1e9) as i64);
    HostConfig {
        memory: number(limits.memory_bytes),
        // The same as memory: no swap on top of it.
        memory_swap: number(limits.memory_bytes),
        pids_limit: number(limits.processes),
        nano_cpus: nano,
        network_mode: Some(config.network.clone().unwrap_or_else(|| "none".to_owned())),
        security_opt: Some(vec!["no-new-privileges".to_owned()]),
        // Outputs are in there until they are read: one that is under way, and what daemons still write to.
        shm_size: number(limits.flood_bytes.saturating_mul(2).saturating_add(64 << 20)),
        ..HostConfig::default()
    }
}

/// Removes a container, whatever runs in it; one that is gone is fine.
async fn remove(docker: &Docker, name: &str) -> Result<(), ContainerError> {
    const WHAT: &str = "remove a container";
    let options = RemoveContainerOptionsBuilder::default().force(true).v(true).build();
    let answer = async { Ok(docker.remove_container(name, Some(options)).await) };
    match within(PATIENCE, WHAT, answer).await? {
        // Somebody else's removal under way is a conflict.
        Ok(()) | Err(Error::DockerResponseServerError { status_code: 404 | 409, .. }) => Ok(()),
        Err(error) => Err(ContainerError::Engine { what: WHAT, source: Source::from(error) }),
    }
}

/// Removes what processes that were killed have left; says how many containers.
pub(super) async fn remove_orphans(engine: &Engine) -> Result<usize, ContainerError> {
    let mut orphans = 0;
    for found in with_label(&engine.socket, OURS, PATIENCE).await? {
        if is_orphan(&found.labels.unwrap_or_default()) {
            remove(&engine.docker, &found.id).await?;
            orphans += 1;
        }
    }
    Ok(orphans)
}

/// What the thread that removes containers is told.
#[derive(Debug)]
enum Job {
    /// This container's trial is over.
    Remove(String),
    /// So are all.
    End,
}

/// A thread that removes containers for those that cannot wait for it. Its end removes all that its owner has left.
#[derive(Debug)]
pub(super) struct Remover {
    jobs: mpsc::Sender<Job>,
    ended: Mutex<mpsc::Receiver<()>>,
}

impl Remover {
    /// Starts the thread for the containers with a label.
    pub(super) fn start(socket: PathBuf, own_label: String) -> io::Result<Self> {
        let (jobs, queue) = mpsc::channel();
        let (end, ended) = mpsc::channel();
        thread::Builder::new().name("container-remover".to_owned()).spawn(move || {
            if let Err(error) = work(&socket, &queue, &own_label) {
                tracing::warn!(%error, "containers are left; the next run removes them");
            }
            // Nobody listens any more where the wait was too long.
            let _ = end.send(());
        })?;
        Ok(Self { jobs, ended: Mutex::new(ended) })
    }

    fn jobs(&self) -> mpsc::Sender<Job> {
        self.jobs.clone()
    }
}

impl Drop for Remover {
    fn drop(&mut self) {
        if self.jobs.send(Job::End).is_ok() {
            let ended = self.ended.get_mut().unwrap_or_else(PoisonError::into_inner);
            // What a hanging engine does not remove in time is left to the next process.
            let _ = ended.recv_timeout(FAREWELL);
        }
    }
}

fn work(socket: &Path, jobs: &mpsc::Receiver<Job>, own_label: &str) -> Result<(), ContainerError> {
    let what = "be reached by the thread that removes containers";
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| ContainerError::Engine { what, source: Source::from(error) })?;
    while let Ok(Job::Remove(name)) = jobs.recv() {
        let removed = runtime.block_on(async { remove(&connect(socket).await?, &name).await });
        if let Err(error) = removed {
            tracing::warn!(%error, name, "a container is left; the end of this run tries again");
        }
    }
    runtime.block_on(async {
        let docker = connect(socket).await?;
        for found in with_label(socket, own_label, PATIENCE).await? {
            remove(&docker, &found.id).await?;
        }
        Ok(())
    })
}
