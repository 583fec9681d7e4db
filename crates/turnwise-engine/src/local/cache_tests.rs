//! What conversations with a tiny checkpoint compute, reuse and share.

use std::sync::Arc;

use turnwise_core::{Conversation, Message, Model, Reply, Role, Sampling, SessionSpec, Style};

use super::LocalModel;
use crate::{
    DecoderConfig, DeviceChoice, EngineOptions, Family, KV_MEMORY, Named,
    fixture::{checkpoint, config, task},
};

fn load(kv_memory: usize) -> Arc<LocalModel> {
    let config = DecoderConfig { max_position_embeddings: 6_000, ..config(Family::Qwen3) };
    let options =
        EngineOptions { device: DeviceChoice::Cpu, threads: 2, max_batch: 16, prefill_chunk: 64, kv_memory };
    let named = Named { name: "tiny".into(), spec: "tiny".into() };
    Arc::new(LocalModel::new(named, &checkpoint(&config), &options).unwrap())
}

fn open(model: &LocalModel, seed: u64) -> Box<dyn Conversation> {
    let sampling = Sampling { temperature: 1.0, ..Sampling::greedy(12) };
    model.open(SessionSpec { task: &task("t", None), sampling, seed, style: &Style::PLAIN }).unwrap()
}

async fn ask(conversation: &mut dyn Conversation, text: &str) -> Reply {
    conversation.push(Message::new(Role::User, text));
    conversation.reply().await.unwrap()
}

/// Sixteen conversations at once, all with the same thousand tokens in front; their replies.
async fn sixteen(model: &Arc<LocalModel>) -> Vec<Reply> {
    let system = "be good. ".repeat(111);
    let talk = |seed: u64| {
        let (model, system) = (Arc::clone(model), system.clone());
        tokio::spawn(async move {
            let mut conversation = open(&model, seed);
            conversation.push(Message::new(Role::System, system));
            ask(&mut *conversation, &format!("{seed} is my number")).await
        })
    };
    let running: Vec<_> = (0..16).map(talk).collect();
    let mut replies = Vec::new();
    for talk in running {
        replies.push(talk.await.unwrap());
    }
    replies
}

#[tokio::test]
async fn a_common_beginning_is_computed_once_and_changes_no_reply() {
    let model = load(KV_MEMORY);
    let replies = sixteen(&model).await;
    let counters = model.cache_counters();
    let shown: u64 = replies.iter().map(|reply| reply.usage.prompt_tokens).sum();
    assert_eq!(counters.shown, shown);
    assert_eq!(counters.shown, counters.computed + counters.reused + counters.shared);
    // The thousand once, and of each prompt what is its own: its number and what follows.
    assert!(counters.computed < 1_060 + 16 * 60, "{counters:?}");
    // A recorded prompt counts as if its conversation had been alone.
    assert!(replies.iter().all(|reply| reply.usage.prefill_tokens == reply.usage.prompt_tokens));
    let alone = load(KV_MEMORY);
    let mut conversation = open(&alone, 7);
    conversation.push(Message::new(Role::System, "be good. ".repeat(111)));
    assert_eq!(ask(&mut *conversation, "7 is my number").await, replies[7]);
}

#[tokio::test]
async fn twenty_turns_compute_hardly_more_than_their_tokens() {
    let model = load(KV_MEMORY);
    let mut conversation = open(&model, 1);
    let (mut decoded, mut last) = (0, 0);
    for _ in 0..20 {
        let reply = ask(&mut *conversation, &"x".repeat(200)).await;
        decoded += reply.usage.decode_tokens;
        last = reply.usage.prompt_tokens + reply.usage.decode_tokens;
    }
    let computed = model.cache_counters().computed + decoded;
    assert!(computed as f64 <= 1.02 * last as f64, "{computed} for {last}");
}

#[tokio::test]
async fn little_memory_costs_time_and_no_bit() {
    let rich = load(KV_MEMORY);
    // Room for one conversation and a little.
    let poor = load(1 << 20);
    let (expected, replies) = (sixteen(&rich).await, sixteen(&poor).await);
    assert_eq!(replies, expected);
    let dropped = poor.cache_counters();
    assert!(dropped.dropped > 0, "{dropped:?}");
    assert_eq!(rich.cache_counters().dropped_by_use, 0);
}

#[tokio::test]
async fn a_branch_knows_what_was_said_and_the_trunk_nothing_of_the_branch() {
    let model = load(KV_MEMORY);
    let (mut trunk, mut twin) = (open(&model, 3), open(&model, 3));
    for conversation in [&mut trunk, &mut twin] {
        ask(&mut **conversation, "a long beginning, that nobody wants to compute again").await;
    }
    let mut branch = trunk.fork(4).unwrap();
    let aside = ask(&mut *branch, "are you done?").await;
    assert!(aside.usage.prefill_tokens < 60, "{:?}", aside.usage);
    drop(branch);
    assert_eq!(ask(&mut *trunk, "go on").await, ask(&mut *twin, "go on").await);
}

#[tokio::test]
async fn idle_conversations_give_way_and_go_on_as_if_they_had_not() {
    /// Keys and values of three layers with two heads of 16 numbers.
    const POSITION_BYTES: u64 = 3 * 2 * 2 * 16 * 4;
    const LITTLE: usize = 1 << 20;
    let talk = async |model: &Arc<LocalModel>| {
        let mut idle: Vec<_> = (0..12).map(|seed| open(model, seed)).collect();
        let mut replies = Vec::new();
        for round in 0..2 {
            for (number, conversation) in idle.iter_mut().enumerate() {
                let text = format!("{number} in round {round}. ").repeat(20);
                replies.push(ask(&mut **conversation, &text).await);
            }
        }
        replies
    };
    let (rich, poor) = (load(KV_MEMORY), load(LITTLE));
    let replies = talk(&poor).await;
    assert_eq!(replies, talk(&rich).await);
    // What was computed and not dropped is what is held: within the limit, but for what the last reply needed.
    let (all, longest) = replies.iter().map(|reply| reply.usage).fold((0, 0), |(all, longest), usage| {
        let whole = usage.prompt_tokens + usage.decode_tokens;
        (all + usage.decode_tokens, whole.max(longest))
    });
    let counters = poor.cache_counters();
    let held = counters.computed + all - counters.dropped;
    assert!(held * POSITION_BYTES <= LITTLE as u64 + longest * POSITION_BYTES, "{held} held, {counters:?}");
    assert!((counters.computed + all) * POSITION_BYTES > 2 * LITTLE as u64, "too little for this test");
}
