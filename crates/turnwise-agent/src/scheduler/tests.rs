//! Many trials at once: order, counts, and both stages of an interruption.

use std::sync::Mutex;

use turnwise_core::{BoxFuture, Conversation, Message, Model, ModelError, ModelInfo, Reply, SessionSpec};
use turnwise_testkit::{MemoryRecorder, MoodyModel, ScriptedModel, reply};

use super::*;
use crate::{
    Interrupt, Progress, Update,
    trial::tests::{plan, policy, workplace},
};

fn plans(count: usize, settings: &[&str]) -> Vec<TrialPlan> {
    let policy = policy("unlimited", settings);
    (0..count).map(|i| plan(&format!("{i:02}"), &policy)).collect()
}

#[tokio::test]
async fn how_many_run_at_once_changes_no_trial() {
    let mut records = Vec::new();
    for workers in [1, 4] {
        let place = workplace(MoodyModel::new(&["say a", "edit", "count", "submit"]));
        let summary = run_trials(&place.parts, plans(12, &[]), workers).await.unwrap();
        assert_eq!((summary.finished, summary.interrupted, summary.infra_errors), (12, 0, 0));
        let mut said: Vec<_> = place
            .recorder
            .turns()
            .into_iter()
            .map(|turn| (turn.trial, turn.facts.turn, turn.reply.text, turn.facts.observation))
            .collect();
        said.sort();
        records.push(said);
    }
    assert_eq!(records[0], records[1]);
}

#[tokio::test]
async fn failures_of_the_harness_are_counted_apart() {
    let place = workplace(ScriptedModel::new(&["edit", "crash"]));
    let summary = run_trials(&place.parts, plans(3, &[]), 2).await.unwrap();
    assert_eq!(summary, Summary { infra_errors: 3, ..Summary::default() });
}

#[tokio::test]
async fn a_full_store_ends_the_run() {
    let mut place = workplace(ScriptedModel::new(&["say a"]));
    place.parts.recorder = Arc::new(MemoryRecorder::with_room(30));
    assert!(run_trials(&place.parts, plans(4, &[]), 2).await.is_err());
    tokio::task::yield_now().await;
    assert_eq!(place.environments.open_now(), 0);
}

/// Notes in which order trials begin, and raises the interruption at a turn.
struct Notes {
    started: Mutex<Vec<String>>,
    at_turn: u32,
    interrupt: Interrupt,
}

impl Progress for Notes {
    fn report(&self, update: Update<'_>) {
        match update {
            Update::Started(plan) => self.started.lock().unwrap().push(plan.key.task.clone()),
            Update::Turn { turn, .. } if turn == self.at_turn => self.interrupt.raise(),
            Update::Turn { .. } | Update::Finished(_) => {}
        }
    }
}

#[tokio::test]
async fn the_first_interruption_finishes_turns_and_begins_no_trial() {
    let mut place = workplace(ScriptedModel::new(&["say a"]));
    let interrupt = place.parts.interrupt.clone();
    let notes = Arc::new(Notes { started: Mutex::default(), at_turn: 3, interrupt: interrupt.clone() });
    place.parts.progress = Arc::clone(&notes) as Arc<dyn Progress>;
    let summary = run_trials(&place.parts, plans(9, &[]), 1).await.unwrap();
    assert_eq!(interrupt.level(), Level::Finishing);
    assert_eq!((summary.finished, summary.interrupted), (0, 9));
    assert_eq!(*notes.started.lock().unwrap(), ["00"]);
    assert_eq!(place.recorder.turns().len(), 3);
    assert_eq!(place.environments.open_now(), 0);
}

#[tokio::test]
async fn trials_begin_in_the_given_order() {
    let mut place = workplace(ScriptedModel::new(&["submit"]));
    let interrupt = place.parts.interrupt.clone();
    let notes = Arc::new(Notes { started: Mutex::default(), at_turn: 99, interrupt });
    place.parts.progress = Arc::clone(&notes) as Arc<dyn Progress>;
    run_trials(&place.parts, plans(9, &[]), 1).await.unwrap();
    let started = notes.started.lock().unwrap().clone();
    assert!(started.is_sorted() && started.len() == 9, "{started:?}");
}

/// Never replies.
struct Mute(ModelInfo);

impl Model for Mute {
    fn info(&self) -> &ModelInfo {
        &self.0
    }
    fn open(&self, _spec: SessionSpec<'_>) -> Result<Box<dyn Conversation>, ModelError> {
        Ok(Box::new(Silence))
    }
}

struct Silence;

impl Conversation for Silence {
    fn push(&mut self, _message: Message) {}
    fn reply(&mut self) -> BoxFuture<'_, Result<Reply, ModelError>> {
        Box::pin(async {
            std::future::pending::<()>().await;
            Ok(reply("never"))
        })
    }
    fn restore(&mut self, _reply: &turnwise_core::Reply) {}
    fn rebuild(&mut self, _said: &[turnwise_core::Said]) {}
}

#[tokio::test]
async fn the_second_interruption_ends_at_once() {
    let place = workplace(Mute(ScriptedModel::new(&[]).info().clone()));
    let interrupt = place.parts.interrupt.clone();
    let (summary, ()) = tokio::join!(run_trials(&place.parts, plans(4, &[]), 2), async {
        tokio::task::yield_now().await;
        interrupt.raise();
        tokio::task::yield_now().await;
        interrupt.raise();
    });
    assert_eq!(summary.unwrap(), Summary { interrupted: 4, ..Summary::default() });
    while place.environments.open_now() > 0 {
        tokio::task::yield_now().await;
    }
    assert!(place.recorder.turns().is_empty());
}
