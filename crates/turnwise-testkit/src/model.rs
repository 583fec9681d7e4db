//! Models without weights.

use std::sync::{Arc, PoisonError};

use turnwise_core::{
    BoxFuture, Conversation, Likely, Message, Model, ModelError, ModelInfo, Outlook, Recital, Reply, Said,
    Seen, SessionSpec, SharedWatcher, Usage,
};

/// A reply that reads `text` and came to its end by itself. A token is a byte here.
pub fn reply(text: &str) -> Reply {
    let tokens: Vec<u32> = text.bytes().map(u32::from).collect();
    let usage = Usage { prompt_tokens: 0, prefill_tokens: 0, decode_tokens: tokens.len() as u64 };
    Reply { usage, ..said(text, &tokens) }
}

/// A reply of which only text and tokens are known.
pub fn said(text: &str, tokens: &[u32]) -> Reply {
    Reply { tokens: tokens.to_vec(), ..Reply::saying(text) }
}

fn info(name: &str) -> ModelInfo {
    ModelInfo {
        name: name.to_owned(),
        spec: name.to_owned(),
        hash: String::new(),
        device: "none".to_owned(),
        context: None,
        profile: "pocket".to_owned(),
    }
}

/// Gives the same replies in the same order in each conversation; the last one again and again.
#[derive(Debug)]
pub struct ScriptedModel {
    info: ModelInfo,
    replies: Arc<[Reply]>,
}

impl ScriptedModel {
    /// A model with these replies.
    pub fn new(replies: &[&str]) -> Self {
        Self::of(replies.iter().map(|text| reply(text)).collect())
    }

    /// A model with these replies, in full.
    pub fn of(replies: Vec<Reply>) -> Self {
        Self { info: info("scripted"), replies: replies.into() }
    }
}

impl Model for ScriptedModel {
    fn info(&self) -> &ModelInfo {
        &self.info
    }

    fn open(&self, _spec: SessionSpec<'_>) -> Result<Box<dyn Conversation>, ModelError> {
        Ok(Box::new(Script { replies: Arc::clone(&self.replies), next: 0, told: 0 }))
    }
}

struct Script {
    replies: Arc<[Reply]>,
    next: usize,
    /// Bytes shown so far.
    told: u64,
}

impl Conversation for Script {
    fn push(&mut self, message: Message) {
        self.told += message.content.len() as u64;
    }

    fn reply(&mut self) -> BoxFuture<'_, Result<Reply, ModelError>> {
        let said = self.replies.get(self.next).or(self.replies.last()).cloned();
        self.next += 1;
        let told = self.told;
        Box::pin(async move {
            // Gives other trials their turn, as a real model does.
            std::future::ready(()).await;
            let mut reply = said.ok_or(ModelError::Gone { model: "scripted".to_owned() })?;
            reply.usage.prompt_tokens = told;
            Ok(reply)
        })
    }

    fn restore(&mut self, _reply: &Reply) {
        self.next += 1;
    }

    fn rebuild(&mut self, said: &[Said]) {
        self.told = 0;
        for said in said {
            if let Said::Told(message) = said {
                self.push(message.clone());
            }
        }
    }
}

/// Chooses each reply by a hash of everything said before and of the seed: whoever forgets or adds a word gets
/// another conversation.
#[derive(Debug)]
pub struct MoodyModel {
    info: ModelInfo,
    replies: Arc<[Reply]>,
}

impl MoodyModel {
    /// A model that chooses among these replies.
    pub fn new(replies: &[&str]) -> Self {
        Self::of(replies.iter().map(|text| reply(text)).collect())
    }

    /// A model that chooses among these replies, in full.
    pub fn of(replies: Vec<Reply>) -> Self {
        Self { info: info("moody"), replies: replies.into() }
    }
}

impl Model for MoodyModel {
    fn info(&self) -> &ModelInfo {
        &self.info
    }

    fn open(&self, spec: SessionSpec<'_>) -> Result<Box<dyn Conversation>, ModelError> {
        let (replies, watcher, recital) = (Arc::clone(&self.replies), None, None);
        Ok(Box::new(Mood { replies, seed: spec.seed, hash: spec.seed, watcher, recital }))
    }
}

struct Mood {
    replies: Arc<[Reply]>,
    seed: u64,
    hash: u64,
    watcher: Option<SharedWatcher>,
    recital: Option<Recited>,
}

/// A reply that is known, or its beginning.
enum Recited {
    Whole(Vec<u32>),
    Begun(Vec<u32>, String),
}

/// What the moody model writes behind what it is made to begin with.
pub const HURRIED: &str = "hurry";

fn begun_with(tokens: &[u32], text: &str) -> Reply {
    let begun: String = tokens.iter().filter_map(|token| char::from_u32(*token)).collect();
    reply(&format!("{begun}{text}{HURRIED}"))
}

impl Mood {
    fn hear(&mut self, text: &str) {
        for byte in text.bytes().chain([0]) {
            self.hash = (self.hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }

    /// Shows the tokens of a reply to whoever watches, with numbers that follow from what was heard, and states of one number, the
    /// token's; fewer where the watcher ends it, and [`HURRIED`] behind what it writes.
    fn show(&self, reply: &mut Reply) {
        let Some(watcher) = &self.watcher else { return };
        let mut watcher = watcher.lock().unwrap_or_else(PoisonError::into_inner);
        let layers = watcher.layers().len();
        let mut state = [0.0];
        for (index, token) in reply.tokens.clone().into_iter().enumerate() {
            let share = (self.hash.rotate_left(token + 7) % 97 + 1) as f64 / 98.0;
            let likely =
                |text: &str, share: f64| Likely { token, text: text.to_owned(), logprob: share.ln() };
            let seen = Seen {
                token,
                text: "",
                adds: &char::from_u32(token).unwrap_or_default().to_string(),
                index,
                logprob: share.ln(),
                entropy: 0.0,
                likeliest: &[likely("Yes", share), likely("No", 1.0 - share)],
                #[expect(clippy::cast_possible_truncation, reason = "no more than a test needs")]
                logprobs: &[share.ln() as f32, (1.0 - share).ln() as f32],
                hidden: &vec![state.as_slice(); layers],
            };
            let outlook = watcher.token(&seen);
            #[expect(clippy::cast_precision_loss, reason = "a token is a byte here")]
            let next = [token as f32];
            state = next;
            match outlook {
                Outlook::Continue => {}
                Outlook::Stop => {
                    reply.tokens.truncate(index + 1);
                    break;
                }
                Outlook::Write(text) => {
                    let begun = reply.tokens[..=index].to_vec();
                    *reply = begun_with(&begun, &text);
                    break;
                }
            }
        }
        reply.usage.decode_tokens = reply.tokens.len() as u64;
        reply.measured = watcher.measured();
        reply.states = watcher.states();
    }
}

impl Conversation for Mood {
    fn push(&mut self, message: Message) {
        self.hear(&message.content);
    }

    fn reply(&mut self) -> BoxFuture<'_, Result<Reply, ModelError>> {
        let count = self.replies.len().max(1) as u64;
        let index = usize::try_from((self.hash >> 17) % count).unwrap_or(0);
        let mut chosen = match self.recital.take() {
            Some(Recited::Whole(tokens)) => Some(said("", &tokens)),
            Some(Recited::Begun(tokens, text)) => Some(begun_with(&tokens, &text)),
            None => self.replies.get(index).cloned(),
        };
        if let Some(reply) = &mut chosen {
            self.show(reply);
            self.hear(&reply.text);
        }
        Box::pin(async move { chosen.ok_or(ModelError::Gone { model: "moody".to_owned() }) })
    }

    fn restore(&mut self, reply: &Reply) {
        self.hear(&reply.text);
    }

    fn rebuild(&mut self, said: &[Said]) {
        self.hash = self.seed;
        for said in said {
            match said {
                Said::Told(message) => self.hear(&message.content),
                Said::Replied(reply) => self.hear(&reply.text),
            }
        }
    }

    fn watch(&mut self, watcher: Option<SharedWatcher>) -> bool {
        self.watcher = watcher;
        true
    }

    fn recite(&mut self, recital: Recital<'_>) -> bool {
        self.recital = Some(Recited::Whole(recital.tokens().to_vec()));
        true
    }

    fn begin_with(&mut self, tokens: &[u32], text: &str) -> bool {
        self.recital = Some(Recited::Begun(tokens.to_vec(), text.to_owned()));
        true
    }

    /// It goes the same way whatever the seed.
    fn fork(&self, _seed: u64) -> Option<Box<dyn Conversation>> {
        let (replies, seed, hash) = (Arc::clone(&self.replies), self.seed, self.hash);
        Some(Box::new(Self { replies, seed, hash, watcher: None, recital: None }))
    }
}
