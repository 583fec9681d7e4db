//! The harness's end of a sandbox: starts the server, sends it commands, and sees to it that nothing of
//! it is left.

use std::{
    env, io,
    os::{
        fd::{AsRawFd, OwnedFd},
        unix::{net::UnixStream as StdStream, process::CommandExt},
    },
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use nix::sys::socket::{Shutdown, shutdown};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, BufReader},
    net::UnixStream,
    time::timeout,
};
use turnwise_core::{EnvError, Observation};

use super::{
    config::{SandboxConfig, SandboxKind},
    failure::WAY_OUT,
    protocol::{Reply, Request, Setup, frame, length},
    server::SERVER_ARG,
    tools::Tools,
};

/// How long the server may take beyond what it was asked to, before it counts as gone.
const PATIENCE: Duration = Duration::from_secs(20);

/// Where a sandbox works, and for whom.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'a> {
    /// The work tree.
    pub(crate) work: &'a Path,
    /// The user and group to become, for a harness that runs as root; the work tree is theirs.
    pub(crate) host_id: Option<u32>,
    /// Programs beside the machine's own.
    pub(crate) tools: Option<&'a Tools>,
    /// The task, for errors.
    pub(crate) task: &'a str,
}

/// A running sandbox. Dropping it kills everything in it.
#[derive(Debug)]
pub(crate) struct Sandbox {
    kind: SandboxKind,
    child: Child,
    stream: BufReader<UnixStream>,
    task: String,
    state: State,
}

#[derive(Debug, PartialEq)]
enum State {
    /// The server has not answered yet.
    Starting,
    /// It waits for a command; the words say what landlock does.
    Idle { landlock: String },
    /// It owes an answer, or is broken.
    Busy,
}

impl Sandbox {
    /// Starts a sandbox; whether that worked shows in the first answer. Must be called within a runtime.
    pub(crate) fn start(config: &SandboxConfig, place: Place<'_>) -> Result<Self, EnvError> {
        let unavailable = |error: io::Error| EnvError::SandboxUnavailable {
            missing: format!("`{}` could not be started: {error}", config.launcher.display()),
            hint: "check the launcher's path".to_owned(),
        };
        let setup = Setup {
            kind: config.kind,
            limits: config.limits,
            read_only: config.read_only.clone(),
            work: place.work.to_owned(),
            host_id: place.host_id,
            tools: place.tools.cloned(),
        };
        let (child, stream) = launch(&config.launcher, &setup).map_err(unavailable)?;
        let task = place.task.to_owned();
        Ok(Self { kind: config.kind, child, stream: BufReader::new(stream), task, state: State::Starting })
    }

    /// Waits until the sandbox stands; says what landlock does in it.
    pub(crate) async fn ready(&mut self) -> Result<&str, EnvError> {
        if self.state == State::Starting {
            self.state = State::Busy;
            match timeout(PATIENCE, self.receive()).await {
                Ok(Ok(Reply::Ready { landlock })) => self.state = State::Idle { landlock },
                Ok(Ok(Reply::Failed { missing, hint })) => {
                    return Err(EnvError::SandboxUnavailable { missing, hint });
                }
                Ok(Ok(Reply::Done { .. }) | Err(_)) | Err(_) => {
                    return Err(EnvError::SandboxUnavailable {
                        missing: "the server inside the sandbox did not start".to_owned(),
                        hint: format!("try again with fewer workers, {WAY_OUT}"),
                    });
                }
            }
        }
        match &self.state {
            State::Idle { landlock } => Ok(landlock),
            State::Starting | State::Busy => Err(self.gone()),
        }
    }

    /// Runs a command to its end or its time limit. If the future is dropped midway, the sandbox is of no
    /// more use.
    pub(crate) async fn run(&mut self, command: &str, limit_ms: u64) -> Result<Observation, EnvError> {
        self.ready().await?;
        let idle = std::mem::replace(&mut self.state, State::Busy);
        let request = Request { command: command.to_owned(), time_limit_ms: limit_ms };
        let patience = PATIENCE + Duration::from_millis(limit_ms);
        let answer = timeout(patience, self.exchange(&request)).await;
        let Ok(Ok(Reply::Done { output, exit_code, timed_out, elided_bytes })) = answer else {
            return Err(self.gone());
        };
        self.state = idle;
        Ok(Observation { output, exit_code, timed_out, elided_bytes })
    }

    /// Ends every process of the sandbox and waits until they are gone.
    pub(crate) async fn close(mut self) {
        // The server leaves when its socket ends; ours ends when the last of its processes is gone.
        if self.stream.get_mut().shutdown().await.is_ok() {
            let mut rest = Vec::new();
            // A server that does not leave is killed when `self` is dropped.
            drop(timeout(PATIENCE, self.stream.read_to_end(&mut rest)).await);
        }
    }

    async fn exchange(&mut self, request: &Request) -> io::Result<Reply> {
        self.stream.get_mut().write_all(&frame(request)?).await?;
        self.receive().await
    }

    async fn receive(&mut self) -> io::Result<Reply> {
        let mut head = [0; 4];
        self.stream.read_exact(&mut head).await?;
        let mut body = vec![0; length(head)?];
        self.stream.read_exact(&mut body).await?;
        Ok(serde_json::from_slice(&body)?)
    }

    fn gone(&self) -> EnvError {
        EnvError::Gone { task: self.task.clone() }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        // Each of these fails only if the server is gone already.
        let _ = shutdown(self.stream.get_ref().as_raw_fd(), Shutdown::Both);
        if self.kind == SandboxKind::Namespaces {
            drop(self.child.kill());
        }
        // Without namespaces the server must live to kill the others; the end of its socket tells it to.
        drop(self.child.wait());
    }
}

fn launch(launcher: &Path, setup: &Setup) -> io::Result<(Child, UnixStream)> {
    let (mut ours, theirs) = StdStream::pair()?;
    let child = Command::new(launcher)
        .arg(SERVER_ARG)
        .env_clear()
        // Without it, a launcher that is linked with libraries in odd places does not start.
        .envs(env::var_os("LD_LIBRARY_PATH").map(|folders| ("LD_LIBRARY_PATH", folders)))
        .stdin(OwnedFd::from(theirs))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()?;
    super::protocol::send(&mut ours, setup)?;
    ours.set_nonblocking(true)?;
    Ok((child, UnixStream::from_std(ours)?))
}
