//! Which conversation a request goes on with, and what is told to it.

use std::sync::{Arc, Mutex};

use turnwise_core::{BoxFuture, ModelInfo, Sampling, Style, ToolCall};
use turnwise_testkit::said;

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
        self.note(format!("{}{}", message.content, "!".repeat(message.tool_calls.len())));
    }
    fn reply(&mut self) -> BoxFuture<'_, Result<Reply, ModelError>> {
        Box::pin(std::future::ready(Err(ModelError::Gone { model: "notebook".into() })))
    }
    fn restore(&mut self, reply: &Reply) {
        self.note(format!("{}{:?}", reply.text, reply.tokens));
    }
    fn rebuild(&mut self, _said: &[turnwise_core::Said]) {}
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

fn wanted(words: &[&str], seed: u64) -> Wanted {
    let roles = [Role::User, Role::Assistant].into_iter().cycle();
    let messages = words.iter().zip(roles).map(|(text, role)| Message::new(role, *text)).collect();
    let sampling = Sampling::greedy(9);
    Wanted {
        messages,
        sampling,
        seed,
        style: Style::PLAIN,
        stream: false,
        usage_in_stream: false,
        logprobs: None,
    }
}

fn notebook() -> Notebook {
    let info = ModelInfo {
        name: "notebook".into(),
        spec: "notebook".into(),
        hash: String::new(),
        device: "none".into(),
        context: None,
        profile: "pocket".into(),
    };
    Notebook { info, told: Arc::default() }
}

#[test]
fn calls_belong_to_the_history_and_what_the_model_wrote_is_remembered() {
    let model = notebook();
    let mut all = Conversations::default();
    let call = |id: &str| ToolCall { id: id.into(), name: "bash".into(), arguments: "{}".into() };
    let whole = Reply { tool_calls: vec![call("1")], ..said("b<tool_call>", &[7]) };
    let first = wanted(&["a"], 0);
    for _ in 0..2 {
        let told = Reply { text: "b".into(), ..whole.clone() };
        let conversation = all.open(&model, &first).unwrap();
        all.keep(&first, conversation, whole.clone(), &told);
    }
    let mut told = |id: &str| {
        let mut then = first.clone();
        then.messages.extend([Message::calling("b", vec![call(id)]), Message::answer(id, "c")]);
        model.told.lock().unwrap().clear();
        drop(all.open(&model, &then).unwrap());
        model.told.lock().unwrap().clone()
    };
    assert_eq!([told("1"), told("1")], [["c"], ["c"]]);
    assert_eq!(told("1"), ["(new)", "a", "b<tool_call>[7]", "c"]);
    // A call that the model did not make is put into words by its template.
    assert_eq!(told("2"), ["(new)", "a", "b!", "c"]);
}

#[test]
fn a_history_that_is_known_is_gone_on_with_by_one_and_begun_anew_by_the_next() {
    let model = notebook();
    let mut all = Conversations::default();
    let mut told = |words: &[&str], seed: u64, reply: &str| {
        let wanted = wanted(words, seed);
        let conversation = all.open(&model, &wanted).unwrap();
        let reply = said(reply, &[7]);
        all.keep(&wanted, conversation, reply.clone(), &reply);
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
fn only_so_many_are_kept_and_only_so_much() {
    let mut all = Conversations::default();
    let keep = |all: &mut Conversations, words: &str, seed: usize, reply: &Reply| {
        let page = Box::new(Page { told: Arc::default() });
        all.keep(&wanted(&[words], seed as u64), page, reply.clone(), reply);
    };
    for seed in 0..=MOST_IDLE.entries {
        keep(&mut all, "a", seed, &said("b", &[1]));
    }
    assert_eq!((all.idle.0.len(), all.said.0.len()), (MOST_IDLE.entries, MOST_IDLE.entries + 1));
    assert_eq!((all.idle.bytes(), all.said.bytes()), (MOST_IDLE.entries * 6, (MOST_IDLE.entries + 1) * 5));
    // Long ones drive out the oldest, a too long one all of them and itself.
    let long = "x".repeat(MOST_SAID.bytes / 4);
    for seed in 0..8 {
        keep(&mut all, &long, seed, &said(&long, &[]));
        assert!(all.idle.bytes() <= MOST_IDLE.bytes && all.said.bytes() <= MOST_SAID.bytes);
    }
    assert_eq!((all.idle.0.len(), all.said.0.len()), (8, 4));
    keep(&mut all, &"x".repeat(MOST_IDLE.bytes), 0, &said("b", &[]));
    assert_eq!((all.idle.0.len(), all.said.0.len()), (0, 4));
}
