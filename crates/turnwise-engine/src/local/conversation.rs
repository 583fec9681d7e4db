//! A conversation with a local model: turns messages into tokens, asks its worker, and turns tokens into
//! text.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use tokio::sync::oneshot;
use turnwise_core::{
    BoxFuture, Conversation, Message, ModelError, Recital, Reply, Role, Said, Sampling, SessionSpec,
    SharedWatcher, Source, ToolCall, Usage,
};

use super::{Speech, WorkerHandle};
use crate::{
    cache::Branches,
    sampler::Sampler,
    tool_calls,
    transcript::{Transcript, TranscriptError, Written},
    worker::{Command, ConversationId, Generated, Request, Watched},
};

/// Where a conversation takes place: its worker, the caches of the model, and the next free number.
#[derive(Clone)]
pub(super) struct Place {
    pub(super) worker: WorkerHandle,
    pub(super) caches: Arc<dyn Branches>,
    pub(super) ids: Arc<AtomicU64>,
}

impl Place {
    fn next_id(&self) -> ConversationId {
        self.ids.fetch_add(1, Ordering::Relaxed)
    }
}

/// A conversation, bound to a worker.
pub(super) struct LocalConversation {
    id: ConversationId,
    place: Place,
    speech: Arc<Speech>,
    transcript: Transcript,
    /// Whether the model may call tools.
    has_tools: bool,
    stop: Arc<[String]>,
    sampling: Sampling,
    seed: u64,
    replies: u64,
    watched: Option<Watched>,
    /// The next reply, where it is recited.
    recital: Option<Arc<[u32]>>,
    /// What the next reply begins with.
    beginning: Vec<u32>,
}

impl LocalConversation {
    pub(super) fn new(place: Place, speech: Arc<Speech>, spec: &SessionSpec<'_>) -> Self {
        place.worker.load.fetch_add(1, Ordering::Relaxed);
        let id = place.next_id();
        let mut sampling = spec.sampling.clone();
        sampling.max_tokens = sampling.max_tokens.min(speech.max_reply_tokens);
        let (transcript, has_tools) = (Transcript::new(spec.style.clone()), !spec.style.tools.is_empty());
        let (stop, seed, replies) = (spec.style.stop.clone().into(), spec.seed, 0);
        Self {
            id,
            place,
            speech,
            transcript,
            has_tools,
            stop,
            sampling,
            seed,
            replies,
            watched: None,
            recital: None,
            beginning: Vec::new(),
        }
    }

    async fn next_reply(&mut self) -> Result<Reply, ModelError> {
        let prompt = self.transcript.prompt(&self.speech.template, &self.speech.tokenizer);
        let prompt = prompt.map_err(|error| self.speech.unrendered(error))?.to_vec();
        let Generated { tokens, finish, usage, stats } = self.generate(prompt).await?;
        let text = self.speech.tokenizer.decode(&tokens).map_err(|error| self.speech.failed(error))?;
        let tool_calls = self.answer(&text, &tokens, usage);
        let (measured, states) = self.watched.as_ref().map(Watched::measured).unwrap_or_default();
        Ok(Reply { tool_calls, tokens, finish, usage, stats, measured, states, ..Reply::saying(text) })
    }

    /// Adds a reply to the transcript; gives the calls in it.
    fn answer(&mut self, text: &str, tokens: &[u32], usage: Usage) -> Vec<ToolCall> {
        self.replies += 1;
        let (said, calls) = match self.has_tools {
            true => tool_calls::in_text(text, self.replies),
            false => (text, Vec::new()),
        };
        // The token that ends a turn is written, and is no part of the reply.
        let ended = usage.decode_tokens > tokens.len() as u64;
        self.transcript.answer(Written { text, tokens, calls: &calls, said, ended });
        calls
    }

    /// Adds a reply that was given before, under the ids that its calls had then.
    fn recall(&mut self, reply: &Reply) {
        let Reply { text, tokens, tool_calls: calls, .. } = reply;
        let Speech { template, tokenizer, .. } = &*self.speech;
        // What fails here fails again, and is reported, when the next reply is asked for.
        drop(self.transcript.prompt(template, tokenizer));
        let encoded = if tokens.is_empty() { tokenizer.encode(text).ok() } else { None };
        let tokens = encoded.as_ref().unwrap_or(tokens);
        let said = if self.has_tools { tool_calls::in_text(text, self.replies).0 } else { text };
        self.transcript.recall(Written { text, tokens, calls, said, ended: true });
    }

    async fn generate(&mut self, prompt: Vec<u32>) -> Result<Generated, ModelError> {
        let (answer, generated) = oneshot::channel();
        let request = Request {
            conversation: self.id,
            prompt,
            own: self.transcript.computed(),
            sampler: Sampler::new(self.sampling.clone(), self.seed, self.replies),
            recital: self.recital.take(),
            beginning: std::mem::take(&mut self.beginning),
            max_tokens: self.sampling.max_tokens,
            stop: Arc::clone(&self.stop),
            watched: self.watched.clone(),
            answer,
        };
        let gone = || ModelError::Gone { model: self.speech.model.clone() };
        self.place.worker.commands.send(Command::Reply(Box::new(request))).map_err(|_| gone())?;
        generated.await.map_err(|_| gone())?.map_err(|error| self.speech.failed(error))
    }
}

impl Speech {
    /// Whether there are all of these tokens.
    fn has_all(&self, tokens: &[u32]) -> bool {
        tokens.iter().all(|token| (*token as usize) < self.vocab_size)
    }

    fn failed(&self, source: impl Into<Source>) -> ModelError {
        ModelError::Failed { model: self.model.clone(), source: source.into() }
    }

    /// The failure of whichever part it was, so that callers can tell which.
    fn unrendered(&self, error: TranscriptError) -> ModelError {
        match error {
            TranscriptError::Chat(error) => self.failed(error),
            TranscriptError::Tokenize(error) => self.failed(error),
        }
    }
}

impl Conversation for LocalConversation {
    fn push(&mut self, message: Message) {
        self.replies += u64::from(message.role == Role::Assistant);
        self.transcript.push(message);
    }

    fn reply(&mut self) -> BoxFuture<'_, Result<Reply, ModelError>> {
        Box::pin(self.next_reply())
    }

    fn restore(&mut self, reply: &Reply) {
        let Reply { text, tokens, usage, .. } = reply;
        let Speech { template, tokenizer, .. } = &*self.speech;
        // What fails here fails again, and is reported, when the next reply is asked for.
        let rendered = self.transcript.prompt(template, tokenizer).is_ok();
        match tokenizer.encode(text) {
            Ok(encoded) if rendered && tokens.is_empty() => self.answer(text, &encoded, *usage),
            _ => self.answer(text, tokens, *usage),
        };
    }

    fn rebuild(&mut self, said: &[Said]) {
        self.transcript.clear();
        for said in said {
            match said {
                Said::Told(message) => self.transcript.push(message.clone()),
                Said::Replied(reply) => self.recall(reply),
            }
        }
    }

    fn watch(&mut self, watcher: Option<SharedWatcher>) -> bool {
        let watched = watcher.map(Watched::by);
        let can = |watched: &Watched| watched.layers.iter().all(|layer| *layer < self.speech.layers);
        let can = watched.as_ref().is_none_or(can);
        self.watched = watched.filter(|_| can);
        can
    }

    fn recite(&mut self, recital: Recital<'_>) -> bool {
        let end = match recital {
            Recital::Part(_) => None,
            Recital::Turn(_) => self.speech.tokenizer.end(),
        };
        let can = self.speech.has_all(recital.tokens());
        if can {
            self.recital = Some(recital.tokens().iter().copied().chain(end).collect());
        }
        can
    }

    fn begin_with(&mut self, tokens: &[u32], text: &str) -> bool {
        match self.speech.tokenizer.encode(text) {
            Ok(written) if self.speech.has_all(tokens) => {
                self.beginning = [tokens, &written].concat();
                true
            }
            Ok(_) | Err(_) => false,
        }
    }

    fn fork(&self, seed: u64) -> Option<Box<dyn Conversation>> {
        let place = self.place.clone();
        let id = place.next_id();
        place.worker.load.fetch_add(1, Ordering::Relaxed);
        place.caches.fork(self.id, id);
        Some(Box::new(Self {
            id,
            place,
            speech: Arc::clone(&self.speech),
            transcript: self.transcript.clone(),
            has_tools: self.has_tools,
            stop: Arc::clone(&self.stop),
            sampling: self.sampling.clone(),
            seed,
            replies: self.replies,
            watched: None,
            recital: None,
            beginning: Vec::new(),
        }))
    }
}

impl Drop for LocalConversation {
    fn drop(&mut self) {
        self.place.worker.load.fetch_sub(1, Ordering::Relaxed);
        // A worker that is gone has nothing left to forget.
        drop(self.place.worker.commands.send(Command::Close(self.id)));
    }
}
