//! One command inside a sandbox: its process, its output so far, and what is left of it.

use std::{
    io::{self, PipeReader, Read, pipe},
    os::{
        fd::{AsFd, BorrowedFd},
        unix::process::CommandExt,
    },
    process::{Command, Stdio},
};

use nix::{
    fcntl::{FcntlArg, OFlag, fcntl},
    sys::signal::Signal,
    unistd::Pid,
};

use super::{
    config::Limits,
    direct::{last_words, without_shell},
    rlimits::set_limits,
};
use crate::capture::Capture;

/// A command that was started.
pub(crate) struct Action {
    /// Its first process, which leads its group.
    pub(crate) leader: Pid,
    /// The first process's exit status, once it ended.
    pub(crate) exit_code: Option<i32>,
    /// Whether nobody can write to its output any more.
    pub(crate) finished: bool,
    start: Start,
    last_words: &'static str,
    output: PipeReader,
    capture: Capture,
}

/// How a command was started.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Start {
    Shell,
    Direct,
}

/// How a process ended.
#[derive(Clone, Copy)]
pub(crate) enum End {
    /// With a status of its own.
    Exit(i32),
    /// By a signal.
    Signal(Signal),
}

impl Action {
    /// Starts a command in a process group of its own, with both outputs in one pipe.
    pub(crate) fn start(command: &str, variables: &[(String, String)], limits: Limits) -> io::Result<Self> {
        let path = variables.iter().find(|(name, _)| name == "PATH").map_or("", |(_, path)| path);
        if let Some(direct) = without_shell(command, path) {
            let mut program = Command::new(direct.program);
            program.arg0(direct.name).args(direct.arguments);
            // A file that only a shell can run, and every failure worth a message, is left to the shell.
            if let Ok(action) = Self::spawn(program, Start::Direct, variables, limits) {
                return Ok(action);
            }
        }
        let mut shell = Command::new("/bin/sh");
        shell.arg("-c").arg(command);
        Self::spawn(shell, Start::Shell, variables, limits)
    }

    fn spawn(
        mut program: Command,
        start: Start,
        variables: &[(String, String)],
        limits: Limits,
    ) -> io::Result<Self> {
        let (output, writer) = pipe()?;
        fcntl(&output, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
        program.env_clear().envs(variables.iter().map(|(name, value)| (name, value)));
        program.stdin(Stdio::null()).stdout(writer.try_clone()?).stderr(writer).process_group(0);
        #[expect(
            unsafe_code,
            reason = "limits must be set before the command starts and not bind the server"
        )]
        // SAFETY: the closure does nothing but system calls, so it is safe between fork and exec.
        unsafe {
            program.pre_exec(move || Ok(set_limits(&limits)?));
        }
        let id = program.spawn()?.id();
        let leader = Pid::from_raw(i32::try_from(id).map_err(io::Error::other)?);
        let capture = Capture::new(limits.output_bytes);
        Ok(Self { leader, exit_code: None, finished: false, start, last_words: "", output, capture })
    }

    /// Takes note that its first process ended.
    pub(crate) fn end(&mut self, end: End) {
        self.exit_code = Some(match end {
            End::Exit(code) => code,
            // As shells say it.
            End::Signal(signal) => 128 + signal as i32,
        });
        if let (End::Signal(signal), Start::Direct) = (end, self.start) {
            self.last_words = last_words(signal);
        }
    }

    /// Where its output comes from.
    pub(crate) fn output(&self) -> BorrowedFd<'_> {
        self.output.as_fd()
    }

    /// Takes some of what was written; returns how much has been written in all, in bytes.
    pub(crate) fn take(&mut self, buffer: &mut [u8]) -> io::Result<u64> {
        match self.output.read(buffer) {
            Ok(0) => self.finished = true,
            Ok(n) => self.capture.push(&buffer[..n]),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
        Ok(self.capture.written())
    }

    /// The text of the output, how many bytes of it were left out, and the pipe, if somebody still
    /// holds it.
    pub(crate) fn finish(mut self) -> (String, u64, Option<PipeReader>) {
        self.capture.push(self.last_words.as_bytes());
        let (text, elided) = self.capture.finish();
        (text, elided, (!self.finished).then_some(self.output))
    }
}
