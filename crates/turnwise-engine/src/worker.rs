//! A worker: a thread that owns the caches of its conversations and computes their replies together.
//!
//! Each step takes the next token of every conversation that is writing and a bounded piece of the prompts
//! that are being read, so that a long prompt holds up nobody for long. It knows no text.

mod run;
mod spelling;
mod watched;

use std::{
    collections::VecDeque,
    io,
    sync::{
        Arc,
        mpsc::{self, Receiver, RecvTimeoutError, Sender},
    },
    thread,
    time::{Duration, Instant},
};

use tokio::sync::oneshot;
use turnwise_core::{Finish, TokenStats, Usage};

pub(crate) use self::watched::Watched;
use self::{run::Run, watched::WatchedRows};
use crate::{
    DecodeError, Decoder, EngineOptions, Tokenizer, Workspace,
    backend::{Backend, Span, Want},
    cache::{Found, Shelf},
    sampler::Sampler,
};

/// The number of a conversation, unique in its model.
pub(crate) type ConversationId = u64;

/// How long to wait before asking again whether another worker has computed a common beginning.
const SOON: Duration = Duration::from_millis(1);

/// Fewer prompt tokens than this in a step say little about the time one takes.
const TELLING: usize = 32;

/// What a worker is told.
pub(crate) enum Command {
    /// Compute a reply.
    Reply(Box<Request>),
    /// Forget a conversation and abandon its reply.
    Close(ConversationId),
}

/// A reply to be computed.
pub(crate) struct Request {
    /// The conversation. It is known from its first request on.
    pub(crate) conversation: ConversationId,
    /// Everything the model is to be shown. What it has in common with what is cached costs nothing.
    pub(crate) prompt: Vec<u32>,
    /// How many tokens of the prompt this conversation had to have computed for its earlier replies, cached or not.
    pub(crate) own: usize,
    /// Draws the tokens.
    pub(crate) sampler: Sampler,
    /// The whole reply where it is known beforehand: then these tokens stand for those that would be drawn.
    pub(crate) recital: Option<Arc<[u32]>>,
    /// What the reply begins with where it goes on by itself.
    pub(crate) beginning: Vec<u32>,
    /// The longest reply.
    pub(crate) max_tokens: usize,
    /// Texts that end the reply as soon as they have been written.
    pub(crate) stop: Arc<[String]>,
    /// Sees each token and may interfere.
    pub(crate) watched: Option<Watched>,
    /// Takes the reply; dropping its other end abandons it.
    pub(crate) answer: Answer,
}

/// Where a reply goes.
pub(crate) type Answer = oneshot::Sender<Result<Generated, Arc<DecodeError>>>;

/// A reply as tokens.
#[derive(Debug)]
pub(crate) struct Generated {
    /// The tokens, without the one that ended the turn.
    pub(crate) tokens: Vec<u32>,
    /// Why it ended.
    pub(crate) finish: Finish,
    /// What it cost. The token that ended the turn was written, too.
    pub(crate) usage: Usage,
    /// Means over the tokens written.
    pub(crate) stats: TokenStats,
}

/// Starts a worker. It ends when every sender is gone.
pub(crate) fn spawn<B: Backend>(
    decoder: Arc<Decoder<B>>,
    tokenizer: Arc<Tokenizer>,
    shelf: Arc<Shelf<B::Cache>>,
    options: &EngineOptions,
) -> io::Result<Sender<Command>> {
    let (sender, commands) = mpsc::channel();
    let worker = Worker {
        decoder,
        tokenizer,
        max_batch: options.max_batch.max(1),
        prefill_chunk: options.prefill_chunk.max(1),
        workspace: Workspace::default(),
        shelf,
        waiting: VecDeque::new(),
        running: Vec::new(),
    };
    thread::Builder::new().name("turnwise-model".into()).spawn(move || worker.serve(&commands))?;
    Ok(sender)
}

struct Worker<B: Backend> {
    decoder: Arc<Decoder<B>>,
    tokenizer: Arc<Tokenizer>,
    max_batch: usize,
    prefill_chunk: usize,
    workspace: Workspace<B>,
    /// The caches of the conversations that are not being replied to, shared with the other workers.
    shelf: Arc<Shelf<B::Cache>>,
    /// Requests and when they were made, in milliseconds on the shelf's clock.
    waiting: VecDeque<(Request, f64)>,
    running: Vec<Run<B::Cache>>,
}

impl<B: Backend> Worker<B> {
    fn serve(mut self, commands: &Receiver<Command>) {
        loop {
            if self.running.is_empty() {
                match self.next_command(commands) {
                    Ok(command) => self.obey(command),
                    Err(RecvTimeoutError::Timeout) => {}
                    Err(RecvTimeoutError::Disconnected) => return,
                }
            }
            while let Ok(command) = commands.try_recv() {
                self.obey(command);
            }
            self.drop_abandoned();
            self.admit();
            if !self.running.is_empty() {
                self.step();
            }
        }
    }

    /// The next command; where requests wait for another worker, not for long.
    fn next_command(&self, commands: &Receiver<Command>) -> Result<Command, RecvTimeoutError> {
        match self.waiting.is_empty() {
            true => commands.recv().map_err(|_| RecvTimeoutError::Disconnected),
            false => commands.recv_timeout(SOON),
        }
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Reply(request) => self.waiting.push_back((*request, self.shelf.now_ms())),
            Command::Close(id) => {
                self.waiting.retain(|(request, _)| request.conversation != id);
                for run in self.running.extract_if(.., |run| run.conversation() == id) {
                    self.shelf.put(id, run.into_held());
                }
                self.shelf.close(id);
                self.shelf.tidy(|positions| self.decoder.cache_bytes(positions));
            }
        }
    }

    /// Abandons replies that nobody waits for; what was computed for them stays cached.
    fn drop_abandoned(&mut self) {
        self.waiting.retain(|(request, _)| !request.answer.is_closed());
        for run in self.running.extract_if(.., |run| run.is_abandoned()) {
            self.shelf.put(run.conversation(), run.into_held());
        }
    }

    /// Takes up the requests that there is room for. One that waits for a beginning which another computes holds
    /// up nobody.
    fn admit(&mut self) {
        let mut held_up = VecDeque::new();
        while self.running.len() < self.max_batch {
            let Some((request, asked_ms)) = self.waiting.pop_front() else { break };
            let Some(cached) = self.shelf.look(request.conversation, &request.prompt) else {
                held_up.push_back((request, asked_ms));
                continue;
            };
            let bytes = |positions| self.decoder.cache_bytes(positions);
            let missing = bytes(request.prompt.len()) - bytes(cached.length);
            let has_room = self.shelf.make_room(missing, request.conversation, &cached);
            if !has_room && !self.running.is_empty() {
                held_up.push_back((request, asked_ms));
                break;
            }
            match self.shelf.find(request.conversation, &request.prompt, asked_ms) {
                Found::Wait => held_up.push_back((request, asked_ms)),
                Found::Ready(start) => {
                    let context = self.decoder.config().max_position_embeddings;
                    let run = Run::new(request, start, context);
                    match run.finish_before_start(context) {
                        Some(finish) => self.finish(run, finish),
                        None => self.running.push(run),
                    }
                }
            }
        }
        held_up.append(&mut self.waiting);
        self.waiting = held_up;
    }

    /// One step of the decoder for everyone.
    fn step(&mut self) {
        let began = Instant::now();
        let mut budget = self.prefill_chunk;
        let sizes: Vec<usize> = self.running.iter().map(|run| run.next_size(&mut budget)).collect();
        let mut watched = WatchedRows::new(self.decoder.config().hidden_size);
        let seats = self.seats(&sizes, &mut watched);
        let mut spans: Vec<Span<'_, B::Cache>> = Vec::new();
        for (run, &size) in self.running.iter_mut().zip(&sizes).filter(|(_, size)| **size > 0) {
            spans.push(run.span(size));
        }
        let rows: Vec<usize> = spans.iter().map(rows).collect();
        let logits = match self.decoder.step(&mut spans, &mut self.workspace, &mut watched) {
            Ok(logits) => logits,
            Err(error) => return self.fail(error),
        };
        let mut logits = logits.chunks_exact(self.decoder.config().vocab_size);
        let stepped = self.running.iter_mut().zip(&sizes).zip(seats).filter(|((_, size), _)| **size > 0);
        for (((run, _), seats), rows) in stepped.zip(rows) {
            let mut seats = seats.into_iter();
            for logits in logits.by_ref().take(rows) {
                let (drawn, seat) = (run.draw(logits), seats.next());
                if let (Some(drawn), Some(seat)) = (drawn, seat) {
                    run.show(drawn, logits, &watched.states(seat, run.layers()), &self.tokenizer);
                }
            }
        }
        for run in &mut self.running {
            let id = run.conversation();
            if let Some((cache, prompt)) = run.offer() {
                self.shelf.offer(id, cache, prompt);
            }
        }
        let read = self.prefill_chunk - budget;
        if read >= TELLING {
            self.shelf.learn_speed(read, began.elapsed().as_secs_f64() * 1e3);
        }
        self.finish_ended();
    }

    /// For each run that is watched, the places among the rows that are caught of those that it draws from in this step.
    fn seats(&self, sizes: &[usize], watched: &mut WatchedRows) -> Vec<Vec<usize>> {
        let mut end = 0;
        let seats = |(run, &size): (&Run<B::Cache>, &usize)| {
            end += size;
            let rows = if run.is_watched() { rows_of(run.wants(size), size) } else { 0 };
            (end - rows..end).map(|row| watched.want(row, run.layers())).collect()
        };
        self.running.iter().zip(sizes).map(seats).collect()
    }

    fn finish_ended(&mut self) {
        let context = self.decoder.config().max_position_embeddings;
        let mut index = 0;
        while index < self.running.len() {
            match self.running[index].finish_now(context, &self.tokenizer) {
                Some(finish) => {
                    let run = self.running.remove(index);
                    self.finish(run, finish);
                }
                None => index += 1,
            }
        }
    }

    fn finish(&mut self, run: Run<B::Cache>, finish: Finish) {
        let conversation = run.conversation();
        self.shelf.count(run.counts());
        let (held, answer, generated) = run.finish(finish);
        self.shelf.put(conversation, held);
        // Nobody may be waiting any more, and then nobody is told.
        drop(answer.send(Ok(generated)));
    }

    /// The device failed: everyone is told, and what was cached is not trusted any more.
    fn fail(&mut self, error: DecodeError) {
        tracing::error!(%error, "a step of the decoder failed");
        let error = Arc::new(error);
        for run in self.running.drain(..) {
            drop(run.into_answer().send(Err(Arc::clone(&error))));
        }
    }
}

/// How many rows of logits there are for a span.
fn rows<C>(span: &Span<'_, C>) -> usize {
    rows_of(span.want, span.tokens.len())
}

fn rows_of(want: Want, size: usize) -> usize {
    match want {
        Want::Nothing => 0,
        Want::Last => size.min(1),
        Want::All => size,
    }
}
