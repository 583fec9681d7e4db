//! Going through recorded turns once more, with a model whose tokens are bytes and whose states are the bytes before them.

use std::sync::Arc;

use turnwise_core::{Action, Message, Role, Sampling, TurnFacts, TurnRecord, VerdictKind};
use turnwise_testkit::{HURRIED, MoodyModel, reply, task};

use super::Reliving;
use crate::profile::tests::profile;

fn turn(text: &str) -> TurnRecord {
    TurnRecord {
        trial: turnwise_core::TrialId::new("r-1"),
        attempt: 1,
        prompt: vec![Message::new(Role::User, "go")],
        reply: reply(text),
        thought: String::new(),
        facts: TurnFacts {
            turn: 4,
            action: Action::Submit,
            observation: String::new(),
            exit_code: None,
            workspace: turnwise_core::WorkspaceState::default(),
            asks_more: false,
            usage: turnwise_core::Usage::default(),
            elapsed_ms: 0,
            cost: None,
            signals: Vec::new(),
        },
        votes: Vec::new(),
        vote_us: Vec::new(),
        verdict: VerdictKind::Continue,
        model_ms: 0.0,
        tool_ms: 0.0,
        started_at: 0,
    }
}

fn reliving(cues: &[&str]) -> Reliving {
    Reliving {
        model: Arc::new(MoodyModel::new(&["ls"])),
        profile: profile("pocket"),
        sampling: Sampling::greedy(9),
        seed: 0,
        layers: vec![0, 2],
        cues: cues.iter().map(|cue| (*cue).to_owned()).collect(),
    }
}

#[tokio::test]
async fn states_and_answers_come_from_where_the_cues_stood() {
    let text = "<think>a wait, b hmm, c</think>cat f";
    let reliving = reliving(&["Wait", "hmm"]);
    let mut conversation = reliving.open(&task("t")).unwrap();
    let relived = reliving.turn(&mut *conversation, &turn(text)).await.unwrap().unwrap();
    assert_eq!(relived.turn, 4);
    let state = |states: &turnwise_core::States| {
        let mut row = Vec::new();
        assert!(states.extend(&[2], &mut row));
        row[0]
    };
    // The last token was drawn behind the blank.
    assert_eq!(state(&relived.end.unwrap()), f32::from(b' '));
    let seen: Vec<_> = relived
        .cues
        .iter()
        .map(|cue| (cue.word.as_str(), cue.nth, cue.place, cue.spent, cue.spared, state(&cue.states)))
        .collect();
    // `<think>a wait` has 13 bytes, `, b hmm` seven more; the thinking ends with its 31st.
    assert_eq!(seen, [("wait", 1, 12, 14, 17, f32::from(b't')), ("hmm", 2, 19, 21, 10, f32::from(b'm'))]);
    assert!(relived.cues.iter().all(|cue| cue.answer == Action::Shell(HURRIED.to_owned())));
}

#[tokio::test]
async fn without_cues_there_are_only_ends_and_without_thinking_no_cues() {
    let mut conversation = reliving(&[]).open(&task("t")).unwrap();
    let relived =
        reliving(&[]).turn(&mut *conversation, &turn("<think>wait</think>ls")).await.unwrap().unwrap();
    assert!(relived.end.is_some() && relived.cues.is_empty());
    let relived = reliving(&["wait"]).turn(&mut *conversation, &turn("echo wait")).await.unwrap().unwrap();
    assert!(relived.cues.is_empty());
}
