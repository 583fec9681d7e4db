//! The server inside a sandbox: one thread that waits on the harness's socket, on the end of processes
//! and on the output of the command under way. It ends, and everything with it, when the harness is gone.

use std::{
    env,
    io::{self, PipeReader, Read},
    os::{
        fd::{AsFd, BorrowedFd},
        unix::net::UnixStream,
    },
    process::ExitCode,
    time::{Duration, Instant},
};

use nix::{
    errno::Errno,
    poll::{PollFd, PollFlags, PollTimeout, poll},
    sys::{
        signal::{SigSet, Signal, kill, killpg},
        signalfd::{SfdFlags, SignalFd},
        wait::{WaitPidFlag, WaitStatus, waitpid},
    },
    unistd::{Pid, chdir, getpid},
};

use super::{
    action::{Action, End},
    config::{Limits, SandboxKind},
    failure::Failure,
    lockdown::lock_down,
    mounts,
    namespaces::{Side, become_user, enter},
    protocol::{Reply, Request, Setup, receive, send},
    variables::variables,
};

/// The hidden first argument with which an executable becomes the server inside a sandbox.
pub const SERVER_ARG: &str = "__sandbox-server";

/// How long to wait for the end of the output once the command has ended or was killed.
const GRACE: Duration = Duration::from_millis(10);
const GRACE_AFTER_KILL: Duration = Duration::from_millis(200);
/// Output pipes of daemons that are kept open, so that they are not killed by writing.
const MOST_LEFTOVERS: usize = 16;

/// Becomes the server of a sandbox if the first argument is [`SERVER_ARG`].
pub(crate) fn serve_if_asked() -> Option<ExitCode> {
    if env::args_os().nth(1)? != SERVER_ARG {
        return None;
    }
    let Ok(socket) = io::stdin().as_fd().try_clone_to_owned() else { return Some(ExitCode::FAILURE) };
    Some(serve(UnixStream::from(socket)).unwrap_or(ExitCode::FAILURE))
}

fn serve(mut socket: UnixStream) -> io::Result<ExitCode> {
    let setup: Setup = receive(&mut socket)?;
    let landlock = match prepare(&setup) {
        Ok(Prepared::Inside(landlock)) => landlock,
        Ok(Prepared::Outside(code)) => return Ok(code),
        Err(Failure { missing, hint }) => {
            send(&mut socket, &Reply::Failed { missing, hint })?;
            return Ok(ExitCode::FAILURE);
        }
    };
    let mut server = Server::new(socket, &setup)?;
    send(&mut server.socket, &Reply::Ready { landlock })?;
    let ended = server.serve();
    server.kill_everything();
    ended.map(|()| ExitCode::SUCCESS)
}

enum Prepared {
    Inside(String),
    Outside(ExitCode),
}

fn prepare(setup: &Setup) -> Result<Prepared, Failure> {
    // From here on `.` is the work tree, whoever may walk the path to it.
    chdir(&setup.work).map_err(Failure::of("enter the work tree"))?;
    if setup.kind == SandboxKind::None {
        return Ok(Prepared::Inside("off".to_owned()));
    }
    if let Some(id) = setup.host_id {
        become_user(id)?;
    }
    if let Side::Outside(code) = enter()? {
        return Ok(Prepared::Outside(code));
    }
    mounts::build(&setup.read_only, setup.tools.as_ref(), setup.limits.tmp_bytes)?;
    let writable = setup.tools.as_ref().filter(|tools| tools.writable);
    Ok(Prepared::Inside(lock_down(writable.map(|tools| tools.folder.as_path()))?))
}

struct Server {
    socket: UnixStream,
    ended_processes: SignalFd,
    kind: SandboxKind,
    limits: Limits,
    variables: Vec<(String, String)>,
    /// Outputs that daemons of earlier commands still hold; what comes is thrown away.
    leftovers: Vec<PipeReader>,
    /// Process groups that may have outlived their command, where they must be killed one by one.
    groups: Vec<Pid>,
    buffer: Vec<u8>,
}

/// What woke the server.
struct Wake {
    socket: bool,
    processes: bool,
    output: bool,
}

impl Server {
    fn new(socket: UnixStream, setup: &Setup) -> io::Result<Self> {
        let mut mask = SigSet::empty();
        mask.add(Signal::SIGCHLD);
        mask.thread_block()?;
        let ended_processes = SignalFd::with_flags(&mask, SfdFlags::SFD_NONBLOCK | SfdFlags::SFD_CLOEXEC)?;
        let home = match setup.kind {
            SandboxKind::Namespaces => mounts::WORK.to_owned(),
            SandboxKind::None => setup.work.to_string_lossy().into_owned(),
        };
        Ok(Self {
            socket,
            ended_processes,
            kind: setup.kind,
            limits: setup.limits,
            variables: variables(setup.kind, &home, setup.tools.as_ref()),
            leftovers: Vec::new(),
            groups: Vec::new(),
            buffer: vec![0; 64 << 10],
        })
    }

    fn serve(&mut self) -> io::Result<()> {
        loop {
            while !self.wait(None, None)?.socket {
                self.reap(None)?;
            }
            let request: Request = match receive(&mut self.socket) {
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(()),
                other => other?,
            };
            let reply = self.run(&request)?;
            send(&mut self.socket, &reply)?;
        }
    }

    fn run(&mut self, request: &Request) -> io::Result<Reply> {
        let mut deadline = Instant::now() + Duration::from_millis(request.time_limit_ms);
        let mut action = match Action::start(&request.command, &self.variables, self.limits) {
            Ok(action) => action,
            // The command's own text can be at fault: too long, or with a zero byte in it.
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::ArgumentListTooLong | io::ErrorKind::InvalidInput
                ) =>
            {
                let output = format!("sh: {error}\n");
                return Ok(Reply::Done { output, exit_code: Some(126), timed_out: false, elided_bytes: 0 });
            }
            Err(error) => return Err(error),
        };
        let (mut timed_out, mut killed) = (false, false);
        while !action.finished || action.exit_code.is_none() {
            let now = Instant::now();
            if now >= deadline {
                if killed || action.exit_code.is_some() {
                    break;
                }
                timed_out = true;
                killed = true;
                self.kill_tree(action.leader);
                deadline = now + GRACE_AFTER_KILL;
            }
            let wake = self.wait(Some(&action), Some(deadline))?;
            if wake.socket {
                self.kill_tree(action.leader);
                return Err(io::Error::other("the harness left while a command ran"));
            }
            let ended = wake.processes && self.reap(Some(&mut action))?;
            if ended && !killed {
                deadline = Instant::now() + GRACE;
            }
            let flood = wake.output && action.take(&mut self.buffer)? > self.limits.flood_bytes;
            if flood && !killed {
                killed = true;
                self.kill_tree(action.leader);
                deadline = Instant::now() + GRACE_AFTER_KILL;
            }
        }
        let exit_code = action.exit_code.filter(|_| !killed);
        self.remember_group(action.leader);
        let (output, elided_bytes, leftover) = action.finish();
        self.leftovers.extend(leftover);
        let surplus = self.leftovers.len().saturating_sub(MOST_LEFTOVERS);
        self.leftovers.drain(..surplus);
        Ok(Reply::Done { output, exit_code, timed_out, elided_bytes })
    }

    /// Sleeps until something happens or the deadline is reached.
    fn wait(&mut self, action: Option<&Action>, deadline: Option<Instant>) -> io::Result<Wake> {
        let watch = |fd| PollFd::new(fd, PollFlags::POLLIN);
        let mut fds = vec![watch(self.socket.as_fd()), watch(self.ended_processes.as_fd())];
        let output: Option<BorrowedFd<'_>> = action.filter(|action| !action.finished).map(Action::output);
        fds.extend(output.map(watch));
        let first_leftover = fds.len();
        fds.extend(self.leftovers.iter().map(|pipe| watch(pipe.as_fd())));
        let timeout = deadline.map_or(PollTimeout::NONE, |deadline| {
            // Rounded up, so that the last millisecond is not spent spinning.
            let left = deadline.saturating_duration_since(Instant::now()) + Duration::from_micros(999);
            PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX)
        });
        match poll(&mut fds, timeout) {
            Ok(_) | Err(Errno::EINTR) => {}
            Err(errno) => return Err(errno.into()),
        }
        let ready: Vec<bool> = fds.iter().map(|fd| fd.any().unwrap_or(false)).collect();
        let wake = Wake { socket: ready[0], processes: ready[1], output: first_leftover == 3 && ready[2] };
        self.discard(&ready[first_leftover..]);
        Ok(wake)
    }

    /// Throws away what daemons wrote, and forgets those that are gone.
    fn discard(&mut self, ready: &[bool]) {
        let mut ready = ready.iter();
        let buffer = &mut self.buffer;
        self.leftovers.retain_mut(|pipe| {
            let is_ready = ready.next().copied().unwrap_or(false);
            !is_ready || !matches!(pipe.read(buffer), Ok(0))
        });
    }

    /// Takes note of every process that ended; says whether the action's first is among them.
    fn reap(&mut self, mut action: Option<&mut Action>) -> io::Result<bool> {
        while self.ended_processes.read_signal()?.is_some() {}
        let mut ended = false;
        loop {
            let (pid, end) = match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
                Ok(WaitStatus::Exited(pid, code)) => (pid, End::Exit(code)),
                Ok(WaitStatus::Signaled(pid, signal, _)) => (pid, End::Signal(signal)),
                Ok(WaitStatus::StillAlive) | Err(Errno::ECHILD) => return Ok(ended),
                Ok(_) | Err(Errno::EINTR) => continue,
                Err(errno) => return Err(errno.into()),
            };
            if let Some(action) = action.as_deref_mut().filter(|action| action.leader == pid) {
                action.end(end);
                ended = true;
            }
        }
    }

    /// Kills an action's processes; in a process namespace also those that left its group, and the
    /// daemons of earlier actions.
    fn kill_tree(&self, leader: Pid) {
        // Whoever is gone already need not be killed.
        let _ = match self.kind {
            SandboxKind::Namespaces if getpid().as_raw() == 1 => kill(Pid::from_raw(-1), Signal::SIGKILL),
            SandboxKind::Namespaces | SandboxKind::None => killpg(leader, Signal::SIGKILL),
        };
    }

    /// Without a process namespace, what an action left running must be found again at the end.
    fn remember_group(&mut self, leader: Pid) {
        if self.kind == SandboxKind::None {
            self.groups.retain(|group| killpg(*group, None).is_ok());
            if killpg(leader, None).is_ok() {
                self.groups.push(leader);
            }
        }
    }

    fn kill_everything(&self) {
        for group in &self.groups {
            self.kill_tree(*group);
        }
    }
}
