//! The harness's end of the one long-lived shell in a container, through which everything in it is done: an exec of its
//! own for each action would cost a hundred times as much.

use std::time::Duration;

use futures_util::StreamExt;
use tokio::{io::AsyncWriteExt, time::timeout};

use super::{
    config::ContainerConfig,
    error::ContainerError,
    host::{Container, Pipes},
    owner::nonce,
};

/// What the shell knows.
const FUNCTIONS: &str = include_str!("shell.sh");
/// How long it may take to answer, beyond what an action may.
const ANSWER: Duration = Duration::from_secs(60);
/// A longer line is not the shell's, in bytes.
const LONGEST_LINE: usize = 4096;
/// Output of the harness's own scripts, patches above all, that is read, in bytes.
pub(super) const SCRIPT_OUTPUT: usize = 256 << 20;

/// How a command is run.
#[derive(Clone, Copy, Debug)]
pub(super) struct How {
    /// By bash with the variables of an action, or by the plain shell that knows `store`.
    pub(super) by: By,
    /// When it is killed.
    pub(super) limit: Duration,
    /// Output beyond this breaks its pipe, in bytes.
    pub(super) flood: u64,
    /// Output that is read, in bytes.
    pub(super) keep: usize,
}

/// Who runs a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    /// The agent.
    Agent,
    /// The harness.
    Harness,
}

/// What came of a command.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// Its exit status; `None` where it was killed for its time.
    pub(super) status: Option<i32>,
    /// What it wrote, in bytes.
    pub(super) written: u64,
    /// The beginning of its output, or all.
    pub(super) head: Vec<u8>,
    /// The end of it, where something in the middle is left out.
    pub(super) tail: Vec<u8>,
}

/// A shell in a container. Of no more use once one of its futures was dropped midway.
pub(super) struct Shell {
    pipes: Pipes,
    /// What was received and is not read yet.
    received: Vec<u8>,
    /// What every answer begins with.
    tag: String,
    actions: u64,
    is_busy: bool,
    /// The folder for what the harness keeps in the container.
    pub(super) store: String,
}

impl Shell {
    /// Starts a shell in the work tree, a folder of a running container; `None` where that has no such folder. `first` is said to it before anything else.
    pub(super) async fn open(
        container: &Container,
        config: &ContainerConfig,
        folder: &str,
        first: &str,
    ) -> Result<Option<Self>, ContainerError> {
        let pipes = container.shell(config).await?;
        let (tag, received, store) = (nonce(), Vec::new(), String::new());
        let mut shell = Self { pipes, received, tag, actions: 0, is_busy: false, store };
        let begin = format!("begin {} {}\n", shell.tag, quoted(folder));
        shell.say(&[first, FUNCTIONS, &begin]).await?;
        match shell.answer(ANSWER).await?.split_once(' ') {
            Some(("ready", store)) => shell.store = store.to_owned(),
            _ => return Ok(None),
        }
        Ok(Some(shell))
    }

    /// Runs a command to its end or its limit; then every process of the container is killed.
    pub(super) async fn run(&mut self, command: &str, how: How) -> Result<Outcome, ContainerError> {
        if std::mem::replace(&mut self.is_busy, true) {
            return Err(ContainerError::Ended);
        }
        let outcome = self.follow(command, how).await;
        self.is_busy = false;
        outcome
    }

    async fn follow(&mut self, command: &str, how: How) -> Result<Outcome, ContainerError> {
        self.actions += 1;
        let by = if how.by == By::Agent { "agent" } else { "harness" };
        let call = format!("run {} {by} {} ", self.actions, how.flood);
        self.say(&[&call, &quoted(command), "\n"]).await?;
        let status = match timeout(how.limit, self.status()).await {
            Ok(status) => Some(status?),
            Err(_) => self.stop().await?,
        };
        Ok(Outcome { status, ..self.take(how.keep).await? })
    }

    /// Runs a script of the harness's; what it wrote, or what it says went wrong.
    pub(super) async fn script(
        &mut self,
        what: &'static str,
        script: &str,
        limit: Duration,
    ) -> Result<Vec<u8>, ContainerError> {
        let how = How { by: By::Harness, limit, flood: SCRIPT_OUTPUT as u64, keep: SCRIPT_OUTPUT };
        let outcome = self.run(script, how).await?;
        match outcome.status {
            Some(0) => Ok(outcome.head),
            Some(_) => {
                let said = String::from_utf8_lossy(&outcome.head);
                let end: Vec<_> = said.lines().rev().take(8).collect();
                let said = end.into_iter().rev().collect::<Vec<_>>().join("; ");
                Err(ContainerError::Script { what, said })
            }
            None => Err(ContainerError::Slow { what, seconds: limit.as_secs() }),
        }
    }

    /// Whether a future of it was dropped midway.
    pub(super) fn was_given_up(&self) -> bool {
        self.is_busy
    }

    /// Writes a file.
    pub(super) async fn put(&mut self, path: &str, text: &str) -> Result<(), ContainerError> {
        self.write("put", path, text).await
    }

    /// Writes a file that need not be text.
    pub(super) async fn put_bytes(&mut self, path: &str, bytes: &[u8]) -> Result<(), ContainerError> {
        self.write("decode", path, &escaped(bytes)).await
    }

    /// Writes a file of the work tree, whatever stands in its way.
    pub(super) async fn lay(&mut self, path: &str, text: &str) -> Result<(), ContainerError> {
        self.write("lay", path, text).await
    }

    /// What the last action wrote, of which nothing was read yet.
    pub(super) async fn take(&mut self, keep: usize) -> Result<Outcome, ContainerError> {
        self.say(&[&format!("take {keep}\n")]).await?;
        let line = self.answer(ANSWER).await?;
        let numbers: Vec<u64> = line.split(' ').filter_map(|word| word.parse().ok()).collect();
        let (true, &[written, head, tail]) = (line.starts_with("out "), &numbers[..]) else {
            return Err(ContainerError::Garbled { said: line });
        };
        if head + tail > keep as u64 {
            return Err(ContainerError::Garbled { said: line });
        }
        let (head, tail) = (self.bytes(head).await?, self.bytes(tail).await?);
        Ok(Outcome { status: None, written, head, tail })
    }

    async fn write(&mut self, call: &str, path: &str, text: &str) -> Result<(), ContainerError> {
        if text.contains('\0') {
            return Err(ContainerError::ZeroByte { what: path.to_owned() });
        }
        self.say(&[call, " ", &quoted(path), " ", &quoted(text), "\n"]).await?;
        match self.answer(ANSWER).await?.as_str() {
            "put" => Ok(()),
            _ => Err(ContainerError::Script { what: "write a file", said: path.to_owned() }),
        }
    }

    /// Waits for the end of the action under way.
    async fn status(&mut self) -> Result<i32, ContainerError> {
        let line = self.line().await?;
        let done = format!("done {} ", self.actions);
        match line.strip_prefix(&done).and_then(|status| status.parse().ok()) {
            Some(status) => Ok(status),
            None => Err(ContainerError::Garbled { said: line }),
        }
    }

    /// Kills all processes; the status of the action, if it ended at the last moment.
    async fn stop(&mut self) -> Result<Option<i32>, ContainerError> {
        self.say(&["stop\n"]).await?;
        let line = self.answer(ANSWER).await?;
        if line == "stopped" {
            return Ok(None);
        }
        match self.answer(ANSWER).await?.as_str() {
            "stopped" => Ok(line.rsplit(' ').next().and_then(|status| status.parse().ok())),
            other => Err(ContainerError::Garbled { said: other.to_owned() }),
        }
    }

    async fn say(&mut self, parts: &[&str]) -> Result<(), ContainerError> {
        let written = timeout(ANSWER, async {
            for part in parts {
                self.pipes.input.write_all(part.as_bytes()).await?;
            }
            self.pipes.input.flush().await
        });
        // Whatever was in the way of it, there is no shell any more.
        written.await.map_or(Err(ContainerError::Ended), |written| written.map_err(|_| ContainerError::Ended))
    }

    async fn answer(&mut self, limit: Duration) -> Result<String, ContainerError> {
        let slow = |_| ContainerError::Slow { what: "answer in its shell", seconds: limit.as_secs() };
        timeout(limit, self.line()).await.map_err(slow)?
    }

    /// The next answer, without its tag. Loses nothing if it is given up.
    async fn line(&mut self) -> Result<String, ContainerError> {
        loop {
            if let Some(end) = self.received.iter().position(|byte| *byte == b'\n') {
                let line = String::from_utf8_lossy(&self.received[..end]).into_owned();
                self.received.drain(..=end);
                let words = line.strip_prefix(&self.tag).and_then(|rest| rest.strip_prefix(' '));
                return words.map(str::to_owned).ok_or(ContainerError::Garbled { said: line });
            }
            if self.received.len() > LONGEST_LINE {
                return Err(ContainerError::Garbled { said: "a line without end".to_owned() });
            }
            self.receive().await?;
        }
    }

    async fn bytes(&mut self, count: u64) -> Result<Vec<u8>, ContainerError> {
        let count = usize::try_from(count).map_err(|_| ContainerError::Ended)?;
        while self.received.len() < count {
            let slow = |_| ContainerError::Slow { what: "send an output", seconds: ANSWER.as_secs() };
            timeout(ANSWER, self.receive()).await.map_err(slow)??;
        }
        let rest = self.received.split_off(count);
        Ok(std::mem::replace(&mut self.received, rest))
    }

    async fn receive(&mut self) -> Result<(), ContainerError> {
        match self.pipes.output.next().await {
            Some(Ok(chunk)) => {
                self.received.extend_from_slice(&chunk);
                Ok(())
            }
            Some(Err(_)) | None => Err(ContainerError::Ended),
        }
    }
}

impl std::fmt::Debug for Shell {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shell")
            .field("tag", &self.tag)
            .field("actions", &self.actions)
            .finish_non_exhaustive()
    }
}

/// A text as one word of a shell's.
pub(super) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// Bytes as a format of printf's that prints them.
fn escaped(bytes: &[u8]) -> String {
    let one = |byte: &u8| match byte.is_ascii_alphanumeric() {
        true => char::from(*byte).to_string(),
        false => format!("\\{byte:03o}"),
    };
    bytes.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::{escaped, quoted};

    #[test]
    fn escaped_bytes_are_printed_as_they_were() {
        let all: Vec<u8> = (0..=255).chain(*b"0\x007\x80%s-\\n").collect();
        for bytes in [&all[..], b"", b"-n", b"%d", &[0, b'7', 0]] {
            let said =
                Command::new("sh").arg("-c").arg(format!("printf {}", quoted(&escaped(bytes)))).output();
            assert_eq!(said.unwrap().stdout, bytes);
        }
    }

    #[test]
    fn a_quoted_text_is_one_word_and_the_same() {
        for text in ["", "a b", "it's", "'", "''", "$HOME `ls` \\ \" !\n\n", "ä Á \u{81} 漢", "-n"] {
            let said = Command::new("sh").arg("-c").arg(format!("printf '%s' {}", quoted(text))).output();
            assert_eq!(said.unwrap().stdout, text.as_bytes());
        }
    }
}
