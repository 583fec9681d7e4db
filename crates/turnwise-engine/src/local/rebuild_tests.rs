//! Conversations in which everything is said anew, with a tiny checkpoint.

use turnwise_core::{
    Conversation, Message, Model, Reply, Role, Said, Sampling, SessionSpec, Style, ToolCall,
};

use super::LocalModel;
use crate::{
    EngineOptions, Family, Named,
    fixture::{checkpoint, config, task},
};

fn load(family: Family) -> LocalModel {
    let options = EngineOptions { threads: 1, ..EngineOptions::cpu() };
    let named = Named { name: "tiny".into(), spec: "tiny".into() };
    LocalModel::new(named, &checkpoint(&config(family)), &options).unwrap()
}

fn open(model: &LocalModel) -> Box<dyn Conversation> {
    let sampling = Sampling { temperature: 1.0, ..Sampling::greedy(12) };
    model.open(SessionSpec { task: &task("t", None), sampling, seed: 5, style: &Style::PLAIN }).unwrap()
}

fn told(role: Role, text: &str) -> Said {
    Said::Told(Message::new(role, text))
}

/// Three turns; what was said in them and the replies.
async fn talk(conversation: &mut dyn Conversation) -> (Vec<Said>, Vec<Reply>) {
    let (mut said, mut replies) = (Vec::new(), Vec::new());
    for text in ["repair this, please", "what came of it", "and of that"] {
        conversation.push(Message::new(Role::User, text));
        let reply = conversation.reply().await.unwrap();
        said.extend([told(Role::User, text), Said::Replied(reply.clone())]);
        replies.push(reply);
    }
    (said, replies)
}

/// What a reply is apart from what had to be computed for it.
fn words(reply: &Reply) -> (&str, &[u32], u64) {
    (&reply.text, &reply.tokens, reply.usage.prompt_tokens)
}

#[tokio::test]
async fn the_same_words_said_anew_are_the_same_conversation() {
    let model = load(Family::Qwen3);
    let (mut whole, mut anew) = (open(&model), open(&model));
    let (mut said, _) = talk(&mut *whole).await;
    talk(&mut *anew).await;
    said.push(told(Role::User, "go on"));
    anew.rebuild(&said);
    whole.push(Message::new(Role::User, "go on"));
    assert_eq!(anew.reply().await.unwrap(), whole.reply().await.unwrap());
}

#[tokio::test]
async fn what_is_left_out_is_forgotten_and_the_rest_computed_behind_the_common_beginning() {
    for family in [Family::Qwen3, Family::Mamba] {
        let model = load(family);
        let mut conversation = open(&model);
        let (said, replies) = talk(&mut *conversation).await;
        // The opening, the last turn, and a line that was not said before.
        let mut shown = vec![said[0].clone(), told(Role::Assistant, "ls"), said[4].clone(), said[5].clone()];
        shown.push(told(Role::User, "go on"));
        conversation.rebuild(&shown);
        let reply = conversation.reply().await.unwrap();
        // Somebody who never knew more, and has given as many replies.
        let mut fresh = open(&model);
        replies.iter().for_each(|reply| fresh.restore(reply));
        fresh.rebuild(&shown);
        let expected = fresh.reply().await.unwrap();
        assert_eq!((words(&reply), reply.stats), (words(&expected), expected.stats));
        // All that its replies and these words have in common is how a template begins.
        assert!(expected.usage.prompt_tokens - expected.usage.prefill_tokens <= 1);
        if family == Family::Qwen3 {
            // What both prompts begin with: the opening and the mark of a reply.
            let opening = "<|im_start|>user\nrepair this, please<|im_end|>\n<|im_start|>assistant\n";
            let common = model.speech.tokenizer.encode(opening).unwrap().len() as u64;
            let differs = !replies[0].text.starts_with('l');
            assert!(
                differs && reply.usage.prefill_tokens == reply.usage.prompt_tokens - common,
                "{:?}",
                reply.usage
            );
        }
        // It goes on from there.
        conversation.push(Message::new(Role::User, "x"));
        let next = conversation.reply().await.unwrap();
        assert!(next.usage.prefill_tokens < 60, "{:?}", next.usage);
    }
}

#[tokio::test]
async fn the_same_prompt_is_answered_with_another_draw_on_another_turn() {
    let model = load(Family::Qwen3);
    let mut conversation = open(&model);
    let mut texts = Vec::new();
    for _ in 0..3 {
        conversation.rebuild(&[told(Role::User, "hello")]);
        texts.push(conversation.reply().await.unwrap().text);
    }
    assert!(texts[0] != texts[1] && texts[1] != texts[2] && texts[0] != texts[2], "{texts:?}");
}

#[tokio::test]
async fn calls_keep_the_ids_that_they_were_given() {
    let model = load(Family::Qwen3);
    let call = ToolCall { id: "c1".into(), name: "bash".into(), arguments: "{}".into() };
    let reply = Reply { tool_calls: vec![call.clone()], ..turnwise_testkit::said("hm", &[]) };
    let style = Style {
        tools: vec![turnwise_core::Tool {
            name: "bash".into(),
            description: "runs".into(),
            parameters: "{}".into(),
        }],
        ..Style::PLAIN
    };
    let spec = SessionSpec { task: &task("t", None), sampling: Sampling::greedy(3), seed: 0, style: &style };
    let mut conversation = model.open(spec).unwrap();
    let answer = Said::Told(Message::answer("c1", "f.py"));
    conversation.rebuild(&[told(Role::User, "a"), Said::Replied(reply), answer.clone()]);
    assert!(conversation.reply().await.unwrap().usage.prompt_tokens > 0);
    // A reply of which only its call is left.
    conversation.rebuild(&[told(Role::User, "a"), Said::Told(Message::calling("", vec![call])), answer]);
    assert!(conversation.reply().await.unwrap().usage.prompt_tokens > 0);
}
