//! Replies that are known beforehand and recited, with a tiny checkpoint.

use std::sync::{Arc, Mutex};

use turnwise_core::{
    BoxFuture, Conversation, Finish, Message, Model, Outlook, Recital, Replies, Reply, ReplyKey, Role,
    Sampling, Seen, SessionSpec, Source, Style, Watcher,
};
use turnwise_testkit::CountingClock;

use super::LocalModel;
use crate::{
    EngineOptions, Family, Named, ReplyCache,
    fixture::{checkpoint, config, task},
};

/// Writes down what it is shown of each token; ends the reply at one.
#[derive(Clone, Debug, Default, PartialEq)]
struct Notes {
    stops: Option<usize>,
    tokens: Vec<u32>,
    numbers: Vec<(usize, f64, f64)>,
    text: String,
    states: Vec<Vec<f32>>,
    logprobs: Vec<Vec<f32>>,
}

impl Watcher for Notes {
    fn layers(&self) -> Vec<usize> {
        vec![1]
    }

    fn reads(&self) -> bool {
        true
    }

    fn distributions(&self) -> bool {
        true
    }

    fn token(&mut self, seen: &Seen<'_>) -> Outlook {
        self.tokens.push(seen.token);
        self.numbers.push((seen.index, seen.logprob, seen.entropy));
        self.text.push_str(seen.adds);
        self.states.extend(seen.hidden.iter().map(|state| state.to_vec()));
        self.logprobs.push(seen.logprobs.to_vec());
        match self.stops == Some(seen.index) {
            true => Outlook::Stop,
            false => Outlook::Continue,
        }
    }
}

impl Notes {
    /// The first so many tokens of it.
    fn first(mut self, most: usize) -> Self {
        self.tokens.truncate(most);
        self.numbers.truncate(most);
        self.states.truncate(most);
        self.logprobs.truncate(most);
        self.text = String::new();
        self
    }
}

fn load(family: Family, prefill_chunk: usize) -> LocalModel {
    let options = EngineOptions { threads: 1, prefill_chunk, ..EngineOptions::cpu() };
    let named = Named { name: "tiny".into(), spec: "tiny".into() };
    LocalModel::new(named, &checkpoint(&config(family)), &options).unwrap()
}

fn open(model: &LocalModel) -> Box<dyn Conversation> {
    let sampling = Sampling { temperature: 1.0, ..Sampling::greedy(90) };
    model.open(SessionSpec { task: &task("t", None), sampling, seed: 3, style: &Style::PLAIN }).unwrap()
}

/// What is drawn, watched.
async fn watched(conversation: &mut dyn Conversation, notes: Notes) -> (Reply, Notes) {
    let notes = Arc::new(Mutex::new(notes));
    assert!(conversation.watch(Some(notes.clone())));
    let reply = conversation.reply().await.unwrap();
    conversation.watch(None);
    let notes = notes.lock().unwrap().clone();
    (reply, notes)
}

/// The mean of the sums of q ln(q / p), in double precision from the start.
fn divergence(q: &[Vec<f32>], p: &[Vec<f32>]) -> f64 {
    let of = |(q, p): (&Vec<f32>, &Vec<f32>)| -> f64 {
        q.iter().zip(p).map(|(q, p)| f64::from(*q).exp() * f64::from(q - p)).sum()
    };
    q.iter().zip(p).map(of).sum::<f64>() / q.len() as f64
}

#[tokio::test]
async fn what_was_drawn_is_seen_again_to_the_bit_when_it_is_recited() {
    for (family, chunk) in [(Family::Qwen3, 512), (Family::Qwen3, 7), (Family::Mamba, 512)] {
        let model = load(family, chunk);
        let mut conversation = open(&model);
        conversation.push(Message::new(Role::User, "a question that takes more than one chunk to read"));
        let mut before = conversation.fork(9).unwrap();
        let (drawn, seen) = watched(&mut *conversation, Notes::default()).await;
        assert!(drawn.tokens.len() > 12, "too short a reply for this test");
        assert!(before.recite(Recital::Part(&drawn.tokens)));
        let (recited, again) = watched(&mut *before, Notes::default()).await;
        assert_eq!((&recited.text, &recited.tokens), (&drawn.text, &drawn.tokens));
        assert_eq!(again.clone().first(99), seen.clone().first(drawn.tokens.len()));
        assert!(drawn.text.starts_with(&again.text) && again.text.len() + 4 > drawn.text.len());
        assert_eq!(
            (recited.finish, recited.usage.decode_tokens),
            (Finish::Length, drawn.tokens.len() as u64)
        );
        assert_eq!(recited.usage.prompt_tokens, drawn.usage.prompt_tokens);
        // Both go on alike: what was recited has been said.
        for conversation in [&mut conversation, &mut before] {
            conversation.push(Message::new(Role::User, "go on"));
        }
        let (mut one, mut other) = (conversation.fork(1).unwrap(), before.fork(1).unwrap());
        let (one, other) = (one.reply().await.unwrap(), other.reply().await.unwrap());
        assert_eq!((one.text, one.stats), (other.text, other.stats));
    }
}

#[tokio::test]
async fn distributions_are_whole_and_differ_by_what_was_said_before() {
    let model = load(Family::Qwen3, 512);
    let (mut one, mut other) = (open(&model), open(&model));
    one.push(Message::new(Role::User, "one question"));
    other.push(Message::new(Role::User, "quite another question"));
    let tokens: Vec<u32> = "the answer".bytes().map(u32::from).collect();
    let mut notes = Vec::new();
    for conversation in [&mut one.fork(1).unwrap(), &mut one, &mut other] {
        assert!(conversation.recite(Recital::Part(&tokens)));
        notes.push(watched(&mut **conversation, Notes::default()).await.1);
    }
    let vocabulary = config(Family::Qwen3).vocab_size;
    for logprobs in notes.iter().flat_map(|notes| &notes.logprobs) {
        let sum: f64 = logprobs.iter().map(|logprob| f64::from(*logprob).exp()).sum();
        assert!(logprobs.len() == vocabulary && (sum - 1.0).abs() < 1e-6, "{sum}");
    }
    for (token, (logprobs, (_, logprob, entropy))) in
        notes[0].tokens.iter().zip(notes[0].logprobs.iter().zip(&notes[0].numbers))
    {
        assert!((f64::from(logprobs[*token as usize]) - logprob).abs() < 1e-6);
        let naive: f64 = logprobs.iter().map(|l| -f64::from(*l).exp() * f64::from(*l)).sum();
        assert!((naive - entropy).abs() < 1e-5);
    }
    assert!(divergence(&notes[0].logprobs, &notes[1].logprobs).abs() < 1e-6);
    assert!(divergence(&notes[0].logprobs, &notes[2].logprobs) > 1e-3);
}

#[tokio::test]
async fn a_recital_ends_where_it_is_ended_or_the_context_is_full() {
    let model = load(Family::Qwen3, 512);
    let mut conversation = open(&model);
    conversation.push(Message::new(Role::User, "x"));
    let mut fork = conversation.fork(1).unwrap();
    assert!(fork.recite(Recital::Part(&[65; 40])));
    let (cut, seen) = watched(&mut *fork, Notes { stops: Some(4), ..Notes::default() }).await;
    assert_eq!((cut.tokens.as_slice(), cut.finish, seen.tokens.len()), ([65; 5].as_slice(), Finish::Stop, 5));
    fork.push(Message::new(Role::User, "y"));
    assert!(fork.reply().await.unwrap().usage.prompt_tokens > 0);
    let mut fork = conversation.fork(1).unwrap();
    assert!(fork.recite(Recital::Part(&[65; 4_000])));
    let full = fork.reply().await.unwrap();
    assert_eq!(full.usage.prompt_tokens + full.tokens.len() as u64, 512);
    assert!(conversation.recite(Recital::Part(&[])));
    assert!(conversation.reply().await.unwrap().tokens.is_empty());
    // The one after is drawn, and tokens that are none are refused.
    assert!(!conversation.recite(Recital::Part(&[1_000_000])));
    assert!(conversation.reply().await.unwrap().tokens.len() > 1);
}

#[tokio::test]
async fn a_whole_turn_is_recited_with_the_token_that_ended_it() {
    let model = load(Family::Qwen3, 512);
    let mut conversation = open(&model);
    conversation.push(Message::new(Role::User, "x"));
    let mut ended = None;
    for seed in 0..60 {
        let mut fork = conversation.fork(seed).unwrap();
        let (drawn, seen) = watched(&mut *fork, Notes::default()).await;
        if drawn.finish == Finish::Stop {
            ended = Some((drawn, seen));
            break;
        }
    }
    let (drawn, seen) = ended.expect("none of sixty replies ended by itself");
    assert!(conversation.recite(Recital::Turn(&drawn.tokens)));
    let (recited, again) = watched(&mut *conversation, Notes::default()).await;
    assert_eq!((&recited.tokens, recited.finish, again), (&drawn.tokens, Finish::Stop, seen));
    assert_eq!((recited.usage.decode_tokens, recited.stats), (drawn.usage.decode_tokens, drawn.stats));
}

#[tokio::test]
async fn a_reply_begun_goes_on_as_if_a_watcher_had_written_in_it() {
    for chunk in [512, 7] {
        let model = load(Family::Qwen3, chunk);
        let mut conversation = open(&model);
        conversation.push(Message::new(Role::User, "a question that takes more than one chunk to read"));
        let mut begun = conversation.fork(3).unwrap();
        let drawn = conversation.fork(3).unwrap().reply().await.unwrap();
        assert!(!begun.begin_with(&[1_000_000], "x") && begun.begin_with(&drawn.tokens[..6], "</think>"));
        let greedy = begun.reply().await.unwrap();
        let own = model.speech.tokenizer.decode(&drawn.tokens[..6]).unwrap();
        assert!(greedy.text.starts_with(&format!("{own}</think>")), "{}", greedy.text);
        let written = 6 + model.speech.tokenizer.encode("</think>").unwrap().len() as u64;
        assert_eq!(greedy.usage.prefill_tokens, drawn.usage.prefill_tokens + written);
        assert_eq!(
            greedy.usage.decode_tokens,
            greedy.tokens.len() as u64 - written + u64::from(greedy.finish == Finish::Stop)
        );
        // What was begun has been said, and the reply after it begins with nothing.
        begun.push(Message::new(Role::User, "go on"));
        let next = begun.reply().await.unwrap();
        assert!(!next.text.starts_with(&own) && next.usage.prefill_tokens < 60);
    }
}

/// Knows one reply.
#[derive(Default)]
struct Known(Mutex<Option<Reply>>);

impl Replies for Known {
    fn find(&self, key: ReplyKey) -> BoxFuture<'_, Result<Option<Reply>, Source>> {
        let known = self.0.lock().unwrap().clone();
        let known = known.filter(|reply| reply.origin.is_some_and(|origin| origin.key == key));
        Box::pin(std::future::ready(Ok(known)))
    }
}

#[tokio::test]
async fn a_reply_that_was_known_is_recited_as_if_it_had_been_drawn() {
    let known = Arc::new(Known::default());
    let model = Arc::new(load(Family::Qwen3, 512));
    let cache = ReplyCache::new(model, known.clone(), Arc::new(CountingClock::default()));
    let mut seen = Vec::new();
    for reused in [false, true] {
        let sampling = Sampling { temperature: 1.0, ..Sampling::greedy(40) };
        let spec = SessionSpec { task: &task("t", None), sampling, seed: 3, style: &Style::PLAIN };
        let mut conversation = cache.open(spec).unwrap();
        conversation.push(Message::new(Role::User, "a question"));
        let mut before = conversation.fork(0).unwrap();
        let reply = conversation.reply().await.unwrap();
        assert_eq!(reply.origin.unwrap().reused, reused);
        assert!(before.recite(Recital::Part(&reply.tokens)));
        let (recited, notes) = watched(&mut *before, Notes::default()).await;
        assert_eq!((recited.tokens.as_slice(), recited.origin), (reply.tokens.as_slice(), None));
        // It is recited once; what is said behind it is asked as ever.
        before.push(Message::new(Role::User, "go on"));
        let next = before.reply().await.unwrap();
        assert!(next.origin.is_some() && next.usage.prefill_tokens < next.usage.prompt_tokens);
        seen.push((recited.usage, notes, next.text));
        *known.0.lock().unwrap() = Some(reply);
    }
    assert_eq!(seen[0], seen[1]);
}
