//! A model that runs inside the process: a checkpoint, its workers, and its conversations.

mod conversation;

use std::sync::{
    Arc,
    atomic::{AtomicU64, AtomicUsize, Ordering},
    mpsc::Sender,
};

use serde::Deserialize;
use turnwise_core::{Conversation, Model, ModelError, ModelInfo, SessionSpec};

use self::conversation::{LocalConversation, Place};
use crate::{
    ArtifactBytes, ChatTemplate, Decoder, EngineOptions, LoadError, Named, Tokenizer,
    backend::{Backend, Cpu},
    cache::{Branches, CacheCounters, Shelf},
    device::{DecoderTask, with_decoder},
    worker::{self, Command},
};

/// Conversations that a GPU decodes together, at least.
const GPU_BATCH: usize = 64;

/// The file in a checkpoint that says how it is spoken to, where the shipped profiles do not suit it.
const OWN_PROFILE: &str = "profile.toml";

/// A model that runs inside the process. Its threads end when it and its conversations are gone.
pub struct LocalModel {
    info: ModelInfo,
    own_profile: Option<String>,
    speech: Arc<Speech>,
    workers: Vec<WorkerHandle>,
    caches: Arc<dyn Branches>,
    next_conversation: Arc<AtomicU64>,
}

/// What conversations share: how messages become tokens and tokens text.
struct Speech {
    model: String,
    tokenizer: Arc<Tokenizer>,
    template: ChatTemplate,
    max_reply_tokens: usize,
    /// Layers that can be watched.
    layers: usize,
    /// Tokens that there are.
    vocab_size: usize,
}

#[derive(Clone)]
struct WorkerHandle {
    commands: Sender<Command>,
    /// How many conversations it holds; only ever a hint of where the next one goes.
    load: Arc<AtomicUsize>,
}

/// `turnwise.json`: what a checkpoint says about itself to this harness.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Manners {
    profile: Option<String>,
    max_reply_tokens: Option<usize>,
}

impl LocalModel {
    /// Loads a checkpoint and starts its workers.
    ///
    /// # Errors
    /// When a file is not what it should be, the parts do not fit together, or the device fails.
    pub fn new(named: Named, artifacts: &ArtifactBytes, options: &EngineOptions) -> Result<Self, LoadError> {
        let manners: Manners = match &artifacts.turnwise {
            Some(bytes) => serde_json::from_slice(bytes)
                .map_err(|source| LoadError::Json { file: "turnwise.json".into(), source })?,
            None => Manners::default(),
        };
        let tokenizer = Arc::new(Tokenizer::load(artifacts)?);
        let template = ChatTemplate::load(artifacts, tokenizer.special().clone())?;
        let workers = options.workers(artifacts.weight_bytes());
        let threads = (options.threads / workers).max(1);
        let start = Start { tokenizer: &tokenizer, options, workers };
        let (started, device) = with_decoder(options.device, artifacts, threads, start)?;
        let info = ModelInfo {
            name: named.name.clone(),
            spec: named.spec,
            hash: artifacts.hash(),
            device,
            context: Some(started.context),
            profile: manners.profile.unwrap_or_else(|| default_profile(artifacts, &template)),
        };
        let max_reply_tokens = manners.max_reply_tokens.unwrap_or(usize::MAX);
        let speech = Arc::new(Speech {
            model: named.name,
            tokenizer,
            template,
            max_reply_tokens,
            layers: started.layers,
            vocab_size: started.vocab_size,
        });
        let own_profile = artifacts.profile.as_ref().filter(|_| info.profile == OWN_PROFILE);
        let own_profile = own_profile.map(|bytes| String::from_utf8_lossy(bytes).into_owned());
        let Started { workers, caches, .. } = started;
        Ok(Self { info, own_profile, speech, workers, caches, next_conversation: Arc::default() })
    }

    /// What its caches have saved so far.
    pub fn cache_counters(&self) -> CacheCounters {
        self.caches.counters()
    }
}

/// The name of the profile of a checkpoint that names none: its own file if it brings one, or else what its chat
/// template is made for.
fn default_profile(artifacts: &ArtifactBytes, template: &ChatTemplate) -> String {
    match (&artifacts.profile, template.knows_tools()) {
        (Some(_), _) => OWN_PROFILE,
        (None, true) => "mini-tool",
        (None, false) => "mini-text",
    }
    .to_owned()
}

struct Started {
    workers: Vec<WorkerHandle>,
    caches: Arc<dyn Branches>,
    layers: usize,
    vocab_size: usize,
    context: usize,
}

/// Starts workers on a decoder.
struct Start<'a> {
    tokenizer: &'a Arc<Tokenizer>,
    options: &'a EngineOptions,
    /// How many, on the processor.
    workers: usize,
}

impl DecoderTask for Start<'_> {
    type Outcome = (Started, String);
    type Error = LoadError;

    fn on_processor(self, decoder: Decoder<Cpu>) -> Result<(Started, String), LoadError> {
        Ok((start(decoder, self.tokenizer, self.options, self.workers)?, "cpu".to_owned()))
    }

    fn on_gpu<B: Backend>(self, decoder: Decoder<B>, device: String) -> Result<(Started, String), LoadError> {
        // One worker keeps a GPU busy; more would only take turns. It can decode more conversations at once.
        let options =
            EngineOptions { max_batch: self.options.max_batch.max(GPU_BATCH), ..self.options.clone() };
        Ok((start(decoder, self.tokenizer, &options, 1)?, device))
    }
}

fn start<B: Backend>(
    decoder: Decoder<B>,
    tokenizer: &Arc<Tokenizer>,
    options: &EngineOptions,
    workers: usize,
) -> Result<Started, LoadError> {
    let vocab_size = decoder.config().vocab_size;
    if tokenizer.size() > vocab_size {
        return Err(LoadError::Vocabulary { tokens: tokenizer.size(), vocab_size });
    }
    let (context, layers) = (decoder.config().max_position_embeddings, decoder.config().num_hidden_layers);
    let decoder = Arc::new(decoder);
    let shelf = Arc::new(Shelf::new(decoder.cache(), decoder.gauge().clone(), options.kv_memory));
    let start_one = |_| {
        let commands =
            worker::spawn(Arc::clone(&decoder), Arc::clone(tokenizer), Arc::clone(&shelf), options)
                .map_err(|source| LoadError::Worker { source })?;
        Ok(WorkerHandle { commands, load: Arc::default() })
    };
    let workers = (0..workers).map(start_one).collect::<Result<_, LoadError>>()?;
    Ok(Started { workers, caches: shelf, layers, vocab_size, context })
}

impl Model for LocalModel {
    fn info(&self) -> &ModelInfo {
        &self.info
    }

    fn own_profile(&self) -> Option<&str> {
        self.own_profile.as_deref()
    }

    fn layers(&self) -> Option<usize> {
        Some(self.speech.layers)
    }

    fn open(&self, spec: SessionSpec<'_>) -> Result<Box<dyn Conversation>, ModelError> {
        let least = self.workers.iter().min_by_key(|worker| worker.load.load(Ordering::Relaxed));
        let worker = least.ok_or_else(|| ModelError::Gone { model: self.info.name.clone() })?.clone();
        let place =
            Place { worker, caches: Arc::clone(&self.caches), ids: Arc::clone(&self.next_conversation) };
        Ok(Box::new(LocalConversation::new(place, Arc::clone(&self.speech), &spec)))
    }
}

#[cfg(test)]
mod cache_tests;
#[cfg(test)]
mod rebuild_tests;
#[cfg(test)]
mod recite_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod watch_tests;
