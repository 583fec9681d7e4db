//! Whole conversations with tiny checkpoints.

use std::{borrow::Cow, time::Duration};

use turnwise_core::{
    Conversation, Finish, Message, Model, ModelError, Reply, Role, Sampling, SessionSpec, Style,
};
use turnwise_testkit::said;

use super::LocalModel;
use crate::{
    ArtifactBytes, ChatError, DeviceChoice, EngineOptions, Family, KV_MEMORY, LoadError, Named,
    fixture::{checkpoint, config, task},
};

fn artifacts() -> ArtifactBytes {
    checkpoint(&config(Family::Qwen3))
}

fn load(artifacts: &ArtifactBytes) -> Result<LocalModel, LoadError> {
    let options = EngineOptions {
        device: DeviceChoice::Cpu,
        threads: 2,
        max_batch: 4,
        prefill_chunk: 32,
        kv_memory: KV_MEMORY,
    };
    LocalModel::new(Named { name: "tiny".into(), spec: "tiny".into() }, artifacts, &options)
}

fn warm(max_tokens: usize) -> Sampling {
    Sampling { temperature: 1.0, top_p: 0.95, ..Sampling::greedy(max_tokens) }
}

fn open(model: &LocalModel, sampling: Sampling, seed: u64) -> Box<dyn Conversation> {
    model.open(SessionSpec { task: &task("t", None), sampling, seed, style: &Style::PLAIN }).unwrap()
}

async fn ask(conversation: &mut Box<dyn Conversation>, text: &str) -> Reply {
    conversation.push(Message::new(Role::User, text));
    conversation.reply().await.unwrap()
}

/// Three turns of one conversation.
async fn talk(model: &LocalModel, seed: u64) -> Vec<Reply> {
    let mut conversation = open(model, warm(30), seed);
    let mut replies = Vec::new();
    for text in ["one question", "another, longer question", "a third"] {
        replies.push(ask(&mut conversation, text).await);
    }
    replies
}

#[tokio::test]
async fn a_template_that_refuses_the_messages_is_told_from_other_failures() {
    let mut artifacts = artifacts();
    artifacts.chat_template = Some(Cow::Borrowed(b"{{ raise_exception('system first') }}"));
    let mut conversation = open(&load(&artifacts).unwrap(), warm(3), 1);
    let ModelError::Failed { source, .. } = conversation.reply().await.unwrap_err() else { panic!() };
    let refused = source.downcast_ref::<ChatError>().unwrap();
    assert!(std::error::Error::source(refused).unwrap().to_string().contains("system first"));
}

#[tokio::test]
async fn company_and_repetition_change_no_bit_of_a_conversation() {
    let model = load(&artifacts()).unwrap();
    let alone = talk(&model, 5).await;
    assert!(alone.iter().any(|reply| !reply.tokens.is_empty()));
    // More conversations than fit a batch, on both workers.
    let seeds = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];
    let mut running = Vec::new();
    let model = std::sync::Arc::new(model);
    for seed in seeds {
        let model = std::sync::Arc::clone(&model);
        running.push(tokio::spawn(async move { talk(&model, seed).await }));
    }
    let mut together = Vec::new();
    for conversation in running {
        together.push(conversation.await.unwrap());
    }
    assert_eq!(together[4], alone);
    assert_ne!(together[3], alone);
}

#[tokio::test]
async fn a_turn_costs_its_new_tokens_and_a_restored_conversation_goes_on_alike() {
    let model = load(&artifacts()).unwrap();
    let mut conversation = open(&model, warm(20), 3);
    let first = ask(&mut conversation, "hello").await;
    assert_eq!(first.usage.prefill_tokens, first.usage.prompt_tokens);
    let second = ask(&mut conversation, "go on").await;
    // The first prompt is cached, and so is its reply, but for the token written last.
    let cached =
        first.usage.prompt_tokens + first.tokens.len() as u64 - u64::from(first.finish != Finish::Stop);
    assert_eq!(second.usage.prefill_tokens, second.usage.prompt_tokens - cached);

    // With tokens it goes on as if it had computed them, what it counts included; whatever ended the reply.
    let restored = async |reply: &Reply| {
        let mut restored = open(&model, warm(20), 3);
        restored.push(Message::new(Role::User, "hello"));
        restored.restore(reply);
        ask(&mut restored, "go on").await
    };
    assert_eq!(restored(&first).await, second);
    // Text alone may be tokenised otherwise than it was written; it must still be answered.
    assert!(restored(&said(&first.text, &[])).await.usage.prompt_tokens > 0);
}

#[tokio::test]
async fn what_a_restored_conversation_counts_does_not_depend_on_how_its_replies_ended() {
    let model = load(&artifacts()).unwrap();
    let mut endings = Vec::new();
    for seed in 0..12 {
        let open = || open(&model, warm(25), seed);
        let (mut live, mut said) = (open(), Vec::new());
        for text in ["hello", "go on", "and so on"] {
            let reply = ask(&mut live, text).await;
            let mut restored = open();
            for (text, reply) in &said {
                restored.push(Message::new(Role::User, *text));
                restored.restore(reply);
            }
            assert_eq!(ask(&mut restored, text).await, reply);
            endings.push(reply.finish);
            said.push((text, reply));
        }
    }
    assert!(endings.contains(&Finish::Stop) && endings.contains(&Finish::Length), "{endings:?}");
}

#[tokio::test]
async fn greedy_replies_do_not_depend_on_the_seed_and_others_do() {
    let model = load(&artifacts()).unwrap();
    let reply = async |sampling: Sampling, seed| ask(&mut open(&model, sampling, seed), "hello").await;
    assert_eq!(reply(Sampling::greedy(12), 1).await, reply(Sampling::greedy(12), 2).await);
    assert_eq!(reply(warm(12), 1).await, reply(warm(12), 1).await);
    assert_ne!(reply(warm(12), 1).await, reply(warm(12), 2).await);
    let stats = reply(warm(12), 1).await.stats;
    assert!(stats.entropy_mean.unwrap() > 0.0 && stats.logprob_mean.unwrap() < 0.0);
}

#[tokio::test]
async fn the_context_and_the_longest_reply_end_replies() {
    let model = load(&artifacts()).unwrap();
    let mut conversation = open(&model, Sampling::greedy(4000), 0);
    let long = ask(&mut conversation, &"x".repeat(440)).await;
    assert_eq!(long.finish, Finish::ContextFull);
    assert_eq!(long.usage.prompt_tokens + long.usage.decode_tokens, 512);
    let full = ask(&mut conversation, "more").await;
    assert_eq!((full.finish, full.tokens.len(), full.usage.prefill_tokens), (Finish::ContextFull, 0, 0));
    let mut other = open(&model, Sampling::greedy(4000), 0);
    let capped = ask(&mut other, "x").await;
    assert_eq!((capped.finish, capped.tokens.len()), (Finish::Length, 300));
    assert_eq!(ask(&mut open(&model, Sampling::greedy(7), 0), "x").await.tokens.len(), 7);
}

#[tokio::test]
async fn a_dropped_reply_is_abandoned_and_can_be_asked_for_again() {
    let model = load(&artifacts()).unwrap();
    let mut conversation = open(&model, warm(300), 9);
    conversation.push(Message::new(Role::User, "hello"));
    let cut = tokio::time::timeout(Duration::from_millis(1), conversation.reply()).await;
    let again = conversation.reply().await.unwrap();
    let mut fresh = open(&model, warm(300), 9);
    let whole = ask(&mut fresh, "hello").await;
    if cut.is_err() {
        assert_eq!((again.text, again.tokens, again.stats), (whole.text, whole.tokens, whole.stats));
    }
    // Conversations dropped while they wait or run leave the worker free for others.
    let mut dropped: Vec<_> = (0..20).map(|seed| open(&model, warm(300), seed)).collect();
    for conversation in &mut dropped {
        conversation.push(Message::new(Role::User, "hello"));
        drop(tokio::time::timeout(Duration::from_micros(10), conversation.reply()).await);
    }
    drop(dropped);
    assert_eq!(ask(&mut open(&model, Sampling::greedy(3), 0), "x").await.tokens.len(), 3);
    assert!(model.workers.iter().all(|w| w.load.load(std::sync::atomic::Ordering::Relaxed) <= 2));
}

#[tokio::test]
async fn special_tokens_stay_in_the_text() {
    let mut artifacts = artifacts();
    // Whatever is written, `<think>` ends the turn no more than it is stripped.
    artifacts.generation_config = Some(Cow::Borrowed(br#"{"eos_token_id": [257]}"#));
    let model = load(&artifacts).unwrap();
    let mut conversation = open(&model, Sampling::greedy(3), 0);
    conversation.push(Message::new(Role::User, "a"));
    conversation.restore(&said("<think>hm</think>ls<more>", &[]));
    let reply = ask(&mut conversation, "b").await;
    let text = "<|im_start|>user\na<|im_end|>\n<|im_start|>assistant\n<think>hm</think>ls<more><|im_end|>\n\
        <|im_start|>user\nb<|im_end|>\n<|im_start|>assistant\n";
    assert_eq!(reply.usage.prompt_tokens, model.speech.tokenizer.encode(text).unwrap().len() as u64);
    assert_eq!(model.speech.tokenizer.decode(&[258, 259]).unwrap(), "<think></think>");
}

#[test]
fn what_a_checkpoint_lacks_is_named() {
    let fails = |change: &dyn Fn(&mut ArtifactBytes)| {
        let mut artifacts = artifacts();
        change(&mut artifacts);
        load(&artifacts).map(|_| ()).unwrap_err()
    };
    let text = |text: &'static str| Cow::Borrowed(text.as_bytes());
    assert!(matches!(fails(&|a| a.tokenizer = text("{")), LoadError::Tokenizer { .. }));
    assert!(matches!(fails(&|a| a.tokenizer_config = text("{")), LoadError::Json { .. }));
    assert!(matches!(fails(&|a| a.chat_template = Some(text("{% if %}"))), LoadError::Template { .. }));
    assert!(matches!(
        fails(&|a| a.tokenizer_config = text(r#"{"chat_template": "x"}"#)),
        LoadError::NoEndOfTurn
    ));
    let untold = r#"{"eos_token": {"content": "<|im_end|>"}}"#;
    assert!(matches!(fails(&|a| a.tokenizer_config = text(untold)), LoadError::NoTemplate));
    assert!(matches!(fails(&|a| a.turnwise = Some(text(r#"{"profil": "x"}"#))), LoadError::Json { .. }));
    let small = crate::DecoderConfig { vocab_size: 200, ..config(Family::Qwen3) };
    let error = load(&checkpoint(&small)).map(|_| ()).unwrap_err();
    assert!(matches!(error, LoadError::Vocabulary { tokens: 261, vocab_size: 200 }));
}

#[test]
fn a_directory_loads_like_its_bytes_and_the_hash_follows_the_files() {
    let directory = tempfile::tempdir().unwrap();
    let files = artifacts();
    let options = EngineOptions { threads: 1, ..EngineOptions::cpu() };
    let load =
        || crate::load(&directory.path().display().to_string(), &options).map(|model| model.info().clone());
    assert!(matches!(load(), Err(LoadError::File { path, .. }) if path.ends_with("config.json")));
    let write = |name: &str, bytes: &[u8]| std::fs::write(directory.path().join(name), bytes).unwrap();
    write("config.json", &files.config);
    write("tokenizer.json", &files.tokenizer);
    write("tokenizer_config.json", &files.tokenizer_config);
    write("turnwise.json", files.turnwise.as_deref().unwrap());
    assert!(matches!(load(), Err(LoadError::File { path, .. }) if path.ends_with("model.safetensors")));
    write("shard-1.safetensors", &files.weights[0].1);
    write("model.safetensors.index.json", br#"{"weight_map": {"model.norm.weight": "shard-1.safetensors"}}"#);
    let info = load().unwrap();
    assert_eq!((info.hash.as_str(), info.context), (files.hash().as_str(), Some(512)));
    assert_eq!((info.device.as_str(), info.profile.as_str()), ("cpu", "tiny"));
    write("turnwise.json", b"{}");
    let other = load().unwrap();
    assert_ne!(other.hash, info.hash);
    assert_eq!(other.profile, "mini-text");
    write("chat_template.jinja", b"{{ tools | tojson }}");
    assert_eq!(load().unwrap().profile, "mini-tool");
    write("profile.toml", b"summary = 'mine'");
    let model = crate::load(&directory.path().display().to_string(), &options).unwrap();
    assert_eq!(
        (model.info().profile.as_str(), model.own_profile()),
        ("profile.toml", Some("summary = 'mine'"))
    );
    write("turnwise.json", br#"{"profile": "pocket"}"#);
    let model = crate::load(&directory.path().display().to_string(), &options).unwrap();
    assert_eq!((model.info().profile.as_str(), model.own_profile()), ("pocket", None));
}

#[tokio::test]
async fn a_stop_string_ends_a_reply_and_stays_in_it() {
    let model = load(&artifacts()).unwrap();
    let whole = ask(&mut open(&model, Sampling::greedy(40), 0), "hello").await;
    let letters: Vec<char> = whole.text.chars().collect();
    let stop: String = letters[5..8].iter().collect();
    let style = Style { stop: vec!["never said".into(), stop.clone()], ..Style::PLAIN };
    let spec = SessionSpec { task: &task("t", None), sampling: Sampling::greedy(40), seed: 0, style: &style };
    let mut conversation = model.open(spec).unwrap();
    let reply = ask(&mut conversation, "hello").await;
    assert_eq!(reply.finish, Finish::Stop);
    let end = whole.text.find(&stop).unwrap() + stop.len();
    assert!(reply.text.starts_with(&whole.text[..end]) && reply.tokens.len() < whole.tokens.len());
    assert_eq!(reply.tokens, whole.tokens[..reply.tokens.len()]);
    // What was written is cached, the text that ended it included.
    let next = ask(&mut conversation, "go on").await;
    let cached = reply.usage.prompt_tokens + reply.tokens.len() as u64 - 1;
    assert_eq!(next.usage.prefill_tokens, next.usage.prompt_tokens - cached);
}
