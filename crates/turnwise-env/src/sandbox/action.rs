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
    unistd::Pid,
};

use super::{capture::Capture, config::Limits, rlimits::set_limits};

/// A command that was started.
pub(crate) struct Action {
    /// Its shell.
    pub(crate) shell: Pid,
    /// The shell's exit status, once it ended.
    pub(crate) exit_code: Option<i32>,
    /// Whether nobody can write to its output any more.
    pub(crate) finished: bool,
    output: PipeReader,
    capture: Capture,
}

impl Action {
    /// Starts `sh -c command` in a process group of its own, with both outputs in one pipe.
    pub(crate) fn start(
        command: &str,
        variables: &[(&'static str, String)],
        limits: Limits,
    ) -> io::Result<Self> {
        let (output, writer) = pipe()?;
        fcntl(&output, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
        let mut shell = Command::new("/bin/sh");
        shell.arg("-c").arg(command).env_clear().envs(variables.iter().map(|(name, value)| (name, value)));
        shell.stdin(Stdio::null()).stdout(writer.try_clone()?).stderr(writer).process_group(0);
        #[expect(
            unsafe_code,
            reason = "limits must be set before the command starts and not bind the server"
        )]
        // SAFETY: the closure does nothing but system calls, so it is safe between fork and exec.
        unsafe {
            shell.pre_exec(move || Ok(set_limits(&limits)?));
        }
        let id = shell.spawn()?.id();
        let shell = Pid::from_raw(i32::try_from(id).map_err(io::Error::other)?);
        let capture = Capture::new(limits.output_bytes);
        Ok(Self { shell, exit_code: None, finished: false, output, capture })
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
    pub(crate) fn finish(self) -> (String, u64, Option<PipeReader>) {
        let (text, elided) = self.capture.finish();
        (text, elided, (!self.finished).then_some(self.output))
    }
}
