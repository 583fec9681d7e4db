//! Which conversation a request goes on with, and what is told to it.

use std::sync::{Arc, Mutex};

use turnwise_core::{BoxFuture, ModelInfo, Sampling};

use super::*;

/// Notes what its conversations are told.
struct Notebook {
    info: ModelInfo,
    told: Arc<Mutex<Vec<String>>>,
}

struct Page {
    told: Arc<Mutex<Vec<String>>>,
}

impl Page {
    fn note(&self, line: String) {
        self.told.lock().unwrap().push(line);
    }
}

impl Conversation for Page {
    fn push(&mut self, message: Message) {
        self.note(message.content);
    }
    fn reply(&mut self) -> BoxFuture<'_, Result<Reply, ModelError>> {
        Box::pin(std::future::ready(Err(ModelError::Gone { model: "notebook".into() })))
    }
    fn restore(&mut self, reply: &Reply) {
        self.note(format!("{}{:?}", reply.text, reply.tokens));
    }
}

impl Model for Notebook {
    fn info(&self) -> &ModelInfo {
        &self.info
    }
    fn open(&self, _spec: SessionSpec<'_>) -> Result<Box<dyn Conversation>, ModelError> {
        self.told.lock().unwrap().push("(new)".into());
        Ok(Box::new(Page { told: Arc::clone(&self.told) }))
    }
}

fn replied(text: &str, tokens: &[u32]) -> Reply {
    Reply {
        text: text.to_owned(),
        tool_calls: Vec::new(),
        tokens: tokens.to_vec(),
        finish: Finish::Stop,
        usage: Usage::default(),
        stats: TokenStats::default(),
    }
}

fn wanted(said: &[&str], seed: u64) -> Wanted {
    let roles = [Role::User, Role::Assistant].into_iter().cycle();
    let messages = said.iter().zip(roles).map(|(text, role)| Message::new(role, *text)).collect();
    let sampling = Sampling::greedy(9);
    Wanted { messages, sampling, seed, stops: Vec::new(), stream: false, usage_in_stream: false }
}

#[test]
fn a_history_that_is_known_is_gone_on_with_by_one_and_begun_anew_by_the_next() {
    let info = ModelInfo {
        name: "notebook".into(),
        spec: "notebook".into(),
        hash: String::new(),
        device: "none".into(),
        context: None,
        profile: "pocket".into(),
    };
    let model = Notebook { info, told: Arc::default() };
    let mut all = Conversations::default();
    let mut told = |said: &[&str], seed: u64, reply: &str| {
        let wanted = wanted(said, seed);
        let conversation = all.open(&model, &wanted).unwrap();
        all.keep(history_with(&wanted, reply), conversation, replied(reply, &[7]));
        std::mem::take(&mut *model.told.lock().unwrap())
    };
    assert_eq!(told(&["a"], 0, "b"), ["(new)", "a"]);
    assert_eq!(told(&["a", "b", "c"], 0, "d"), ["c"]);
    // The first conversation has gone on, and its tokens are remembered.
    assert_eq!(told(&["a", "b", "c"], 0, "d"), ["(new)", "a", "b[7]", "c"]);
    assert_eq!(told(&["a", "b", "c", "d", "e"], 0, "f"), ["e"]);
    // Another seed, or words put into its mouth, are another conversation.
    assert_eq!(told(&["a", "b", "c"], 1, "d"), ["(new)", "a", "b[]", "c"]);
    assert_eq!(told(&["a", "x", "c"], 0, "d"), ["(new)", "a", "x[]", "c"]);
}

#[test]
fn only_so_many_are_kept() {
    let mut all = Conversations::default();
    for number in 0..=MOST_IDLE {
        let history = history_with(&wanted(&["a"], number as u64), "b");
        all.keep(history, Box::new(Page { told: Arc::default() }), replied("b", &[]));
    }
    assert_eq!((all.idle.len(), all.said.len()), (MOST_IDLE, MOST_IDLE + 1));
}
