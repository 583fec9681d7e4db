//! Options that more than one command has, with one meaning everywhere.

use std::{path::PathBuf, time::Duration};

use clap::{Args, ValueEnum};
use turnwise_core::Ending;
use turnwise_engine::{DeviceChoice, EngineOptions, RemoteOptions};
use turnwise_env::SandboxKind;
use turnwise_policy::Caps;

/// Which database.
#[derive(Args, Clone, Debug)]
pub(crate) struct DbOption {
    /// The run database
    #[arg(long, env = "TURNWISE_DB", default_value = "turnwise.db", value_name = "FILE")]
    pub(crate) db: PathBuf,
}

/// Which model, and where it computes.
#[derive(Args, Clone, Debug)]
pub(crate) struct ModelOptions {
    /// The model: pocket, a directory in Hugging Face layout, FILE.gguf, hf:ORG/NAME[@REV], hf:ORG/NAME/FILE.gguf[@REV],
    /// openai:BASE_URL#MODEL, scripted:FILE, gold or nop
    #[arg(long, default_value = crate::model::SHIPPED, value_name = "SPEC")]
    pub(crate) model: String,
    /// Where it computes: auto (a GPU where there is one, but the shipped model always on the processor), cpu, cuda[:N] or metal
    #[arg(long, default_value = "auto", value_name = "DEVICE", value_parser = device)]
    pub(crate) device: DeviceChoice,
    /// How many processors compute; otherwise all of them
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    threads: Option<u16>,
    /// The most memory that the caches of conversations take: bytes, or as 512M or 4G
    #[arg(long, default_value = "4G", value_name = "SIZE", value_parser = size)]
    kv_memory: usize,
    /// How it is spoken to: a profile's name or file; otherwise the one that the model brings
    #[arg(long, value_name = "NAME|FILE")]
    pub(crate) profile: Option<String>,
    #[command(flatten)]
    remote: RemoteModelOptions,
}

/// How a model behind an endpoint is dealt with.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Models at openai:BASE_URL#MODEL")]
pub(crate) struct RemoteModelOptions {
    /// How long a reply may take with all its tries, in seconds
    #[arg(long, default_value_t = 600, value_name = "S", value_parser = clap::value_parser!(u64).range(1..))]
    reply_timeout: u64,
    /// How often a request that failed is made again
    #[arg(long, default_value_t = 5, value_name = "N")]
    request_retries: u32,
}

impl ModelOptions {
    /// How the engine is to run it, once it is decided where.
    pub(crate) fn engine(&self, device: DeviceChoice) -> EngineOptions {
        let standard = EngineOptions::cpu();
        let threads = self.threads.map_or(standard.threads, usize::from);
        EngineOptions { device, kv_memory: self.kv_memory, threads, ..standard }
    }

    /// How an endpoint is to be dealt with.
    pub(crate) fn remote(&self) -> RemoteOptions {
        RemoteOptions {
            reply_timeout: Duration::from_secs(self.remote.reply_timeout),
            retries: self.remote.request_retries,
            ..RemoteOptions::standard()
        }
    }
}

/// Which tasks, in this order: shuffle, filter, slice, limit.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Selection")]
pub(crate) struct SelectOptions {
    /// Put the tasks into a random order that the seed decides
    #[arg(long)]
    pub(crate) shuffle: bool,
    /// Only tasks whose id matches
    #[arg(long, value_name = "REGEX")]
    pub(crate) filter: Option<regex::Regex>,
    /// Only this slice, as in Python; negative numbers count from the end
    #[arg(long, value_name = "A:B", allow_hyphen_values = true, value_parser = slice)]
    pub(crate) slice: Option<Slice>,
    /// At most so many tasks
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<usize>,
    /// Only this task (repeatable)
    #[arg(short = 'i', long = "task", value_name = "ID")]
    pub(crate) tasks: Vec<String>,
}

/// Limits over every policy.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Limits (0 is off)")]
pub(crate) struct LimitOptions {
    /// No attempt has more turns
    #[arg(long, alias = "max-turns", value_name = "N", value_parser = amount)]
    turn_limit: Option<u64>,
    /// No attempt has more prompt and reply tokens; 500k is accepted
    #[arg(long, value_name = "N", value_parser = amount)]
    token_limit: Option<u64>,
    /// No attempt takes longer, in seconds
    #[arg(long, value_name = "S", value_parser = amount)]
    time_limit: Option<u64>,
    /// No attempt costs more, in the currency of the prices (see docs/remote.md); 0.50 is half a dollar
    #[arg(long, value_name = "AMOUNT", value_parser = money)]
    cost_limit: Option<f64>,
}

impl LimitOptions {
    /// As caps over policies.
    pub(crate) fn caps(&self) -> Caps {
        let on = |limit: Option<u64>| limit.filter(|limit| *limit > 0);
        Caps {
            turns: on(self.turn_limit).map(|turns| u32::try_from(turns).unwrap_or(u32::MAX)),
            tokens: on(self.token_limit),
            ms: on(self.time_limit).map(|seconds| seconds.saturating_mul(1000)),
            cost: self.cost_limit.filter(|amount| *amount > 0.0),
        }
    }
}

/// What a run is made of and how it is gone about; what `run` and `compare` share.
#[derive(Args, Clone, Debug)]
pub(crate) struct RunOptions {
    #[command(flatten)]
    pub(crate) db: DbOption,
    #[command(flatten)]
    pub(crate) model: ModelOptions,
    /// The first seed
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub(crate) seed: u64,
    /// How many seeds
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) seeds: u64,
    /// How many trials at once
    #[arg(short, long, default_value_t = 16, value_name = "N")]
    pub(crate) workers: usize,
    /// Change a setting: `fixed.budget.limit=12`, `limits.tokens=50k`, `sampling.temperature=0.7` (repeatable)
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub(crate) settings: Vec<String>,
    #[command(flatten)]
    pub(crate) select: SelectOptions,
    #[command(flatten)]
    pub(crate) limits: LimitOptions,
    #[command(flatten)]
    pub(crate) again: AgainOptions,
    /// Compute every reply, also those that the database knows already
    #[arg(long)]
    pub(crate) no_reply_cache: bool,
    /// Store the hidden states at the end of every reply, for `turnwise learn` (two bytes a number: 2 kB a turn with the pocket
    /// model, 28 kB with one of 7 billion parameters).
    #[arg(long)]
    pub(crate) keep_states: bool,
    /// Use learned policies although they were made for another model, profile or suite, with no guarantee
    #[arg(long)]
    pub(crate) allow_shift: bool,
    #[command(flatten)]
    pub(crate) place: PlaceOptions,
}

/// Where work is done, and where what it starts from comes from.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Environment")]
pub(crate) struct PlaceOptions {
    /// How actions are kept apart from the machine
    #[arg(long, value_enum, default_value = "namespaces", value_name = "KIND")]
    pub(crate) sandbox: PlaceOption,
    /// The container engine's socket [default: that of DOCKER_HOST, Docker or podman]
    #[arg(long, value_name = "SOCKET")]
    pub(crate) engine: Option<String>,
    /// The image of tasks that name none, or the folder of its root file system, with `{instance_id}`, or `{instance_id_1776}` as SWE-bench writes it
    #[arg(long, value_name = "TEMPLATE")]
    pub(crate) image: Option<String>,
    /// Pull no image: one that is not there is the failure of its trials
    #[arg(long)]
    pub(crate) no_pull: bool,
    /// A folder of clones of the repositories that tasks name: `DIR/owner/name.git` or `DIR/owner__name` (repeatable)
    #[arg(long, value_name = "DIR")]
    pub(crate) mirror: Vec<PathBuf>,
    /// Fetch no repository: what is in no clone and not in the cache is an error
    #[arg(long)]
    pub(crate) offline: bool,
    /// Keep what the hidden tests print: `DIR/TASK.TRIAL.GRADING.log`, of containers `DIR/TASK.GRADING.log`
    #[arg(long, value_name = "DIR")]
    pub(crate) logs: Option<PathBuf>,
    /// Where fetched repositories and Python environments are kept [default: the user's cache folder, for root /var/cache/turnwise]
    #[arg(long, env = "TURNWISE_CACHE", value_name = "DIR", hide_env_values = true)]
    pub(crate) cache: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) web: WebOptions,
}

/// What becomes of pages from outside.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Pages of tasks on the web")]
pub(crate) struct WebOptions {
    /// Keep every response from outside in a HAR file
    #[arg(long, value_name = "FILE")]
    pub(crate) record_web: Option<PathBuf>,
    /// Answer from such a file, without the network
    #[arg(long, value_name = "FILE", conflicts_with = "record_web")]
    pub(crate) replay_web: Option<PathBuf>,
    /// Keep a picture of the page after each command in Chromium: `DIR/TASK.TRIAL/001.png`
    #[arg(long, value_name = "DIR")]
    pub(crate) screenshots: Option<PathBuf>,
}

/// Where work is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PlaceOption {
    /// On this machine: namespaces, seccomp, landlock and resource limits
    Namespaces,
    /// In containers of the task's image, by Docker or podman
    Container,
    /// In containers without an engine: images are folders with unpacked root file systems
    Rootfs,
    /// No protection: actions can do what you can do
    None,
}

/// What becomes of trials that are in the database already.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Again")]
pub(crate) struct AgainOptions {
    /// Run finished trials again
    #[arg(long)]
    pub(crate) redo_existing: bool,
    /// Run trials again from their beginning that ended so (repeatable)
    #[arg(long, value_name = "ENDING")]
    pub(crate) retry: Vec<Ending>,
    /// Say what would be run, and run nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// The kinds of sandbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SandboxOption {
    /// Namespaces, seccomp, landlock and resource limits
    Namespaces,
    /// No protection: actions can do what you can do
    None,
}

impl From<SandboxOption> for SandboxKind {
    fn from(option: SandboxOption) -> Self {
        match option {
            SandboxOption::Namespaces => Self::Namespaces,
            SandboxOption::None => Self::None,
        }
    }
}

/// A slice as in Python.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slice {
    begin: Option<i64>,
    end: Option<i64>,
}

impl Slice {
    /// What of `len` things it is: where it begins and how many.
    pub(crate) fn of(self, len: usize) -> std::ops::Range<usize> {
        let at = |index: i64| match usize::try_from(index) {
            Ok(index) => index.min(len),
            Err(_) => len.saturating_sub(usize::try_from(index.unsigned_abs()).unwrap_or(usize::MAX)),
        };
        let begin = self.begin.map_or(0, at);
        begin..self.end.map_or(len, at).max(begin)
    }
}

fn slice(text: &str) -> Result<Slice, String> {
    let number = |part: &str| match part.trim() {
        "" => Ok(None),
        digits => digits.parse().map(Some).map_err(|_| format!("`{digits}` is not a whole number")),
    };
    let (begin, end) = text.split_once(':').ok_or("write A:B, as in `0:5` or `-10:`")?;
    Ok(Slice { begin: number(begin)?, end: number(end)? })
}

fn amount(text: &str) -> Result<u64, String> {
    let (digits, unit) = match text.char_indices().last() {
        Some((at, 'k' | 'K')) => (&text[..at], 1_000),
        Some((at, 'm' | 'M')) => (&text[..at], 1_000_000),
        _ => (text, 1),
    };
    let number: u64 = digits.parse().map_err(|_| "write a whole number, `500k` or `1m`".to_owned())?;
    number.checked_mul(unit).ok_or_else(|| "the number is too large".to_owned())
}

fn money(text: &str) -> Result<f64, String> {
    let amount = text.parse().ok().filter(|amount: &f64| amount.is_finite() && *amount >= 0.0);
    amount.ok_or_else(|| "write an amount such as `0.50`".to_owned())
}

/// Bytes: a number, or one with a unit of 1024, 1024² or 1024³.
fn size(text: &str) -> Result<usize, String> {
    let (digits, unit) = match text.char_indices().last() {
        Some((at, 'k' | 'K')) => (&text[..at], 1 << 10),
        Some((at, 'm' | 'M')) => (&text[..at], 1 << 20),
        Some((at, 'g' | 'G')) => (&text[..at], 1 << 30),
        _ => (text, 1),
    };
    let number: usize =
        digits.parse().map_err(|_| "write a whole number of bytes, `512M` or `4G`".to_owned())?;
    number.checked_mul(unit).ok_or_else(|| "the number is too large".to_owned())
}

fn device(text: &str) -> Result<DeviceChoice, String> {
    match text.split_once(':') {
        None if text == "auto" => Ok(DeviceChoice::Auto),
        None if text == "cpu" => Ok(DeviceChoice::Cpu),
        None if text == "metal" => Ok(DeviceChoice::Metal),
        None if text == "cuda" => Ok(DeviceChoice::Cuda(0)),
        Some(("cuda", number)) => {
            number.parse().map(DeviceChoice::Cuda).map_err(|_| format!("`{number}` is no device number"))
        }
        _ => Err("write `auto`, `cpu`, `cuda`, `cuda:N` or `metal`".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_are_those_of_python() {
        let of = |text: &str| slice(text).unwrap().of(10);
        assert_eq!([of("0:5"), of(":3"), of("-3:"), of("8:20")], [0..5, 0..3, 7..10, 8..10]);
        assert_eq!([of("5:2"), of("-20:2"), of(":-4")], [5..5, 0..2, 0..6]);
        assert!(slice("5").is_err() && slice("a:b").is_err());
    }

    #[test]
    fn sizes_have_units() {
        assert_eq!((size("512M"), size("2g"), size("7")), (Ok(512 << 20), Ok(2 << 30), Ok(7)));
        assert_eq!(size("4G"), Ok(turnwise_engine::KV_MEMORY));
        assert!(size("G").is_err() && size("1.5G").is_err() && size("99999999999G").is_err());
    }

    #[test]
    fn devices_are_named() {
        assert_eq!([device("auto"), device("cpu"), device("metal")].map(Result::unwrap), {
            [DeviceChoice::Auto, DeviceChoice::Cpu, DeviceChoice::Metal]
        });
        assert_eq!(
            (device("cuda"), device("cuda:3")),
            (Ok(DeviceChoice::Cuda(0)), Ok(DeviceChoice::Cuda(3)))
        );
        assert!(device("cuda:x").is_err() && device("gpu").is_err() && device("cpu:0").is_err());
    }

    #[test]
    fn amounts_have_units() {
        assert_eq!((amount("500k"), amount("2M"), amount("7")), (Ok(500_000), Ok(2_000_000), Ok(7)));
        assert!(amount("k").is_err() && amount("-1").is_err() && amount("99999999999999m").is_err());
        assert_eq!((money("0.50"), money("2")), (Ok(0.5), Ok(2.0)));
        assert!(money("-1").is_err() && money("inf").is_err() && money("$1").is_err());
    }
}
