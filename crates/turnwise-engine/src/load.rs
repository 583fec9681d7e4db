//! From a model specification to a model.

use std::{path::Path, sync::Arc};

use turnwise_core::Model;

use crate::{
    ApiKey, ArtifactBytes, GoldModel, Hub, HubSpec, LoadError, LocalModel, NopModel, RemoteModel,
    RemoteOptions, ScriptedModel, Unwatched, Watch,
};

/// The profile of models that only recite: a reply is some thinking and one shell command, or the word `submit`.
pub const PLAIN_PROFILE: &str = "pocket";

/// What caches may take unless told otherwise: 4 GiB.
pub const KV_MEMORY: usize = 4 << 30;

/// Weights of more bytes than this do not stay in a processor's own cache between two steps.
const LARGE: u64 = 48 << 20;

/// Where a local model computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceChoice {
    /// The first GPU that can be used, or else the processor.
    Auto,
    /// The engine's own kernels on the processor.
    Cpu,
    /// A CUDA device by its number; needs the feature `cuda`.
    Cuda(usize),
    /// The GPU of a Mac; needs the feature `metal`.
    Metal,
}

/// How local models run. None of it changes a reply on the processor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EngineOptions {
    /// Where they compute.
    pub device: DeviceChoice,
    /// Processors that compute. A small model gives each its own conversations; the weights of a large one are read
    /// once for all of them, and each operation is shared out.
    pub threads: usize,
    /// Conversations that are decoded together.
    pub max_batch: usize,
    /// Prompt tokens that are computed between two decoded tokens.
    pub prefill_chunk: usize,
    /// The most memory that the caches of conversations take, in bytes, as long as no single conversation needs
    /// more.
    pub kv_memory: usize,
}

impl EngineOptions {
    /// Every processor, 16 conversations together, prompts in pieces of 256 tokens.
    pub fn cpu() -> Self {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        Self { device: DeviceChoice::Cpu, threads, max_batch: 16, prefill_chunk: 256, kv_memory: KV_MEMORY }
    }

    /// How many workers there are for a model whose weights take so many bytes.
    pub(crate) fn workers(&self, weight_bytes: u64) -> usize {
        if weight_bytes > LARGE { 1 } else { self.threads.max(1) }
    }
}

/// What a local model is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The short name used in tables.
    pub name: String,
    /// The full specification as the user gave it.
    pub spec: String,
}

/// How models are dealt with that are not on this machine.
pub struct Away<'a> {
    /// An endpoint.
    pub remote: RemoteOptions,
    /// Sees how a download goes on.
    pub watch: &'a dyn Watch,
}

/// Loads the model that `spec` names: `gold`, `nop`, `scripted:FILE`, a directory in Hugging Face layout, a `.gguf`
/// file, `hf:ORG/NAME[@REV]`, `hf:ORG/NAME/FILE.gguf[@REV]` or `openai:BASE_URL#MODEL`.
///
/// # Errors
/// When the specification names nothing, or what it names cannot be loaded.
pub fn load(spec: &str, options: &EngineOptions) -> Result<Arc<dyn Model>, LoadError> {
    load_from(spec, options, &Away { remote: RemoteOptions::standard(), watch: &Unwatched })
}

/// As [`load`], with a say in what concerns models that are not on this machine.
///
/// # Errors
/// As [`load`].
pub fn load_from(spec: &str, options: &EngineOptions, away: &Away<'_>) -> Result<Arc<dyn Model>, LoadError> {
    if spec.starts_with("openai:") {
        return Ok(Arc::new(RemoteModel::connect(spec, ApiKey::from_env(), &away.remote)?));
    }
    if spec.starts_with("hf:") {
        let named = HubSpec::parse(spec)?;
        let path = Hub::from_env().fetch(&named, away.watch)?;
        let artifacts = match named.file {
            Some(_) => ArtifactBytes::from_gguf(&path)?,
            None => ArtifactBytes::from_dir(&path)?,
        };
        let named = Named { name: named.name().to_owned(), spec: spec.to_owned() };
        return Ok(Arc::new(LocalModel::new(named, &artifacts, options)?));
    }
    if let Some(file) = spec.strip_prefix("scripted:") {
        return Ok(Arc::new(ScriptedModel::from_file(Path::new(file))?));
    }
    match spec {
        "gold" => Ok(Arc::new(GoldModel::new())),
        "nop" => Ok(Arc::new(NopModel::new())),
        _ => {
            let path = Path::new(spec);
            let unknown = || LoadError::UnknownSpec { spec: spec.to_owned() };
            let artifacts = ArtifactBytes::at(path)?.ok_or_else(unknown)?;
            let named = Named { name: short_name(path), spec: spec.to_owned() };
            Ok(Arc::new(LocalModel::new(named, &artifacts, options)?))
        }
    }
}

/// A directory's last part, or a file's without its ending.
fn short_name(path: &Path) -> String {
    let last = if path.is_dir() { path.file_name() } else { path.file_stem() };
    last.unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}
