//! A conversation with a local model: turns messages into tokens, asks its worker, and turns tokens into
//! text.

use std::sync::{Arc, atomic::Ordering};

use tokio::sync::oneshot;
use turnwise_core::{BoxFuture, Conversation, Message, ModelError, Reply, Sampling, SessionSpec, Source};

use super::{Speech, WorkerHandle};
use crate::{
    sampler::Sampler,
    transcript::Transcript,
    worker::{Command, ConversationId, Generated, Request},
};

/// A conversation, bound to the worker that holds its cache.
pub(super) struct LocalConversation {
    id: ConversationId,
    worker: WorkerHandle,
    speech: Arc<Speech>,
    transcript: Transcript,
    sampling: Sampling,
    seed: u64,
    replies: u64,
}

impl LocalConversation {
    pub(super) fn new(
        id: ConversationId,
        worker: WorkerHandle,
        speech: Arc<Speech>,
        spec: &SessionSpec<'_>,
    ) -> Self {
        worker.load.fetch_add(1, Ordering::Relaxed);
        let mut sampling = spec.sampling.clone();
        sampling.max_tokens = sampling.max_tokens.min(speech.max_reply_tokens);
        Self { id, worker, speech, transcript: Transcript::default(), sampling, seed: spec.seed, replies: 0 }
    }

    async fn next_reply(&mut self) -> Result<Reply, ModelError> {
        let prompt = self.transcript.prompt(&self.speech.template, &self.speech.tokenizer);
        let prompt = prompt.map_err(|error| self.speech.failed(error))?.to_vec();
        let generated = self.generate(prompt).await?;
        let Generated { tokens, finish, usage, stats } = generated;
        let text = self.speech.tokenizer.decode(&tokens).map_err(|error| self.speech.failed(error))?;
        self.transcript.answer(&text, &tokens);
        self.replies += 1;
        Ok(Reply { text, tool_calls: Vec::new(), tokens, finish, usage, stats })
    }

    async fn generate(&self, prompt: Vec<u32>) -> Result<Generated, ModelError> {
        let (answer, generated) = oneshot::channel();
        let request = Request {
            conversation: self.id,
            prompt,
            sampler: Sampler::new(self.sampling.clone(), self.seed, self.replies),
            max_tokens: self.sampling.max_tokens,
            answer,
        };
        let gone = || ModelError::Gone { model: self.speech.model.clone() };
        self.worker.commands.send(Command::Reply(Box::new(request))).map_err(|_| gone())?;
        generated.await.map_err(|_| gone())?.map_err(|error| self.speech.failed(error))
    }
}

impl Speech {
    fn failed(&self, source: impl Into<Source>) -> ModelError {
        ModelError::Failed { model: self.model.clone(), source: source.into() }
    }
}

impl Conversation for LocalConversation {
    fn push(&mut self, message: Message) {
        self.transcript.push(message);
    }

    fn reply(&mut self) -> BoxFuture<'_, Result<Reply, ModelError>> {
        Box::pin(self.next_reply())
    }

    fn restore(&mut self, reply: &Reply) {
        let Reply { text, tokens, .. } = reply;
        let Speech { template, tokenizer, .. } = &*self.speech;
        // What fails here fails again, and is reported, when the next reply is asked for.
        let rendered = self.transcript.prompt(template, tokenizer).is_ok();
        match tokenizer.encode(text) {
            Ok(encoded) if rendered && tokens.is_empty() => self.transcript.answer(text, &encoded),
            _ => self.transcript.answer(text, tokens),
        }
        self.replies += 1;
    }
}

impl Drop for LocalConversation {
    fn drop(&mut self) {
        self.worker.load.fetch_sub(1, Ordering::Relaxed);
        // A worker that is gone has nothing left to forget.
        drop(self.worker.commands.send(Command::Close(self.id)));
    }
}
