//! One reply being computed: where it stands, and what it may do in the next step. Pure but for its cache.

use std::sync::Arc;

use turnwise_core::{Finish, Outlook, Seen, Usage};

use super::{
    Answer, ConversationId, Generated, Request,
    spelling::Spelling,
    watched::{Watched, distribution, likeliest},
};
use crate::{
    Tokenizer,
    backend::{Cache, Span, Want},
    cache::{Claim, Held, PromptCounts, Start},
    sampler::{Drawn, Sampler},
};

/// One reply being computed.
pub(super) struct Run<C> {
    conversation: ConversationId,
    cache: C,
    /// The prompt and the reply so far. The cache stands for a first part of it.
    tokens: Vec<u32>,
    prompt: usize,
    /// Prompt tokens that this conversation had computed before.
    own: usize,
    /// Prompt tokens that were cached when the run began.
    cached: usize,
    /// Of these, kept by this conversation itself.
    reused: usize,
    /// Tells others to wait for this prompt, until it is computed.
    claim: Option<Claim>,
    sampler: Sampler,
    /// The whole reply, where it is recited; it stands in `tokens` as soon as the prompt has been read.
    recital: Option<Arc<[u32]>>,
    max_tokens: usize,
    stop: Arc<[String]>,
    /// Whether the last token is one that ends a turn, and no part of the reply.
    has_end: bool,
    watched: Option<Watched>,
    /// How much of its text the watcher has seen.
    spelling: Spelling,
    /// Whether the watcher has ended the reply.
    is_stopped: bool,
    /// Tokens of the reply that the watcher wrote.
    dictated: usize,
    answer: Answer,
}

impl<C: Cache> Run<C> {
    /// Begins with a cache for a first part of the prompt. What is recited ends where the context does.
    pub(super) fn new(request: Request, start: Start<C>, context: usize) -> Self {
        let Request { conversation, prompt, own, sampler, recital, beginning, stop, watched, answer, .. } =
            request;
        let (mut tokens, dictated) = (prompt, beginning.len());
        let room = context.saturating_sub(tokens.len());
        let recital: Option<Arc<[u32]>> = recital.map(|recital| recital.iter().copied().take(room).collect());
        let max_tokens = recital.as_ref().map_or(request.max_tokens, |recital| recital.len());
        let Start { cache, reused, claim } = start;
        let (prompt, cached) = (tokens.len(), cache.len());
        tokens.extend(beginning);
        // The last token's logits are always needed.
        let own = own.min(prompt.saturating_sub(1));
        Self {
            conversation,
            cache,
            tokens,
            prompt,
            own,
            cached,
            reused,
            claim,
            sampler,
            recital,
            max_tokens,
            stop,
            has_end: false,
            watched,
            spelling: Spelling::default(),
            is_stopped: false,
            dictated,
            answer,
        }
    }

    /// The cache and the prompt, once, as soon as the prompt is computed and others may be waiting for it.
    pub(super) fn offer(&mut self) -> Option<(&C, &[u32])> {
        if self.cache.len() < self.prompt {
            return None;
        }
        self.claim.take().map(|_| (&self.cache, &self.tokens[..self.prompt]))
    }

    /// Where the tokens of the prompt came from, as far as it has been read.
    pub(super) fn counts(&self) -> PromptCounts {
        let computed = self.cache.len().min(self.prompt) - self.cached;
        PromptCounts { computed, reused: self.reused, shared: self.cached - self.reused }
    }

    pub(super) fn conversation(&self) -> ConversationId {
        self.conversation
    }

    pub(super) fn is_abandoned(&self) -> bool {
        self.answer.is_closed()
    }

    /// Why no token can be written at all, if none can.
    pub(super) fn finish_before_start(&self, context: usize) -> Option<Finish> {
        match (self.tokens.len() >= context, self.max_tokens == 0 || self.prompt == 0) {
            (true, _) => Some(Finish::ContextFull),
            (false, true) => Some(Finish::Length),
            (false, false) => None,
        }
    }

    /// How many tokens the next step takes: the one written last, or as much of the prompt as the budget
    /// allows.
    pub(super) fn next_size(&self, budget: &mut usize) -> usize {
        let mut pending = self.tokens.len() - self.cache.len();
        match (self.sampler.drawn() > 0, self.is_recited()) {
            (true, false) => return pending,
            // Nothing follows the last token.
            (true, true) => pending -= 1,
            (false, _) => {}
        }
        let size = pending.min(*budget);
        *budget -= size;
        size
    }

    /// The next tokens for the decoder.
    pub(super) fn span(&mut self, size: usize) -> Span<'_, C> {
        let (start, want) = (self.cache.len(), self.wants(size));
        Span { tokens: &self.tokens[start..start + size], cache: &mut self.cache, want }
    }

    /// From which places of a step of this size tokens are drawn: from the last one where all has been said by then,
    /// from each within what is recited.
    pub(super) fn wants(&self, size: usize) -> Want {
        match (self.written() > 0 && self.is_recited(), self.cache.len() + size == self.tokens.len()) {
            (true, _) => Want::All,
            (false, true) => Want::Last,
            (false, false) => Want::Nothing,
        }
    }

    fn is_recited(&self) -> bool {
        self.recital.is_some()
    }

    pub(super) fn is_watched(&self) -> bool {
        self.watched.is_some()
    }

    /// The layers that its watcher wants to see.
    pub(super) fn layers(&self) -> &[usize] {
        self.watched.as_ref().map_or(&[], |watched| &watched.layers)
    }

    /// Draws the next token; `None` where the reply has ended already.
    pub(super) fn draw(&mut self, logits: &[f32]) -> Option<Drawn> {
        let Some(recital) = &self.recital else {
            let drawn = self.sampler.draw(logits, &self.tokens);
            self.tokens.push(drawn.token);
            return Some(drawn);
        };
        let at = self.sampler.drawn();
        if at == 0 {
            self.tokens.extend_from_slice(recital);
        }
        let token = recital.get(at).filter(|_| !self.is_stopped)?;
        Some(self.sampler.take(*token, logits))
    }

    /// Shows the token drawn last from these logits to the watcher, with the states it wants to see, and does what
    /// it says.
    pub(super) fn show(&mut self, drawn: Drawn, logits: &[f32], hidden: &[&[f32]], tokenizer: &Tokenizer) {
        let Some(watched) = &self.watched else { return };
        let Drawn { token, logprob, entropy } = drawn;
        let end = match &self.recital {
            Some(_) => self.prompt + self.sampler.drawn(),
            None => self.tokens.len(),
        };
        let adds = match watched.reads && !tokenizer.is_end(token) {
            true => self.spelling.added(&self.tokens[self.prompt..end], tokenizer),
            false => String::new(),
        };
        let seen = Seen {
            token,
            text: tokenizer.text(token),
            adds: &adds,
            index: end - self.prompt - 1,
            logprob,
            entropy,
            likeliest: &likeliest(&drawn, logits, watched.likeliest, tokenizer),
            logprobs: &distribution(&drawn, logits, watched.distributions),
            hidden,
        };
        let outlook = watched.lock().token(&seen);
        match outlook {
            Outlook::Continue => {}
            Outlook::Stop => self.is_stopped = true,
            // A turn that the model has ended stays ended, and what is recited as it was.
            Outlook::Write(_) if tokenizer.is_end(token) || self.recital.is_some() => {}
            Outlook::Write(text) => match tokenizer.encode(&text) {
                Ok(tokens) => {
                    self.dictated += tokens.len();
                    self.tokens.extend(tokens);
                    if watched.reads {
                        // What it wrote itself it need not be told.
                        drop(self.spelling.added(&self.tokens[self.prompt..], tokenizer));
                    }
                }
                Err(error) => tracing::error!(%error, text, "what a watcher wrote is no text for this model"),
            },
        }
    }

    /// Why the reply ends with the token drawn last, if it does.
    pub(super) fn finish_now(&mut self, context: usize, tokenizer: &Tokenizer) -> Option<Finish> {
        if let Some(recital) = &self.recital {
            let is_over = self.sampler.drawn() == recital.len();
            self.has_end = is_over && recital.last().is_some_and(|token| tokenizer.is_end(*token));
            return match (self.is_stopped || self.has_end, is_over) {
                (true, _) => Some(Finish::Stop),
                (false, true) => Some(Finish::Length),
                (false, false) => None,
            };
        }
        let last = self.tokens[self.prompt..].last()?;
        self.has_end = tokenizer.is_end(*last);
        if self.has_end || self.is_stopped || self.has_stopped(tokenizer) {
            Some(Finish::Stop)
        } else if self.written() >= self.max_tokens {
            Some(Finish::Length)
        } else if self.tokens.len() >= context {
            Some(Finish::ContextFull)
        } else {
            None
        }
    }

    /// Takes the run apart when it has ended.
    pub(super) fn finish(self, finish: Finish) -> (Held<C>, Answer, Generated) {
        let mut reply = self.tokens[self.prompt..].to_vec();
        if self.is_recited() {
            reply.truncate(self.sampler.drawn());
        }
        if self.has_end {
            reply.pop();
        }
        // What this conversation made necessary. What other conversations saved it or lack of memory cost it
        // depends on when who ran, and policies would be compared by their luck.
        let needed = self.cache.len().min(self.prompt).saturating_sub(self.own);
        let usage = Usage {
            prompt_tokens: self.prompt as u64,
            prefill_tokens: (needed + self.dictated) as u64,
            decode_tokens: self.sampler.drawn() as u64,
        };
        let generated = Generated { tokens: reply, finish, usage, stats: self.sampler.stats() };
        let Self { cache, tokens, answer, .. } = self;
        (held(cache, tokens), answer, generated)
    }

    /// What stays of an abandoned run.
    pub(super) fn into_held(self) -> Held<C> {
        held(self.cache, self.tokens)
    }

    pub(super) fn into_answer(self) -> Answer {
        self.answer
    }

    /// Whether the token drawn last ended a text that ends replies. A token is a byte at least, so a text lies within
    /// as many tokens as it has bytes, and one that it begins in the middle of.
    fn has_stopped(&self, tokenizer: &Tokenizer) -> bool {
        let reply = &self.tokens[self.prompt..];
        self.stop.iter().any(|stop| {
            let tail = &reply[reply.len().saturating_sub(stop.len() + 1)..];
            tokenizer.decode(tail).is_ok_and(|text| text.contains(stop.as_str()))
        })
    }

    fn written(&self) -> usize {
        self.tokens.len() - self.prompt
    }
}

fn held<C: Cache>(cache: C, mut tokens: Vec<u32>) -> Held<C> {
    tokens.truncate(cache.len());
    Held { cache, tokens }
}
