//! What the harness and the server inside a sandbox say to each other over their socket: frames of a
//! little-endian `u32` length and that many bytes of JSON. One [`Setup`], then one [`Reply`] to it and to
//! each [`Request`].

use std::{
    io::{self, Read, Write},
    path::PathBuf,
};

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{
    config::{Limits, SandboxKind},
    tools::Tools,
};

/// Longer frames are a broken peer, in bytes.
const LONGEST: u32 = 256 << 20;

/// The first frame: what the sandbox is to be.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Setup {
    pub(crate) kind: SandboxKind,
    pub(crate) limits: Limits,
    pub(crate) read_only: Vec<PathBuf>,
    /// The work tree, as the machine sees it.
    pub(crate) work: PathBuf,
    /// The user and group to become first, for a harness that runs as root.
    pub(crate) host_id: Option<u32>,
    pub(crate) tools: Option<Tools>,
}

/// A command to run.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Request {
    pub(crate) command: String,
    pub(crate) time_limit_ms: u64,
}

/// What the server answers.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Reply {
    /// The sandbox is up; the words say what landlock does.
    Ready { landlock: String },
    /// The sandbox cannot be had.
    Failed { missing: String, hint: String },
    /// The command ended; the fields are those of an observation.
    Done { output: String, exit_code: Option<i32>, timed_out: bool, elided_bytes: u64 },
}

/// A message as a frame.
pub(crate) fn frame(message: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; 4];
    serde_json::to_writer(&mut bytes, message)?;
    let length = u32::try_from(bytes.len() - 4).map_err(io::Error::other)?;
    bytes[..4].copy_from_slice(&length.to_le_bytes());
    Ok(bytes)
}

/// The length that a frame's first four bytes announce.
pub(crate) fn length(head: [u8; 4]) -> io::Result<usize> {
    match u32::from_le_bytes(head) {
        long if long > LONGEST => Err(io::Error::other("the frame is too long")),
        length => usize::try_from(length).map_err(io::Error::other),
    }
}

/// Writes a message and waits until it is gone.
pub(crate) fn send(stream: &mut impl Write, message: &impl Serialize) -> io::Result<()> {
    stream.write_all(&frame(message)?)
}

/// Waits for a message.
pub(crate) fn receive<T: DeserializeOwned>(stream: &mut impl Read) -> io::Result<T> {
    let mut head = [0; 4];
    stream.read_exact(&mut head)?;
    let mut body = vec![0; length(head)?];
    stream.read_exact(&mut body)?;
    Ok(serde_json::from_slice(&body)?)
}
