//! What a sandbox is made with.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// How commands are kept apart from the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SandboxKind {
    /// Namespaces, a file system of their own, seccomp, landlock and resource limits.
    Namespaces,
    /// A clean environment, resource limits and the killing of process groups; nothing is hidden.
    None,
}

impl SandboxKind {
    /// The kind's name on the command line and in records.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Namespaces => "namespaces",
            Self::None => "none",
        }
    }
}

/// What a command may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Address space of each process, in bytes.
    pub memory_bytes: u64,
    /// Processes and threads at the same time in one sandbox.
    pub processes: u64,
    /// The largest file, in bytes.
    pub file_bytes: u64,
    /// Open files of each process.
    pub open_files: u64,
    /// Processor time of each process, in seconds.
    pub cpu_s: u64,
    /// What `/tmp` holds, in bytes.
    pub tmp_bytes: u64,
    /// Output that is kept of each command, in bytes: half from its beginning, half from its end.
    pub output_bytes: usize,
    /// Output after which a command is killed, in bytes.
    pub flood_bytes: u64,
    /// Wall time of each command, in milliseconds.
    pub action_ms: u64,
    /// Wall time of the hidden tests, in milliseconds.
    pub tests_ms: u64,
}

impl Limits {
    /// Limits that suit small programs: 1 GiB, 128 processes, 30 s a command.
    pub const fn standard() -> Self {
        Self {
            memory_bytes: 1 << 30,
            processes: 128,
            file_bytes: 256 << 20,
            open_files: 1024,
            cpu_s: 120,
            tmp_bytes: 256 << 20,
            output_bytes: 16 << 10,
            flood_bytes: 256 << 20,
            action_ms: 30_000,
            tests_ms: 60_000,
        }
    }

    /// Limits that suit real repositories and their tests: 8 GiB, 512 processes, a minute a command (as mini-swe-agent gives
    /// it), half an hour for the tests (as SWE-bench's harness does).
    pub const fn repositories() -> Self {
        Self {
            memory_bytes: 8 << 30,
            processes: 512,
            file_bytes: 1 << 30,
            cpu_s: 3600,
            tmp_bytes: 1 << 30,
            action_ms: 60_000,
            tests_ms: 1_800_000,
            ..Self::standard()
        }
    }

    /// Limits that suit a browser that serves many trials. It reserves terabytes of addresses that it never touches and lives
    /// for hours, so neither address space nor processor time is limited; what a page may use is the browser's own to limit.
    pub const fn browser() -> Self {
        Self {
            memory_bytes: u64::MAX,
            processes: 4096,
            file_bytes: 1 << 30,
            open_files: 8192,
            cpu_s: u64::MAX,
            tmp_bytes: 1 << 30,
            flood_bytes: u64::MAX,
            ..Self::standard()
        }
    }
}

/// What a sandbox is made with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SandboxConfig {
    /// The executable that calls [`crate::serve_if_asked`] first thing: for the command, itself.
    pub launcher: PathBuf,
    /// How commands are kept apart from the machine.
    pub kind: SandboxKind,
    /// What they may use.
    pub limits: Limits,
    /// Folders of the machine, beside `/usr`, that commands may read, under the same paths.
    pub read_only: Vec<PathBuf>,
}
