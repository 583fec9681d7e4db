//! Watchers of replies, with a tiny checkpoint.

use std::sync::{Arc, Mutex};

use turnwise_core::{
    Conversation, Finish, Likely, Message, Model, Outlook, Reply, Role, Sampling, Seen, SessionSpec, Style,
    Watcher,
};

use super::LocalModel;
use crate::{
    EngineOptions, Family, Named,
    fixture::{checkpoint, config, task},
};

/// Writes down what it is shown; at one place it says something.
struct Notes {
    says: Option<(usize, Outlook)>,
    layers: Vec<usize>,
    tokens: Vec<u32>,
    /// What they added to the text.
    text: String,
    likeliest: Vec<Vec<Likely>>,
    logprobs: Vec<f64>,
    entropies: Vec<f64>,
    /// Of each token, the state of each layer.
    states: Vec<Vec<Vec<f32>>>,
}

impl Watcher for Notes {
    fn layers(&self) -> Vec<usize> {
        self.layers.clone()
    }

    fn reads(&self) -> bool {
        true
    }

    fn likeliest(&self) -> usize {
        3
    }

    fn token(&mut self, seen: &Seen<'_>) -> Outlook {
        self.tokens.push(seen.token);
        self.text.push_str(seen.adds);
        self.likeliest.push(seen.likeliest.to_vec());
        self.logprobs.push(seen.logprob);
        self.entropies.push(seen.entropy);
        self.states.push(seen.hidden.iter().map(|state| state.to_vec()).collect());
        match &self.says {
            Some((index, outlook)) if *index == seen.index => outlook.clone(),
            _ => Outlook::Continue,
        }
    }
}

fn notes(layers: &[usize], says: Option<(usize, Outlook)>) -> Arc<Mutex<Notes>> {
    let (tokens, text, likeliest, logprobs, entropies, states) = Default::default();
    let layers = layers.to_vec();
    Arc::new(Mutex::new(Notes { says, layers, tokens, text, likeliest, logprobs, entropies, states }))
}

fn load() -> LocalModel {
    let options = EngineOptions { threads: 1, ..EngineOptions::cpu() };
    let named = Named { name: "tiny".into(), spec: "tiny".into() };
    LocalModel::new(named, &checkpoint(&config(Family::Qwen3)), &options).unwrap()
}

fn open(model: &LocalModel, seed: u64) -> Box<dyn Conversation> {
    let sampling = Sampling { temperature: 1.0, ..Sampling::greedy(20) };
    model.open(SessionSpec { task: &task("t", None), sampling, seed, style: &Style::PLAIN }).unwrap()
}

async fn reply(conversation: &mut dyn Conversation) -> Reply {
    conversation.push(Message::new(Role::User, "hello"));
    conversation.reply().await.unwrap()
}

#[tokio::test]
async fn a_watcher_sees_every_token_and_changes_nothing() {
    let model = load();
    let alone = reply(&mut *open(&model, 3)).await;
    let (watched, aside) = (notes(&[0, 2], None), notes(&[1], None));
    let (mut one, mut other) = (open(&model, 3), open(&model, 4));
    assert!(one.watch(Some(watched.clone())) && other.watch(Some(aside.clone())));
    let (one, _) = tokio::join!(reply(&mut *one), reply(&mut *other));
    assert_eq!(one, alone);
    // The states are those of this conversation, whoever else is in the batch.
    let again = notes(&[0, 2], None);
    let mut conversation = open(&load(), 3);
    conversation.watch(Some(again.clone()));
    reply(&mut *conversation).await;
    let notes = watched.lock().unwrap();
    assert_eq!(again.lock().unwrap().states, notes.states);
    assert!(notes.tokens.starts_with(&one.tokens) && notes.tokens.len() as u64 == one.usage.decode_tokens);
    let mean = |xs: &[f64]| xs.iter().sum::<f64>() / xs.len() as f64;
    assert!((mean(&notes.logprobs) - one.stats.logprob_mean.unwrap()).abs() < 1e-9);
    assert!((mean(&notes.entropies) - one.stats.entropy_mean.unwrap()).abs() < 1e-9);
    let rest = one.text.strip_prefix(&*notes.text).unwrap();
    assert!(rest.chars().all(|c| c == '\u{fffd}'), "{rest:?}");
    for ((likeliest, token), logprob) in notes.likeliest.iter().zip(&notes.tokens).zip(&notes.logprobs) {
        assert!(likeliest.len() == 3 && likeliest.is_sorted_by(|a, b| a.logprob >= b.logprob));
        assert!(likeliest[0].logprob >= *logprob - 1e-9);
        let drawn = likeliest.iter().find(|likely| likely.token == *token);
        assert!(drawn.is_none_or(|likely| (likely.logprob - logprob).abs() < 1e-9));
    }
    assert!(notes.states.iter().all(|layers| layers.len() == 2 && layers.iter().all(|s| s.len() == 48)));
    assert!(aside.lock().unwrap().states.iter().all(|layers| layers.len() == 1));
}

#[tokio::test]
async fn a_watcher_ends_a_reply_or_goes_on_in_the_models_place() {
    let model = load();
    let alone = reply(&mut *open(&model, 3)).await;
    assert!(alone.tokens.len() > 6, "too short a reply for this test");
    let mut stopped = open(&model, 3);
    stopped.watch(Some(notes(&[], Some((4, Outlook::Stop)))));
    let short = reply(&mut *stopped).await;
    assert_eq!((short.tokens, short.finish), (alone.tokens[..5].to_vec(), Finish::Stop));

    let mut dictated = open(&model, 3);
    let watcher = notes(&[], Some((4, Outlook::Write("</think>submit".into()))));
    dictated.watch(Some(watcher.clone()));
    let answer = reply(&mut *dictated).await;
    let own = model.speech.tokenizer.decode(&alone.tokens[..5]).unwrap();
    assert!(answer.text.starts_with(&format!("{own}</think>submit")), "{}", answer.text);
    let written = answer.tokens.len() as u64;
    let tokens = model.speech.tokenizer.encode("</think>submit").unwrap().len() as u64;
    assert_eq!(answer.usage.prefill_tokens, alone.usage.prefill_tokens + tokens);
    assert_eq!(answer.usage.decode_tokens, written - tokens + u64::from(answer.finish == Finish::Stop));
    assert_eq!(watcher.lock().unwrap().tokens.len() as u64, answer.usage.decode_tokens);
    // The conversation goes on from what was dictated.
    assert!(reply(&mut *dictated).await.usage.prefill_tokens < 60);
}

#[tokio::test]
async fn what_cannot_be_shown_is_refused() {
    let model = load();
    let mut conversation = open(&model, 3);
    assert!(!conversation.watch(Some(notes(&[3], None))));
    assert!(conversation.watch(None));
}
