//! What a [`ContainerProvider`](super::ContainerProvider) is made with.

use std::path::PathBuf;

/// Whether images that are not on this machine are fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pull {
    /// An image that is missing is pulled, once for all its trials.
    Missing,
    /// Nothing is fetched; a missing image is the failure of its trials.
    Never,
}

/// What a trial's container may use.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ContainerLimits {
    /// Memory of the whole container, in bytes.
    pub memory_bytes: u64,
    /// Processes and threads at the same time.
    pub processes: u64,
    /// Processors, where 1.5 is one and a half; `None` for all.
    pub processors: Option<f64>,
    /// Output that is kept of each command, in bytes: half from its beginning, half from its end.
    pub output_bytes: usize,
    /// Output after which a command loses its output pipe, in bytes.
    pub flood_bytes: u64,
    /// Wall time of each command, in milliseconds.
    pub action_ms: u64,
    /// Wall time of the hidden tests, in milliseconds.
    pub tests_ms: u64,
    /// Wall time of the making of a container, in milliseconds; it includes looking at the whole work tree.
    pub setup_ms: u64,
    /// Wall time of a pull, in milliseconds.
    pub pull_ms: u64,
}

impl ContainerLimits {
    /// Limits that suit the repositories of SWE-bench: 8 GiB, 1024 processes, 60 s a command, half an hour for the
    /// tests.
    pub const fn standard() -> Self {
        Self {
            memory_bytes: 8 << 30,
            processes: 1024,
            processors: None,
            output_bytes: 16 << 10,
            flood_bytes: 64 << 20,
            action_ms: 60_000,
            tests_ms: 1_800_000,
            setup_ms: 300_000,
            pull_ms: 3_600_000,
        }
    }
}

/// Who makes the containers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// An engine, at this socket, a path or `unix://` address; `None` looks at `DOCKER_HOST` and the usual places.
    Engine(Option<String>),
    /// The harness itself, of unpacked root file systems; images are their folders.
    Roots(RootsConfig),
}

/// What containers of root file systems are made with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RootsConfig {
    /// The executable that calls [`crate::serve_if_asked`] first thing: for the command, itself.
    pub launcher: PathBuf,
    /// Where what is written in them is kept meanwhile; `None` for the machine's folder of temporary files. An overlay needs a file system
    /// that can hold its upper layer: ext4, XFS, Btrfs or a tmpfs can.
    pub temp: Option<PathBuf>,
}

/// What a [`ContainerProvider`](super::ContainerProvider) is made with.
#[derive(Clone, Debug, PartialEq)]
pub struct ContainerConfig {
    /// Who makes the containers.
    pub source: Source,
    /// The image of a task that names none: `{instance_id}` stands for the task's id, `{instance_id_1776}` for the
    /// same with `_1776_` for `__` and in lower case, as SWE-bench names its images.
    pub image: String,
    /// Whether images are pulled.
    pub pull: Pull,
    /// The engine's network that containers join; `None` leaves them only their own loopback.
    pub network: Option<String>,
    /// The work tree's folder in the image.
    pub workdir: String,
    /// Variables of each command, beside the image's.
    pub variables: Vec<(String, String)>,
    /// Packs of a repository up to this size are rewritten without what the task must not see, in KiB; larger ones
    /// keep such objects, though no name leads to them.
    pub repack_kib: u64,
    /// Where what the hidden tests print is kept; `None` for nowhere.
    pub logs: Option<PathBuf>,
    /// What a container may use.
    pub limits: ContainerLimits,
}

impl ContainerConfig {
    /// What SWE-bench's images need, with the variables that mini-swe-agent sets in them.
    pub fn standard() -> Self {
        let variables = VARIABLES.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Self {
            source: Source::Engine(None),
            image: "docker.io/swebench/sweb.eval.x86_64.{instance_id_1776}:latest".to_owned(),
            pull: Pull::Missing,
            network: None,
            workdir: "/testbed".to_owned(),
            variables: variables.collect(),
            repack_kib: 32 << 10,
            logs: None,
            limits: ContainerLimits::standard(),
        }
    }
}

const VARIABLES: [(&str, &str); 6] = [
    ("PAGER", "cat"),
    ("MANPAGER", "cat"),
    ("LESS", "-R"),
    ("PIP_PROGRESS_BAR", "off"),
    ("TQDM_DISABLE", "1"),
    // Non-interactive shells read it: it is where the images activate their environment.
    ("BASH_ENV", "/root/.bashrc"),
];
