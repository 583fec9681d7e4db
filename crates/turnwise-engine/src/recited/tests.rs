//! Models that recite: gold, nop and scripts.

use std::{fs, process::Command};

use turnwise_core::{Conversation, Message, Model, Role, Sampling, SessionSpec, Style, Task, Usage};
use turnwise_testkit::said;

use super::{GoldModel, NopModel, ScriptedModel};
use crate::{LoadError, fixture::task};

fn open(model: &dyn Model, task: &Task) -> Box<dyn Conversation> {
    model.open(SessionSpec { task, sampling: Sampling::greedy(8), seed: 0, style: &Style::PLAIN }).unwrap()
}

async fn next(conversation: &mut Box<dyn Conversation>) -> (String, Usage) {
    conversation.push(Message::new(Role::User, "go on"));
    let reply = conversation.reply().await.unwrap();
    (reply.text, reply.usage)
}

#[tokio::test]
async fn gold_applies_the_patch_byte_for_byte_and_submits() {
    let directory = tempfile::tempdir().unwrap();
    // What a shell would change if it could: dollars, quotes, backslashes, tabs, and the usual end mark.
    let after = "a = '$HOME `date` \\\\'\t\nEOF\nend  \n";
    fs::write(directory.path().join("f.py"), "a = 1\nend  \n").unwrap();
    let patch = "--- a/f.py\n+++ b/f.py\n@@ -1,2 +1,3 @@\n-a = 1\n+a = '$HOME `date` \\\\'\t\n+EOF\n end  \n";
    let task = task("t", Some(&format!("{patch}EOF")));
    let mut conversation = open(&GoldModel::new(), &task);
    let (command, usage) = next(&mut conversation).await;
    let status = Command::new("sh").arg("-c").arg(&command).current_dir(directory.path()).status().unwrap();
    assert!(status.success(), "{command}");
    assert_eq!(fs::read_to_string(directory.path().join("f.py")).unwrap(), after);
    assert_eq!(usage, Usage::default());
    assert_eq!(next(&mut conversation).await.0, "submit");
}

#[tokio::test]
async fn gold_without_a_patch_and_nop_submit_at_once() {
    let task = task("t", None);
    assert_eq!(next(&mut open(&GoldModel::new(), &task)).await.0, "submit");
    assert_eq!(next(&mut open(&NopModel::new(), &task)).await.0, "submit");
}

#[tokio::test]
async fn scripted_replies_follow_the_task_and_the_last_one_repeats() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("script.jsonl");
    let script = concat!(
        "{\"task\": \"one\", \"replies\": [\"ls\", {\"text\": \"cat f\", \"decode_tokens\": 7}]}\n\n",
        "{\"task\": \"*\", \"replies\": [\"pwd\"]}\n"
    );
    fs::write(&path, script).unwrap();
    let model = ScriptedModel::from_file(&path).unwrap();
    let mut one = open(&model, &task("one", None));
    assert_eq!(next(&mut one).await.0, "ls");
    for _ in 0..2 {
        let (text, usage) = next(&mut one).await;
        assert_eq!((text.as_str(), usage.decode_tokens), ("cat f", 7));
    }
    let mut other = open(&model, &task("two", None));
    other.restore(&said("pwd", &[]));
    assert_eq!(next(&mut other).await.0, "pwd");
}

#[test]
fn a_broken_script_names_its_line() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("script.jsonl");
    fs::write(&path, "{\"task\": \"*\", \"replies\": []}\n{\"task\": 3}\n").unwrap();
    assert!(matches!(ScriptedModel::from_file(&path), Err(LoadError::Script { line: 2, .. })));
    assert!(matches!(ScriptedModel::from_file(&path.join("x")), Err(LoadError::File { .. })));
}
