//! What is computed and what is not, with a model that counts and with a tiny checkpoint.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use proptest::prelude::*;
use tokio::sync::Semaphore;
use turnwise_core::{
    BoxFuture, Message, Outlook, Reply, ReplyKey, Role, Said, Sampling, Seen, SharedWatcher, Source, Style,
    Watcher,
};
use turnwise_testkit::CountingClock;

use super::*;
use crate::{
    EngineOptions, Family, LocalModel, Named,
    fixture::{checkpoint, config, task},
};

/// What a test has recorded.
#[derive(Default)]
struct Recorded(Mutex<BTreeMap<ReplyKey, Reply>>);

impl Recorded {
    fn add(&self, reply: &Reply) {
        self.0.lock().unwrap().entry(reply.origin.unwrap().key).or_insert_with(|| reply.clone());
    }
}

impl Replies for Recorded {
    fn find(&self, key: ReplyKey) -> BoxFuture<'_, Result<Option<Reply>, Source>> {
        Box::pin(std::future::ready(Ok(self.0.lock().unwrap().get(&key).cloned())))
    }
}

/// Says a hash of everything said before, of the seed, and of what is measured; waits for leave, and fails when told to.
struct Parrot {
    info: ModelInfo,
    work: Arc<Work>,
}

struct Work {
    computed: AtomicUsize,
    failures: AtomicUsize,
    leave: Semaphore,
}

impl Parrot {
    fn with_leave(permits: usize) -> (Arc<Self>, Arc<Work>) {
        let work = Arc::new(Work {
            computed: AtomicUsize::new(0),
            failures: AtomicUsize::new(0),
            leave: Semaphore::new(permits),
        });
        let text = || "parrot".to_owned();
        let info = ModelInfo {
            name: text(),
            spec: text(),
            hash: text(),
            device: "cpu".to_owned(),
            context: None,
            profile: text(),
        };
        (Arc::new(Self { info, work: Arc::clone(&work) }), work)
    }
}

impl Work {
    fn computed(&self) -> usize {
        self.computed.load(Ordering::SeqCst)
    }
}

impl Model for Parrot {
    fn info(&self) -> &ModelInfo {
        &self.info
    }

    fn open(&self, spec: SessionSpec<'_>) -> Result<Box<dyn Conversation>, ModelError> {
        let (heard, watcher) = (Vec::new(), None);
        Ok(Box::new(Parroting { work: Arc::clone(&self.work), heard, seed: spec.seed, watcher }))
    }
}

#[derive(Clone)]
struct Parroting {
    work: Arc<Work>,
    heard: Vec<String>,
    seed: u64,
    watcher: Option<SharedWatcher>,
}

impl Conversation for Parroting {
    fn push(&mut self, message: Message) {
        self.heard.push(format!("{}: {}", message.role, message.content));
    }

    fn reply(&mut self) -> BoxFuture<'_, Result<Reply, ModelError>> {
        Box::pin(async move {
            self.work.leave.acquire().await.unwrap().forget();
            self.work.leave.add_permits(1);
            tokio::task::yield_now().await;
            let failing = |left: usize| left.checked_sub(1);
            if self.work.failures.fetch_update(Ordering::SeqCst, Ordering::SeqCst, failing).is_ok() {
                return Err(ModelError::Gone { model: "parrot".to_owned() });
            }
            self.work.computed.fetch_add(1, Ordering::SeqCst);
            let mut reply = Reply::saying(format!("{:?} with {}", self.heard, self.seed));
            reply.tokens = self.heard.iter().map(|_| 7).collect();
            self.restore(&reply);
            if let Some(watcher) = &self.watcher {
                reply.measured = watcher.lock().unwrap().measured();
            }
            Ok(reply)
        })
    }

    fn restore(&mut self, reply: &Reply) {
        // Short, so that long conversations stay short.
        self.heard.push(format!("{} letters, {:?}", reply.text.len(), reply.tokens));
    }

    fn rebuild(&mut self, said: &[Said]) {
        self.heard.clear();
        said.iter().for_each(|said| match said {
            Said::Told(message) => self.push(message.clone()),
            Said::Replied(reply) => self.restore(reply),
        });
    }

    fn watch(&mut self, watcher: Option<SharedWatcher>) -> bool {
        self.watcher = watcher;
        true
    }

    fn fork(&self, seed: u64) -> Option<Box<dyn Conversation>> {
        Some(Box::new(Self { seed, watcher: None, ..self.clone() }))
    }
}

/// The model with a cache in front of it, and what is recorded.
fn cached(model: Arc<dyn Model>) -> (ReplyCache, Arc<Recorded>) {
    let recorded = Arc::new(Recorded::default());
    (ReplyCache::new(model, recorded.clone(), Arc::new(CountingClock::default())), recorded)
}

fn open(model: &dyn Model, seed: u64) -> Box<dyn Conversation> {
    let sampling = Sampling { temperature: 1.0, ..Sampling::greedy(20) };
    model.open(SessionSpec { task: &task("t", None), sampling, seed, style: &Style::PLAIN }).unwrap()
}

async fn ask(conversation: &mut dyn Conversation, text: &str) -> Reply {
    conversation.push(Message::new(Role::User, text));
    conversation.reply().await.unwrap()
}

/// A reply without where it comes from.
fn plain(reply: Reply) -> Reply {
    Reply { origin: None, ..reply }
}

fn reused(reply: &Reply) -> bool {
    reply.origin.unwrap().reused
}

/// Something that is done with one of several conversations.
#[derive(Clone, Debug)]
enum Deed {
    Ask(usize, u8),
    Fork(usize, u64),
    /// A new conversation that is told what another one said: a trial that goes on.
    Resume(usize),
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        6 => (0_usize..8, 0_u8..2).prop_map(|(which, word)| Deed::Ask(which, word)),
        1 => (0_usize..8, 0_u64..3).prop_map(|(which, seed)| Deed::Fork(which, seed)),
        1 => (0_usize..8).prop_map(Deed::Resume),
    ]
}

/// A conversation, its seed, and what was said in it.
type Talk = (Box<dyn Conversation>, u64, Vec<(String, Reply)>);

/// Does all that; gives the replies in order.
async fn do_all(model: &dyn Model, recorded: Option<&Recorded>, deeds: &[Deed]) -> Vec<Reply> {
    let mut talks: Vec<Talk> = [0, 0, 1].map(|seed| (open(model, seed), seed, Vec::new())).into();
    let mut replies = Vec::new();
    for deed in deeds {
        match deed {
            Deed::Ask(which, word) => {
                let at = which % talks.len();
                let (conversation, _, said) = &mut talks[at];
                let text = format!("word {word}");
                let reply = ask(&mut **conversation, &text).await;
                recorded.into_iter().for_each(|recorded| recorded.add(&reply));
                said.push((text, reply.clone()));
                replies.push(plain(reply));
            }
            Deed::Fork(which, seed) => {
                let (conversation, _, said) = &talks[which % talks.len()];
                talks.push((conversation.fork(*seed).unwrap(), *seed, said.clone()));
            }
            Deed::Resume(which) => {
                let (_, seed, said) = &talks[which % talks.len()];
                let (seed, said) = (*seed, said.clone());
                let mut conversation = open(model, seed);
                for (text, reply) in &said {
                    conversation.push(Message::new(Role::User, text.as_str()));
                    conversation.restore(reply);
                }
                talks.push((conversation, seed, said));
            }
        }
    }
    replies
}

proptest! {
    #[test]
    fn replies_are_the_same_and_none_is_computed_twice(deeds in prop::collection::vec(deed(), 1..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let (parrot, _) = Parrot::with_leave(1);
            let expected = do_all(&*parrot, None, &deeds).await;
            let (parrot, work) = Parrot::with_leave(1);
            let (cache, recorded) = cached(parrot);
            assert_eq!(do_all(&cache, Some(&recorded), &deeds).await, expected);
            // The parrot says what it heard, so two replies are the same where the same was said before.
            let mut different: Vec<_> = expected.iter().map(|reply| &reply.text).collect();
            different.sort();
            different.dedup();
            assert!(work.computed() >= different.len());
            assert_eq!(work.computed(), recorded.0.lock().unwrap().len());
        });
    }
}

#[tokio::test]
async fn what_two_want_at_the_same_time_is_computed_by_one() {
    let (parrot, work) = Parrot::with_leave(0);
    let (cache, _) = cached(parrot);
    let cache = Arc::new(cache);
    let want = |seed| {
        let cache = Arc::clone(&cache);
        tokio::spawn(async move {
            let mut conversation = open(&*cache, seed);
            (ask(&mut *conversation, "hello").await, conversation)
        })
    };
    let wanting: Vec<_> = (0..8).map(|k| want(k % 2)).collect();
    tokio::time::sleep(Duration::from_millis(20)).await;
    work.leave.add_permits(1);
    let mut replies = Vec::new();
    let mut conversations = Vec::new();
    for want in wanting {
        let (reply, conversation) = want.await.unwrap();
        replies.push(reply);
        conversations.push(conversation);
    }
    assert_eq!((work.computed(), replies.iter().filter(|reply| !reused(reply)).count()), (2, 2));
    assert!(replies.iter().all(|reply| reply.text.ends_with("with 0") || reply.text.ends_with("with 1")));
    // The time is that of the one that computed.
    let times = |seed: usize| replies.iter().skip(seed).step_by(2).map(|reply| reply.origin.unwrap().ms);
    assert!((0..2).all(|seed| times(seed).all(|ms| ms > 0.0 && Some(ms) == times(seed).next())));
}

#[tokio::test]
async fn where_the_first_is_cancelled_or_fails_one_of_the_others_takes_over() {
    let (parrot, work) = Parrot::with_leave(0);
    let (cache, _) = cached(parrot);
    let cache = Arc::new(cache);
    let want = || {
        let cache = Arc::clone(&cache);
        tokio::spawn(async move {
            let mut conversation = open(&*cache, 0);
            conversation.push(Message::new(Role::User, "hello"));
            (conversation.reply().await, conversation)
        })
    };
    let first = want();
    tokio::time::sleep(Duration::from_millis(5)).await;
    let others: Vec<_> = (0..3).map(|_| want()).collect();
    tokio::time::sleep(Duration::from_millis(5)).await;
    first.abort();
    // The second now computes, and fails.
    work.failures.store(1, Ordering::SeqCst);
    work.leave.add_permits(1);
    let mut ended = Vec::new();
    for other in others {
        ended.push(other.await.unwrap());
    }
    assert_eq!(ended.iter().filter(|(reply, _)| reply.is_err()).count(), 1);
    assert_eq!(work.computed(), 1);
}

#[tokio::test]
async fn a_reply_that_was_never_recorded_is_computed_again() {
    let (parrot, work) = Parrot::with_leave(1);
    let (cache, recorded) = cached(parrot);
    let mut first = open(&cache, 0);
    let reply = ask(&mut *first, "hello").await;
    assert!(!reused(&reply) && reused(&ask(&mut *open(&cache, 0), "hello").await));
    drop(first);
    assert!(!reused(&ask(&mut *open(&cache, 0), "hello").await));
    recorded.add(&reply);
    assert!(reused(&ask(&mut *open(&cache, 0), "hello").await));
    assert_eq!(work.computed(), 2);
}

#[tokio::test]
async fn a_dropped_reply_can_be_asked_for_again() {
    let (parrot, work) = Parrot::with_leave(0);
    let (cache, _) = cached(parrot.clone());
    let mut conversation = open(&cache, 0);
    conversation.push(Message::new(Role::User, "hello"));
    assert!(tokio::time::timeout(Duration::from_millis(2), conversation.reply()).await.is_err());
    work.leave.add_permits(1);
    let expected = ask(&mut *open(&*parrot, 0), "hello").await;
    assert_eq!(plain(conversation.reply().await.unwrap()), expected);
}

/// Measures the numbers of these names, or only looks.
struct Measuring(&'static [&'static str]);

impl Watcher for Measuring {
    fn token(&mut self, _seen: &Seen<'_>) -> Outlook {
        Outlook::Continue
    }

    fn measures(&self) -> Vec<String> {
        self.0.iter().map(|&name| name.to_owned()).collect()
    }

    fn measured(&mut self) -> Vec<(String, f64)> {
        self.0.iter().map(|&name| (name.to_owned(), 0.5)).collect()
    }
}

#[tokio::test]
async fn what_was_measured_comes_back_and_who_must_see_every_token_does() {
    let (parrot, work) = Parrot::with_leave(1);
    let (cache, recorded) = cached(parrot);
    let watched = async |names: Option<&'static [&'static str]>| {
        let mut conversation = open(&cache, 0);
        let watcher = names.map(|names| Arc::new(Mutex::new(Measuring(names))) as SharedWatcher);
        assert!(conversation.watch(watcher));
        let reply = ask(&mut *conversation, "hello").await;
        if reply.origin.is_some() {
            recorded.add(&reply);
        }
        reply
    };
    let mut computed = 0;
    for (names, known) in [
        (Some(&["likeness-1", "drift-1"][..]), false),
        (Some(&["drift-1", "likeness-1"]), true),
        (Some(&["drift-1"]), false),
        (None, false),
        (None, true),
        (Some(&["likeness-1", "drift-1"]), true),
    ] {
        let reply = watched(names).await;
        computed += usize::from(!known);
        assert_eq!((reused(&reply), work.computed()), (known, computed));
        assert_eq!(reply.measured.len(), names.map_or(0, <[_]>::len));
    }
    // One that measures nothing may have a hand in the reply: it is computed, and known by nothing.
    assert_eq!(watched(Some(&[])).await.origin, None);
    assert_eq!(work.computed(), computed + 1);
}

/// Four trials that begin alike and differ late, one of them gone on with; in order, so that all but the first begin with what is known.
async fn four(model: &dyn Model, recorded: Option<&Recorded>) -> Vec<Reply> {
    let words = ["hello", "go on", "what next", "and then"];
    let mut replies = Vec::new();
    for reminded_at in [9, 3, 2, 3] {
        let mut conversation = open(model, 5);
        let mut said = Vec::new();
        for (at, word) in words.iter().enumerate() {
            let text = if at == reminded_at { format!("{word}, but hurry") } else { (*word).to_owned() };
            if at == 2 && reminded_at == 2 {
                // Cut off and gone on with.
                conversation = open(model, 5);
                for (text, reply) in &said {
                    conversation.push(Message::new(Role::User, String::as_str(text)));
                    conversation.restore(reply);
                }
            }
            let reply = ask(&mut *conversation, &text).await;
            recorded.into_iter().for_each(|recorded| recorded.add(&reply));
            said.push((text, reply.clone()));
            replies.push(plain(reply));
        }
    }
    replies
}

#[tokio::test]
async fn a_checkpoint_says_and_counts_the_same() {
    let options = EngineOptions { threads: 1, ..EngineOptions::cpu() };
    let load = || {
        let named = Named { name: "tiny".into(), spec: "tiny".into() };
        Arc::new(LocalModel::new(named, &checkpoint(&config(Family::Qwen3)), &options).unwrap())
    };
    let (alone, model) = (load(), load());
    let expected = four(&*alone, None).await;
    let (cache, recorded) = cached(model.clone());
    assert_eq!(four(&cache, Some(&recorded)).await, expected);
    // Four replies of the first, one of the second, two of the third; the fourth is the second.
    assert_eq!(recorded.0.lock().unwrap().len(), 7);
    assert!(model.cache_counters().shown < alone.cache_counters().shown / 2 + 100);
}
